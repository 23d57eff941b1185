"""What devices post, as bodies and as settings: golden cases, mistakes, and any bytes at all.

A case is a folder with `devices.toml` as a technician writes it, the `body`, and `expected.json`: the path,
the status of the answer, the readings as [point, time, value, quality words], the rejects as [where, reason].
"""

import asyncio
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.http_push.devices import Device
from firmware_bridge.http_push.hand import Hand
from firmware_bridge.http_push.http_push import Desk, HttpPush
from firmware_bridge.lan.http import Response
from firmware_bridge.lan.request import Request
from firmware_bridge.source import REJECT_TEXT_LIMIT
from protocol.reading import EARLIEST_AT, LATEST_AT, Reading, words
from tests.firmware_bridge.taken import Taken

CASES = Path(__file__).parent / "cases" / "http_push"
NOON = 1_790_000_000_000  # when everything arrives

LEVEL = {"field": "level", "metric": "level", "unit": "cm"}
DEVICE = {"device": "oht-3", "fields": [LEVEL]}
PUSH = {"kind": "http_push", "name": "push", "listen": "0.0.0.0:8481", "devices": [DEVICE]}


def devices_of(text: str) -> list[Device]:
    return msgspec.convert(tomllib.loads(text)["devices"], list[Device])


async def posted(devices: list[Device], request: Request, taken: Taken) -> Response:
    hand = Hand()
    async with asyncio.TaskGroup() as tasks:
        keeper = tasks.create_task(hand.keep(taken.put, None))
        response = await Desk("push", devices, hand, lambda: NOON).answer(request)
        keeper.cancel()
    return response


def spelled(reading: Reading) -> list[Any]:
    at = "arrival" if reading.at == NOON else datetime.fromtimestamp(reading.at / 1000, UTC).isoformat()
    return [reading.point, at, reading.value, words(reading.quality)]


@pytest.mark.parametrize("case", sorted(CASES.iterdir()), ids=lambda case: case.name)
async def test_case(case: Path) -> None:
    expected = msgspec.json.decode((case / "expected.json").read_bytes())
    kind = expected.get("content_type", "application/json")
    body = (case / "body").read_bytes()
    request = Request(method="POST", path=expected["path"], headers={"content-type": kind}, body=body)
    taken = Taken()
    response = await posted(devices_of((case / "devices.toml").read_text()), request, taken)
    assert [spelled(reading) for reading in taken.readings] == expected["readings"]
    assert [[reject.where, reject.reason] for reject in taken.rejects] == expected["rejects"]
    assert response.status == expected["status"]


async def test_posts_of_the_same_millisecond_are_told_apart() -> None:
    devices = msgspec.convert([DEVICE, {**DEVICE, "device": "oht-4"}], list[Device])
    addressed = Request(method="POST", path="/oht-3", body=b'{"level":50}')
    other = Request(method="POST", path="/oht-4", body=b'{"level":50}')
    named = Request(method="POST", path="/", body=b'[{"n":"oht-3/level","v":51},{"n":"oht-4/level","v":51}]')
    hand, taken = Hand(), Taken()
    desk = Desk("push", devices, hand, lambda: NOON)
    async with asyncio.TaskGroup() as tasks:
        keeper = tasks.create_task(hand.keep(taken.put, None))
        for request in (addressed, addressed, other, named):
            await desk.answer(request)
        keeper.cancel()
    assert [(reading.point, reading.at - NOON) for reading in taken.readings] == [
        *(("oht-3/level", 0), ("oht-3/level", 1), ("oht-4/level", 0)),
        *(("oht-3/level", 2), ("oht-4/level", 2)),
    ]


async def test_a_large_body_does_not_hold_up_the_agent() -> None:
    fields = [{"field": f"v{n}", "metric": f"v{n}"} for n in range(64)]
    devices = msgspec.convert([{"device": "d", "time_key": "t", "fields": fields}], list[Device])
    records = [{"t": NOON / 1000 + n} | dict.fromkeys((f"v{k}" for k in range(64)), n) for n in range(300)]
    request = Request(method="POST", path="/d", body=msgspec.json.encode(records))
    taken, turns = Taken(), 0
    posting = asyncio.create_task(posted(devices, request, taken))
    while not posting.done():
        await asyncio.sleep(0)
        turns += 1
    assert len(taken.readings) == 300 * 64
    assert turns > 20  # of everything else, while it was decoded; else 7


MISTAKES = [
    pytest.param(PUSH | {"listen": "8481"}, "listen", id="no address"),
    pytest.param(PUSH | {"devices": [DEVICE, DEVICE]}, "'oht-3' is there twice", id="a device twice"),
    pytest.param(PUSH | {"devices": [DEVICE | {"key": "a", "key_file": "b"}]}, "one of them", id="two keys"),
    pytest.param(PUSH | {"devices": [DEVICE | {"key": "with blank"}]}, "key", id="a key with a blank"),
    pytest.param(PUSH | {"devices": [DEVICE | {"timezone": "Asia/Amba"}]}, "Asia/Amba", id="no such zone"),
    pytest.param(
        PUSH | {"devices": [DEVICE, DEVICE | {"device": "oht-4", "id": "oht-3"}]},
        "'oht-3/level' would be two fields",
        id="two devices with one name in SenML",
    ),
]


@pytest.mark.parametrize(("settings", "sentence"), MISTAKES)
def test_a_mistake_is_named(settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=sentence):
        msgspec.convert(settings, HttpPush)


def test_points_and_files_are_known_from_the_settings_alone() -> None:
    source = msgspec.convert(PUSH | {"devices": [DEVICE | {"key_file": "k"}]}, HttpPush)
    assert [(point.name, point.unit) for point in source.points()] == [("oht-3/level", "m")]
    assert list(source.measures()) == ["oht-3/level"]
    assert source.located(Path("/etc/evara")).devices[0].key_file == "/etc/evara/k"


def test_a_key_is_not_shown() -> None:
    source = msgspec.convert(PUSH | {"devices": [DEVICE | {"key": "s3cret"}]}, HttpPush)
    assert "s3cret" not in repr(source)


ALL = devices_of("""
[[devices]]
device = "a"
time_key = "t"
timezone = "Asia/Kolkata"
fields = [{ field = "v", metric = "v", unit = "cm" }, { field = "x.y", metric = "y" }]
[[devices]]
device = "b"
fields = [{ field = "v", metric = "v", unit = "degC" }, { field = "v#sum", metric = "sum" }]
""")
POINTS = {"a/v", "a/y", "b/v", "b/sum"}
SCALAR = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=10),
    st.sampled_from(["a/", "b:", "v", "Cel", "cm", "2026-01-31T12:00:00", 2**28, -1, 1e308, 10**400]),
)  # fmt: skip
KEY = st.sampled_from(
    ["t", "v", "x", "y", "n", "bn", "bt", "bv", "bs", "bver", "u", "bu", "s", "vs", "vb", "z_"]
)
JSON = st.recursive(
    SCALAR, lambda some: st.lists(some, max_size=4) | st.dictionaries(KEY, some, max_size=6), max_leaves=25
)
RECORD = st.fixed_dictionaries(
    {"n": st.sampled_from(["a/v", "b/v", "a:x.y", "b", ""])},
    optional=dict.fromkeys(("t", "v", "s", "u", "bn", "bt", "bv", "bs", "vb", "vs"), SCALAR),
)
PIECE = st.sampled_from(
    [b'[{"n":"a/v","v":', b'{"t":', b"1e999", b"9" * 400, b"[" * 300, b"},", b'"', b"\0", b"]", b"-" * 99]
)
BODY = st.one_of(
    st.binary(max_size=200),
    st.lists(PIECE, max_size=8).map(b"".join),
    JSON.map(lambda some: repr(some).replace("'", '"').encode("utf-8", "surrogatepass")),
    st.lists(RECORD, max_size=5).map(lambda some: msgspec.json.encode(some, enc_hook=str)),
)


@given(
    st.sampled_from(["/a", "/b", "/"]), st.sampled_from(["application/json", "application/senml+json"]), BODY
)
async def test_any_bytes_are_readings_or_rejects(path: str, kind: str, body: bytes) -> None:
    taken = Taken()
    request = Request(method="POST", path=path, headers={"content-type": kind}, body=body)
    response = await posted(ALL, request, taken)
    assert response.status in (200, 400)
    for reading in taken.readings:
        assert EARLIEST_AT <= reading.at < LATEST_AT
        assert reading.point in POINTS
    assert all(len(reject.text) <= REJECT_TEXT_LIMIT and reject.reason for reject in taken.rejects)
