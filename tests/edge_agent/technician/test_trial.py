"""`try` and `sources`, as a technician types them."""

import asyncio
import contextlib
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest

from tests.agents import COMMUNITY
from tests.fakes.thingspeak import thingspeak
from tests.firmware_bridge.polling import DAY_S, NOW_S
from tests.server import free_port
from tests.waiting import until

COMMAND = [sys.executable, "-m", "edge_agent"]
EXPORT = """[[sources]]
kind = "thingspeak_export"
name = "old"
path = "feeds.csv"
device = "sump-1"
fields = [{ field = 1, metric = "level", unit = "cm" }]
"""

CHANNEL = """[[sources]]
kind = "thingspeak"
name = "tank"
channel = 4201
server = "{server}"
device = "oht-1"
fields = [{{ field = 1, metric = "level", unit = "cm" }}]
"""

PUSH = """[[sources]]
kind = "http_push"
name = "push"
listen = "127.0.0.1:{port}"
[[sources.devices]]
device = "oht-1"
[[sources.devices.fields]]
field = "distance"
metric = "distance"
unit = "cm"
checks = {{ range = [25, 450] }}
[[sources.devices.fields.derived]]
kind = "level_from_distance"
metric = "level"
calibrations = [{{ from = 2026-01-01T00:00:00Z, mount_height_m = 2.1 }}]
"""

DOOR = """[[sources]]
kind = "thingspeak_door"
name = "door"
listen = "127.0.0.1:{port}"
[[sources.channels]]
id = 4201
write_key = "WRITEKEY00000001"
device = "flow-1"
[[sources.channels.fields]]
field = 1
metric = "pulses"
[[sources.channels.fields.derived]]
kind = "rate_from_pulses"
metric = "rate"
calibrations = [{{ from = 2026-01-01T00:00:00Z, pulses_per_litre = 450 }}]
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "agent.toml"
    file.write_text(COMMUNITY + EXPORT)
    return file


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *words], capture_output=True, text=True, timeout=30)


def test_a_source_is_shown_live_and_nothing_is_recorded(config: Path) -> None:
    words = [*COMMAND, "try", "community", "--config", str(config)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as trying:
        assert trying.stdout is not None
        lines = [next(trying.stdout) for _ in range(11)]
        trying.send_signal(signal.SIGINT)
        trying.communicate(timeout=10)
    assert trying.returncode == 0
    assert lines[0] == "trying community; nothing is recorded; Ctrl-C ends it\n"
    assert [line.split()[1] for line in lines[1:3]] == ["oht-1/level", "oht-1/volume"]
    assert all(line.endswith(" good\n") for line in lines[1:])
    assert not (config.parent / "outbox.db").exists()


def test_a_device_that_posts_is_told_that_nothing_is_recorded(tmp_path: Path) -> None:
    with trying(tmp_path, "push", PUSH) as (url, shown):
        answer = httpx.post(f"{url}/oht-1", json={"distance": 20})
    assert (answer.status_code, answer.text) == (503, "this is a trial, nothing is recorded\n")
    assert shown[1].endswith('heard  push: POST /oht-1 {"distance":20}')
    assert [line.split()[1:] for line in shown[2:4]] == [
        ["oht-1/distance", "0.2", "m", "suspect"],
        ["oht-1/level", "1.9", "m", "suspect"],
    ]


def test_firmware_in_a_trial_is_told_no_number_and_its_values_are_shown_as_they_would_be_kept(
    tmp_path: Path,
) -> None:
    with trying(tmp_path, "door", DOOR) as (url, shown):
        update = f"{url}/update?api_key=WRITEKEY00000001&created_at=2026-02-01T10:"
        answers = [
            httpx.get(f"{update}{minute}:00Z&field1={pulses}")
            for minute, pulses in [("00", 1000), ("01", 1450), ("02", 7)]
        ]
    assert {(answer.status_code, answer.text) for answer in answers} == {(503, "0")}
    assert "heard  door: channel 4201 " in shown[1]
    assert shown[5].endswith("  flow-1/rate    1 L/min           good")
    assert shown[8:10] == [
        "✗ flow-1/rate: the counter went back: it was reset or",
        "  replaced, and no difference crosses that ('1450, then 7 at",
    ]


@contextlib.contextmanager
def trying(folder: Path, name: str, sources: str) -> Iterator[tuple[str, list[str]]]:
    """A trial of what listens: its address, and the lines that it has said by its end."""
    port, config = free_port(), folder / "agent.toml"
    config.write_text(sources.format(port=port))
    said: list[str] = []
    words = [*COMMAND, "try", name, "--config", str(config)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        try:
            until(partial(listens, port), 30, "it listens")
            yield f"http://127.0.0.1:{port}", said
        finally:
            process.send_signal(signal.SIGINT)
            said += process.communicate(timeout=10)[0].splitlines()
    assert process.returncode == 0


def listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


async def test_of_a_channel_the_last_hour_is_shown_and_not_its_years(tmp_path: Path) -> None:
    config = tmp_path / "agent.toml"
    async with thingspeak() as fake:
        fake.write(NOW_S - 10 * DAY_S, field1="1")
        fake.write(NOW_S - 60, field1="120")
        config.write_text(CHANNEL.format(server=fake.url))
        words = [*COMMAND, "try", "tank", "--config", str(config)]
        process = await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE)
        assert process.stdout is not None
        async with asyncio.timeout(30):
            lines = [(await process.stdout.readline()).decode() for _ in range(4)]
        process.send_signal(signal.SIGINT)
        rest = (await process.communicate())[0].decode()
    assert '  heard  tank: {"created_at":"20' in lines[2]
    assert '"field1":"120"' in lines[2]
    assert lines[3].endswith("  oht-1/level  1.2 m             good\n")
    assert "good" not in rest


def test_what_gives_no_reading_is_shown_with_its_reason(config: Path) -> None:
    rows = ["created_at,entry_id,field1", *(f"2023-05-02T09:{n:02}:00Z,{n},{n}" for n in range(30))]
    (config.parent / "feeds.csv").write_text("\n".join([*rows, "2023-05-02T10:00:00Z,31,high", ""]))
    done = run("try", "old", "--config", str(config))
    assert done.returncode == 0
    assert "  heard  old: 2023-05-02T10:00:00Z,31,high\n" in done.stdout
    assert "… 11 before these" in done.stdout
    assert "sump-1/level  0.29 m            good" in done.stdout
    assert "✗ record 31 field1: 'high' is no number" in done.stdout.replace("feeds.csv ", "")


def test_a_source_that_cannot_be_read_says_why(config: Path) -> None:
    done = run("try", "old", "--config", str(config))
    assert done.returncode == 2
    assert "✗ cannot read" in done.stdout


def test_a_wrong_name_is_answered_with_the_right_one(config: Path) -> None:
    done = run("try", "comunity", "--config", str(config))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith("has no source 'comunity'; did you mean `community`?\n")


def test_the_kinds_are_listed_and_each_is_shown_in_full() -> None:
    listed = run("sources").stdout
    assert "thingspeak_export\n  A file that was exported from ThingSpeak" in listed
    assert "settings: name*, path*, device*, fields*, interval_s" in listed
    sentence = (
        "A ThingSpeak channel, or one on a server of your own: first all that it holds, then what is new."
    )
    assert f" thingspeak {sentence} settings: " in " ".join(listed.split())
    assert max(map(len, listed.splitlines())) <= 60
    assert "\n\nderived\n  Points worked out of a field" in listed
    shown = run("sources", "simulated")
    assert shown.returncode == 0
    assert 'kind = "simulated"' in shown.stdout


def test_an_unknown_kind_is_answered_with_the_known_ones() -> None:
    done = run("sources", "thingspek")
    assert done.returncode == 2
    assert 'evara-agent: "thingspek" is no kind of source; known are ' in done.stderr
    assert done.stderr.endswith("thingspeak_export, and for any field checks and derived\n")
