"""What devices publish, as messages and as settings: golden cases, mistakes, and any bytes at all.

A case is a folder with `devices.toml` as a technician writes it, the `payload`, and `expected.json`: the
topic, the readings as [point, time, value, quality words], the rejects as [where, reason].
"""

import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.mqtt_topics.devices import PAYLOAD_LIMIT, AnyDevice, Route, Topics, decode, routes_of
from firmware_bridge.mqtt_topics.hand import Message
from firmware_bridge.mqtt_topics.mqtt_topics import Ear, MqttTopics
from firmware_bridge.source import REJECT_TEXT_LIMIT, Reject
from protocol.reading import EARLIEST_AT, LATEST_AT, Reading, words
from tests.firmware_bridge.taken import Taken

CASES = Path(__file__).parent / "cases" / "mqtt_topics"
NOON = 1_790_000_000_000  # when everything arrives

LEVEL = {"topic": "site/level", "metric": "level", "unit": "cm"}
DEVICE = {"shape": "topics", "device": "oht-3", "fields": [LEVEL]}
LAN = {"kind": "mqtt_topics", "name": "lan", "broker": "mqtt://192.168.1.2", "devices": [DEVICE]}


def devices_of(text: str) -> list[AnyDevice]:
    return msgspec.convert(tomllib.loads(text)["devices"], list[AnyDevice])


def heard(
    devices: list[AnyDevice], topic: str, payload: bytes, arrived: int | None
) -> tuple[list[Reading], list[Reject]]:
    readings, rejects = [], []
    for route in routes_of(devices).get(topic, ()):
        found, wrong = decode(route, topic, payload, arrived)
        readings += found
        rejects += wrong
    return readings, rejects


def spelled(reading: Reading) -> list[Any]:
    at = "arrival" if reading.at == NOON else datetime.fromtimestamp(reading.at / 1000, UTC).isoformat()
    return [reading.point, at, reading.value, words(reading.quality)]


@pytest.mark.parametrize("case", sorted(CASES.iterdir()), ids=lambda case: case.name)
def test_case(case: Path) -> None:
    expected = msgspec.json.decode((case / "expected.json").read_bytes())
    arrived = None if expected.get("retained") else NOON
    payload = (case / "payload").read_bytes()
    readings, rejects = heard(
        devices_of((case / "devices.toml").read_text()), expected["topic"], payload, arrived
    )
    assert [spelled(reading) for reading in readings] == expected["readings"]
    assert [[reject.where, reject.reason] for reject in rejects] == expected["rejects"]


MISTAKES = [
    pytest.param(LAN | {"broker": "tcp://192.168.1.2"}, "is no address; write mqtt://host", id="no broker"),
    pytest.param(
        LAN | {"broker": "mqtt://a:b@h"}, "holds a name or a password", id="password in the address"
    ),
    pytest.param(LAN | {"broker": "mqtt://h/x"}, "more than a host", id="a topic in the address"),
    pytest.param(LAN | {"credential_file": "me:secret"}, "holds a password itself", id="password for a file"),
    pytest.param(LAN | {"devices": []}, "devices", id="no devices"),
    pytest.param(LAN | {"devices": [DEVICE, DEVICE]}, "'oht-3' is there twice", id="a device twice"),
    pytest.param(
        LAN | {"devices": [DEVICE | {"fields": [LEVEL | {"topic": "+/level"}]}]}, "topic", id="a wildcard"
    ),
    pytest.param(
        LAN | {"devices": [DEVICE | {"fields": [LEVEL, LEVEL]}]}, "given to two fields", id="a metric twice"
    ),
    pytest.param(LAN | {"devices": [DEVICE | {"timezone": "Asia/Amba"}]}, "Asia/Amba", id="no such zone"),
    pytest.param(LAN | {"devices": [DEVICE | {"shape": "zigbee"}]}, "zigbee", id="no such shape"),
]


@pytest.mark.parametrize(("settings", "sentence"), MISTAKES)
def test_a_mistake_is_named(settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=sentence) as caught:
        msgspec.convert(settings, MqttTopics)
    assert "secret" not in str(caught.value)


def test_points_and_files_are_known_from_the_settings_alone() -> None:
    source = msgspec.convert(LAN | {"credential_file": "lan.key", "ca_file": "/ca.pem"}, MqttTopics)
    assert [(point.name, point.unit) for point in source.points()] == [("oht-3/level", "m")]
    assert list(source.measures()) == ["oht-3/level"]
    located = source.located(Path("/etc/evara"))
    assert (located.credential_file, located.ca_file) == ("/etc/evara/lan.key", "/ca.pem")


def test_a_payload_beyond_the_limit_is_a_reject() -> None:
    (route,) = routes_of(msgspec.convert([DEVICE], list[AnyDevice]))["site/level"]
    readings, rejects = decode(route, "site/level", b"1" * (PAYLOAD_LIMIT + 1), NOON)
    assert readings == []
    assert [reject.reason for reject in rejects] == ["longer than 65536 bytes"]


async def test_two_values_in_one_millisecond_are_two_readings() -> None:
    ear = Ear("lan", msgspec.convert([DEVICE], list[AnyDevice]))
    kept: list[Reading] = []

    async def put(readings: Any, cursor: str | None = None, rejects: Any = ()) -> None:
        kept.extend(readings)

    for n in range(50):
        ear.hear(Message("site/level", str(n).encode(), False, lambda: None))
    ear.hand.close()
    await ear.hand.keep(put)
    assert [reading.value for reading in kept] == [n / 100 for n in range(50)]
    assert len({reading.at for reading in kept}) == 50


class NoZone(ZoneInfo):
    def utcoffset(self, moment: datetime | None) -> None:
        raise RuntimeError("a bug")


class Buggy(Topics, frozen=True, kw_only=True):
    def routes(self) -> Iterator[tuple[str, Route]]:
        for topic, route in super().routes():
            yield topic, route._replace(time_key="t", zone=NoZone("UTC"))


async def test_a_bug_costs_one_message_and_is_told(caplog: pytest.LogCaptureFixture) -> None:
    ear, taken, acknowledged = Ear("lan", [msgspec.convert(DEVICE, Buggy)]), Taken(), list[str]()
    ear.hear(Message("site/level", b'{"t":"2026-01-31T12:00:00"}', True, lambda: acknowledged.append("it")))
    ear.hand.close()
    await ear.hand.keep(taken.put)
    assert [(one.where, one.reason) for one in taken.rejects] == [("site/level", "it met a bug: see the log")]
    assert acknowledged == ["it"]
    assert "RuntimeError: a bug" in caplog.text


EVERY = """
[[devices]]
shape = "topics"
device = "a"
time_key = "t"
fields = [{ topic = "x", field = "a.b", metric = "v", unit = "cm" }, { topic = "x", metric = "whole" }]
[[devices]]
shape = "tasmota"
device = "b"
node = "n"
timezone = "Asia/Kolkata"
fields = [{ field = "S.T", metric = "v", unit = "degC" }, { field = "L.0", metric = "w" }]
[[devices]]
shape = "esphome"
device = "c"
node = "n"
fields = [{ field = "d", metric = "v", unit = "m" }]
"""
ALL = devices_of(EVERY)
TOPIC = st.sampled_from(sorted(routes_of(ALL)))
SCALAR = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=20),
    st.sampled_from(["2026-01-31T12:00:00", "0001-01-01T00:00:00+23:59", "9999-12-31", "1e400", "C", "nan"]),
)  # fmt: skip
KEY = st.sampled_from(["t", "a", "b", "S", "T", "L", "Time", "TempUnit"])
JSON = st.recursive(
    SCALAR, lambda some: st.lists(some, max_size=3) | st.dictionaries(KEY, some, max_size=5), max_leaves=12
)
PIECE = st.sampled_from(
    [b'{"t":', b'{"a":{"b":', b'"Time":', b"1e999", b"9" * 400, b"[" * 300, b"}", b'"', b"\0", b"nan"]
)
PAYLOAD = st.one_of(
    st.binary(max_size=200),
    st.lists(PIECE, max_size=8).map(b"".join),
    JSON.map(msgspec.json.encode),
    st.binary(min_size=1, max_size=3).map(lambda some: some * (PAYLOAD_LIMIT // len(some) + 1)),
)


@given(TOPIC, PAYLOAD, st.sampled_from([NOON, None]))
def test_any_bytes_are_readings_or_rejects(topic: str, payload: bytes, arrived: int | None) -> None:
    readings, rejects = heard(ALL, topic, payload, arrived)
    assert len(readings) + len(rejects) <= 4
    for reading in readings:
        assert EARLIEST_AT <= reading.at < LATEST_AT
        assert reading.point in {"a/v", "a/whole", "b/v", "b/w", "c/v"}
    assert all(len(reject.text) <= REJECT_TEXT_LIMIT and reject.reason for reject in rejects)
