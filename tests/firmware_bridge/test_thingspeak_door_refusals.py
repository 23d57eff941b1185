"""What the door refuses is listed, folded, and without a key."""

import asyncio

import pytest

from firmware_bridge.lan.request import Request
from firmware_bridge.reject_fold import FOLD_S
from firmware_bridge.thingspeak_door.route import Route, is_whole
from tests.firmware_bridge.remembered import Remembered
from tests.firmware_bridge.taken import Taken
from tests.firmware_bridge.test_thingspeak_door_writes import door
from tests.waiting import until_async

SECRET = "S3CRETS3CRET0001"


async def test_refusals_are_listed_without_keys_and_the_first_of_each_kind_at_once() -> None:
    route, taken = Route("door", door(1).channels, Remembered()), Taken()
    keeper = asyncio.create_task(route.refusals.keep(taken.put))
    for _ in range(5):
        for request in (
            update({"api_key": SECRET, SECRET: "", "field1": "7"}),
            update({}, b'{"api_key":"' + SECRET.encode()),
            update({}, SECRET.encode() * 2_000),
            bulk(b'{"write_api_key":"' + SECRET.encode() + b'","updates":[{"delta_t":0}]}'),
            bulk(b'{"write_api_key":"' + SECRET.encode() + b'","upd'),
        ):
            await route.answer(request)
    await until_async(lambda: len(taken.rejects) == 4, 5, "the first of each kind is listed")
    keeper.cancel()
    await asyncio.wait([keeper])
    assert [(reject.where, reject.text, reject.reason) for reject in taken.rejects] == [
        ("/update", "field1=7", "its key is no channel's write key"),
        ("/update", "no JSON object: Input data was truncated", "an update that cannot be read"),
        ("/update", "32000 bytes", "an update that is too long"),
        (
            "channel 4201 bulk_update",
            "this is not the write key of channel 4201",
            "a bulk update was refused",
        ),
    ]
    rest = route.refusals._fold.due(asyncio.get_running_loop().time() + 2 * FOLD_S)
    assert [reject.where for reject in rest] == [
        *["/update, 4 times"] * 3,
        "channel 4201 bulk_update, 9 times",
    ]


WHOLE = [
    pytest.param("GET", "/update", {"key": "K"}, True, id="a GET with its key, also without a value"),
    pytest.param("GET", "/update.json", {"field1": "7"}, False, id="a key is missing"),
    pytest.param("POST", "/update", {"key": "K"}, False, id="a POST whose values may be in its body"),
    pytest.param("POST", "/update", {"key": "K", "1": "7"}, True, id="a POST with all of it in the query"),
    pytest.param("GET", "/channels/4201/feeds.json", {}, True, id="a read, whoever may read"),
]


@pytest.mark.parametrize(("method", "path", "query", "expected"), WHOLE)
def test_an_update_is_whole_with_its_key(
    method: str, path: str, query: dict[str, str], expected: bool
) -> None:
    assert is_whole(Request(method=method, path=path, query=query)) is expected
    headers = {"x-thingspeakapikey": "K"}
    with_key = Request(method=method, path=path, query=query, headers=headers)
    assert is_whole(with_key) is (expected or method == "GET")


def update(query: dict[str, str], body: bytes = b"") -> Request:
    return Request(method="POST", path="/update", query=query, body=body)


def bulk(body: bytes) -> Request:
    return Request(method="POST", path="/channels/4201/bulk_update.json", body=body)
