"""Who reads much, and slowly, holds up neither the agent's memory nor who reads little."""

import asyncio

from firmware_bridge.history import Entry
from firmware_bridge.instant import now_ms
from firmware_bridge.lan.http import Response
from firmware_bridge.lan.request import Request
from firmware_bridge.thingspeak_door.route import Route
from tests.firmware_bridge.remembered import Remembered
from tests.firmware_bridge.test_thingspeak_door_writes import door


async def test_large_answers_are_made_two_at_a_time_until_they_are_sent() -> None:
    fields = ("x" * 200, *[None] * 7)
    history = Remembered(Entry(channel=4202, id=n, at=now_ms() - n, fields=fields) for n in range(1, 1001))
    route = Route("door", door(1).channels, history)
    first, second = [await ask(route, "/channels/4202/feeds.json", results="8000") for _ in range(2)]
    third = asyncio.create_task(ask(route, "/channels/4202/feeds.json", days="7"))
    for small in ("feeds/last.json", "fields/1/last.txt", "feeds.json", "feeds/1.json", "status/last.json"):
        answer = await ask(route, f"/channels/4202/{small}")
        assert (answer.status, answer.sent) == (200, None)
    assert not third.done()
    assert first.sent is not None
    first.sent()
    answer = await asyncio.wait_for(third, 5)
    assert b'"entry_id":1' in answer.body
    for one in (second, answer):
        assert one.sent is not None
        one.sent()


async def test_what_is_refused_or_turns_out_small_holds_no_place() -> None:
    route = Route("door", door(1).channels, Remembered())
    for _ in range(5):
        answer = await asyncio.wait_for(ask(route, "/channels/4201/feeds.json", results="8000"), 5)
        assert answer.status == 400  # without its read key
        answer = await asyncio.wait_for(ask(route, "/channels/4202/feeds.json", results="8000"), 5)
        assert (answer.status, answer.sent) == (200, None)


async def ask(route: Route, path: str, **query: str) -> Response:
    return await route.answer(Request(method="GET", path=path, query=query))
