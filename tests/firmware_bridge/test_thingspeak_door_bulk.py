"""The times in a bulk update, and how large one may be."""

from collections.abc import Callable, Sequence
from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.history import Draft
from firmware_bridge.lan.http import Response
from firmware_bridge.lan.request import Limits, Request
from firmware_bridge.thingspeak_door import bulk_body
from firmware_bridge.thingspeak_door.bulk_body import UPDATES_LIMIT, BadBulk
from firmware_bridge.thingspeak_door.channel import Channel
from firmware_bridge.thingspeak_door.route import Route
from tests.firmware_bridge.remembered import Remembered

NOW = 1_800_000_000_000
NOON = 1_784_116_800  # 2026-07-15 12:00 UTC, s


def json_of(*updates: dict[str, object]) -> bytes:
    return msgspec.json.encode({"write_api_key": "K", "updates": updates})


def times(body: bytes) -> list[int]:
    """Of its updates, ms before now."""
    return [NOW - update.at for update in bulk_body.from_json(body, NOW)[1]]


RELATIVE = [
    pytest.param([0], [0], id="one was measured now"),
    pytest.param([0, 15, 15], [30_000, 15_000, 0], id="the last was measured now"),
    pytest.param([700, "15", 0.5], [15_500, 500, 0], id="what is before the first does not matter"),
]


@pytest.mark.parametrize(("deltas", "expected"), RELATIVE)
def test_relative_times(deltas: list[object], expected: list[int]) -> None:
    assert times(json_of(*({"delta_t": delta} for delta in deltas))) == expected


def test_a_relative_time_counts_from_an_absolute_one() -> None:
    body = json_of({"created_at": NOON}, {"delta_t": 60}, {"created_at": str(NOON + 90)})
    found = bulk_body.from_json(body, NOW)[1]
    assert [update.at // 1000 - NOON for update in found] == [0, 60, 90]
    assert all(update.has_own_time for update in found)


BAD = [
    pytest.param({"delta_t": -1}, "update 1 has no created_at and no delta_t in seconds", id="into the past"),
    pytest.param({"delta_t": "nan"}, "update 1 has no created_at and no delta_t in seconds", id="no number"),
    pytest.param({"created_at": "1999-12-31"}, "not between the years 2000 and 2099", id="before its time"),
]


@pytest.mark.parametrize(("update", "expected"), BAD)
def test_what_is_no_time(update: dict[str, object], expected: str) -> None:
    with pytest.raises(BadBulk, match=expected):
        times(json_of(update))


def csv_of(count: int) -> bytes:
    return "|".join(f"{NOON + n},{n},{n}.5,,,,,,,,,,status {n}" for n in range(count)).encode()


LARGEST: list[tuple[str, Callable[[int], bytes]]] = [
    (
        "json",
        lambda count: json_of(
            *(
                {"created_at": NOON + n, "status": "x" * 100}
                | {f"field{k}": f"{n}.50000" for k in range(1, 9)}
                for n in range(count)
            )
        ),
    ),
    ("csv", lambda count: b"write_api_key=K&time_format=absolute&updates=" + csv_of(count)),
]

CHANNEL = msgspec.convert(
    {
        "id": 1,
        "write_key": "K",
        "device": "oht-1",
        "fields": [{"field": 1, "metric": "level", "unit": "cm"}],
    },
    Channel,
)


class Counting(Remembered):
    """Many at once would take it long."""

    def __init__(self) -> None:
        super().__init__()
        self.kept = 0

    async def keep(self, drafts: Sequence[Draft]) -> list[int | None]:
        self.kept += sum(len(draft.readings) for draft in drafts)
        return [None, *range(1, len(drafts))]


@pytest.mark.parametrize(("extension", "body_of"), LARGEST, ids=["json", "csv"])
async def test_as_many_as_thingspeak_takes_and_not_one_more(
    extension: str, body_of: Callable[[int], bytes]
) -> None:
    history = Counting()

    async def answer(count: int) -> Response:
        body = body_of(count)
        assert len(body) < Limits().body_bytes
        request = Request(method="POST", path="/channels/1/bulk_update." + extension, body=body)
        return await Route("door", [CHANNEL], history).answer(request)

    assert (await answer(UPDATES_LIMIT)).status == 202
    assert history.kept == UPDATES_LIMIT
    too_many = await answer(UPDATES_LIMIT + 1)
    assert (too_many.status, too_many.body) == (
        413,
        b'{"status":"413","error":{"error_code":"error_request_too_large","message":"Request Too Large",'
        b'"details":"14401 updates; send at most 14400 at a time"}}',
    )


WORDS = st.sampled_from(["0", "15", "|", ",", "2026-01-01", "1784116800", "-1", "nan", "\n", "x", "1e999"])


@given(st.lists(WORDS).map("".join), st.sampled_from(["absolute", "relative", ""]))
def test_any_csv_is_taken_or_refused(updates: str, time_format: str) -> None:
    with suppress(BadBulk):
        bulk_body.from_csv({"updates": updates, "time_format": time_format}, NOW)


PARTS = st.sampled_from(
    ['{"updates":[', '{"delta_t":', "0", "}", "]", ",", '"', "null", '"created_at":', "[[[", "1e999"]
)


@given(st.lists(PARTS).map("".join).map(str.encode) | st.binary(max_size=50))
def test_any_bytes_are_taken_or_refused(body: bytes) -> None:
    with suppress(BadBulk):
        bulk_body.from_json(body, NOW)
