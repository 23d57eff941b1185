"""The door's settings: what is refused in words, what is never shown; and any request at all."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.config import ConfigError, load
from firmware_bridge.history import NotKept
from firmware_bridge.lan.request import Request
from firmware_bridge.source import SourceError
from firmware_bridge.thingspeak_door.door import ThingSpeakDoor
from firmware_bridge.thingspeak_door.route import Route
from tests.firmware_bridge.remembered import Remembered
from tests.firmware_bridge.taken import Taken
from tests.firmware_bridge.test_thingspeak_door_writes import SETTINGS, door
from tests.server import free_port

KEY, OTHER_KEY = "WRITEKEY00000001", "WRITEKEY00000002"

# As it stands in the issue that asked for it.
CONFIGURATION = """
[gateway]
name = "amba"
[outbox]
path = "outbox.db"
[[sources]]
kind = "thingspeak_door"
name = "door"
listen = "127.0.0.1:8480"
[[sources.channels]]
id = 4201
write_key = "WRITEKEY00000001"
read_key = "READKEY000000001"
device = "oht-1"
min_interval_s = 0
fields = [
  { field = 1, metric = "temperature", unit = "degC" },
  { field = 2, metric = "distance", unit = "cm" },
]
"""
SECOND = """
[[sources.channels]]
id = 4202
write_key = "WRITEKEY00000002"
device = "flow-1"
fields = [{ field = 1, metric = "rate", unit = "L/min" }]
"""


def loaded(folder: Path, text: str) -> Any:
    (folder / "agent.toml").write_text(text)
    return load(folder / "agent.toml").sources[0]


def test_the_configuration_loads(tmp_path: Path) -> None:
    points = loaded(tmp_path, CONFIGURATION).points()
    assert [(point.name, point.unit) for point in points] == [
        ("oht-1/temperature", "°C"),
        ("oht-1/distance", "m"),
    ]


MISTAKES = [
    pytest.param("4202", "4201", "channels 4201 and 4201 have the same id", id="an id twice"),
    pytest.param(OTHER_KEY, KEY, "channels 4201 and 4202 have the same write key", id="a key twice"),
    pytest.param('"flow-1"', '"oht-1"', None, id="a device may have two channels"),
    pytest.param('"rate", unit = "L/min"', '"distance"', None, id="a metric may be on two devices"),
    pytest.param(
        f'write_key = "{OTHER_KEY}"',
        "",
        "channel 4202 needs write_key or write_key_file, one of them",
        id="no write key",
    ),
    pytest.param(
        f'write_key = "{OTHER_KEY}"',
        f'write_key_file = "{OTHER_KEY}"',
        "channel 4202 names a key where the file with the key is meant",
        id="a key where its file is meant",
    ),
    pytest.param(OTHER_KEY, "no key!", "`sources[0].channels[1].write_key` must match", id="no key at all"),
    pytest.param(
        'field = 1, metric = "rate"',
        'field = "a", metric = "rate"',
        "is a number, 1 to 8",
        id="a named field",
    ),
    pytest.param("127.0.0.1:8480", "127.0.0.1", "write it as 0.0.0.0:8480", id="no port"),
    pytest.param("8480", "84800", "write it as 0.0.0.0:8480", id="a port that is none"),
]


@pytest.mark.parametrize(("right", "wrong", "said"), MISTAKES)
def test_mistakes_are_said_without_the_keys(tmp_path: Path, right: str, wrong: str, said: str | None) -> None:
    text = (CONFIGURATION + SECOND).replace(right, wrong)
    assert text != CONFIGURATION + SECOND
    if said is None:
        loaded(tmp_path, text)
        return
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, text)
    assert said in str(caught.value)
    assert "KEY0000" not in str(caught.value)


def test_one_point_of_two_channels_is_a_mistake(tmp_path: Path) -> None:
    text = CONFIGURATION + SECOND.replace("flow-1", "oht-1").replace('"rate", unit = "L/min"', '"distance"')
    with pytest.raises(ConfigError, match="the point oht-1/distance is given to two channels"):
        loaded(tmp_path, text)


def test_keys_are_never_shown(tmp_path: Path) -> None:
    source = loaded(tmp_path, CONFIGURATION)
    assert "KEY0000" not in f"{source!r} {source} {source.channels} {source.channels[0].opened()!r}"


def test_keys_from_files(tmp_path: Path) -> None:
    in_files = CONFIGURATION.replace(f'write_key = "{KEY}"', 'write_key_file = "w"').replace(
        'read_key = "READKEY000000001"', 'read_key_file = "r"'
    )
    (channel,) = loaded(tmp_path, in_files).channels
    with pytest.raises(SourceError, match="the file that write_key_file names cannot be read: No such file"):
        channel.opened()
    (tmp_path / "w").write_text(f" {KEY}\n")
    (tmp_path / "r").write_text("two words")
    with pytest.raises(SourceError, match=r"r holds no key: letters and digits alone are one"):
        channel.opened()
    (tmp_path / "r").write_text("READKEY000000001")
    opened = channel.opened()
    assert (opened.write_key, opened.read_key) == (KEY, "READKEY000000001")


async def test_two_files_with_the_same_key(tmp_path: Path) -> None:
    channels = [{**channel, "write_key_file": str(tmp_path / "w")} for channel in SETTINGS["channels"]]
    for channel in channels:
        del channel["write_key"]
    with pytest.raises(msgspec.ValidationError, match="have the same write_key_file"):
        msgspec.convert({**SETTINGS, "listen": "127.0.0.1:1", "channels": channels}, ThingSpeakDoor)
    channels[1]["write_key_file"] = str(tmp_path / "other")
    (tmp_path / "w").write_text(KEY)
    (tmp_path / "other").write_text(KEY)
    made = msgspec.convert(
        {**SETTINGS, "listen": f"127.0.0.1:{free_port()}", "channels": channels}, ThingSpeakDoor
    )
    with pytest.raises(SourceError, match="channels 4201 and 4202 have the same write key"):
        await made.serve(Remembered(), Taken().put)


OPEN_FROM = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")
NOBODY = """
import asyncio, encodings.idna, os
from firmware_bridge.lan.http import serve
from firmware_bridge.lan.request import Limits
from firmware_bridge.source import SourceError
os.setuid(65534)
try:
    asyncio.run(serve("127.0.0.1:80", None, Limits()))
except SourceError as error:
    print(error)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody who may not")
def test_a_port_that_is_only_for_some() -> None:
    if int(OPEN_FROM.read_text()) <= 80:
        pytest.skip("here every port is for everybody")
    done = subprocess.run([sys.executable, "-c", NOBODY], capture_output=True, text=True, timeout=30)
    assert done.stdout.startswith(
        "cannot listen on 127.0.0.1:80: a port below 1024 is only for programs that"
    )


class Broken(Remembered):
    async def keep(self, drafts: object) -> list[int | None]:
        raise NotKept("outbox.db has no room for more: make room on its disk")


@pytest.mark.parametrize("path", ["/update", "/update.json", "/update.xml"])
async def test_a_store_that_takes_nothing_gives_no_number(path: str) -> None:
    route = Route("door", door(1).channels, Broken())
    for _ in range(2):  # also where updates must not come often
        answer = await route.answer(Request(method="GET", path=path, query={"key": OTHER_KEY}))
        assert (answer.status, answer.body) == (503, b"0")


TEXT = st.text(max_size=8) | st.sampled_from(
    ["1", "nan", "2026-11-25T10:26:00Z", "1e400", "false", KEY, "json"]
)
NAMES = st.sampled_from(
    [
        *(f"field{n}" for n in range(9)),
        "1",
        "key",
        "api_key",
        "lat",
        "status",
        "created_at",
        "timezone",
        "headers",
    ]
)
PATHS = st.sampled_from(
    [
        *("/update", "/update.json", "/update.xml", "/", "/channels//", "/talkbacks/1/commands/execute"),
        *("/channels/4201/bulk_update.csv", "/channels/4201/bulk_update.json", "/channels/4202/feeds.json"),
        "/channels/9999999999999999",
    ]
)


@given(
    st.sampled_from(["GET", "POST", "HEAD", "OPTIONS", "PUT"]),
    PATHS,
    st.dictionaries(NAMES, TEXT, max_size=6),
    st.binary(max_size=30)
    | st.dictionaries(NAMES, TEXT | st.integers() | st.none()).map(msgspec.json.encode),
)
def test_any_request_is_answered(method: str, path: str, query: dict[str, str], body: bytes) -> None:
    history = Remembered()
    request = Request(method=method, path=path, query=query, headers={"thingspeakapikey": KEY}, body=body)
    answer = asyncio.run(Route("door", door(1).channels, history).answer(request))
    number = answer.body.decode()
    if path == "/update" and answer.status == 200 and number.isdigit() and number != "0":
        assert asyncio.run(history.entry(4201, int(number))) is not None
    assert answer.status in (200, 202, 400, 401, 404, 405, 409, 413, 429)
