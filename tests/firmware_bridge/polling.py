"""A poller of a fake channel, and how its tests wait for it."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from firmware_bridge.fields import Field
from firmware_bridge.thingspeak.thingspeak import ThingSpeak
from tests.fakes.thingspeak import FakeThingSpeak
from tests.firmware_bridge.taken import Taken
from tests.waiting import until_async

NOW_S = int(time.time())
DAY_S = 86_400


def source(fake: FakeThingSpeak, key_file: Path | None = None) -> ThingSpeak:
    return ThingSpeak(
        name="channel",
        channel=fake.channel,
        server=fake.url,
        key_file=str(key_file) if key_file else None,
        device="oht-1",
        fields=[Field(field=1, metric="level", unit="cm"), Field(field=2, metric="temperature", unit="degC")],
        every_s=0.1,
    )


@asynccontextmanager
async def polling(fake: FakeThingSpeak, taken: Taken) -> AsyncIterator[None]:
    """The source runs from the cursor that was committed last."""
    task = asyncio.create_task(source(fake).feed(taken.put, taken.cursor))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled():
            task.result()


async def reaches(taken: Taken, count: int) -> None:
    await until_async(lambda: len(taken.readings) >= count, 30, f"{count} readings")


async def rounds(fake: FakeThingSpeak, count: int) -> None:
    """So many more questions were asked."""
    asked = len(fake.requests)
    await until_async(lambda: len(fake.requests) >= asked + count, 30, f"{count} more questions")


def is_single(taken: Taken) -> bool:
    return len({(reading.point, reading.at) for reading in taken.readings}) == len(taken.readings)
