"""SMS: the parts that were sent are counted, and no more than the cap go out in a day."""

from pathlib import Path

import pytest

from cloud.senders.apprise import Apprise
from cloud.store import deliveries
from cloud.store.database import Database
from tests.cloud.alerting.post import (
    HOUR,
    QUICK,
    Clock,
    deliverer,
    delivering,
    enter_people,
    news,
    put,
    replaced,
    states,
    tries,
)
from tests.fakes.sink import Sink, sink
from tests.waiting import until_async

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


def sms(folder: Path, provider: Sink, parts_a_day: int) -> Apprise:
    file = folder / "sms.url"
    file.write_text(f"json://127.0.0.1:{provider.port}/{{address}}/?+Idempotency-Key={{key}}")
    return Apprise(name="sms", url_file=file, sms_parts_a_day=parts_a_day)


async def test_no_more_than_the_cap_goes_out_in_a_day(database: Database, tmp_path: Path) -> None:
    await enter_people(database)
    clock = Clock()
    async with sink() as provider:
        long = "अ" * 100
        rows = [
            news(f"n{number}", clock(), channel="sms", address="+919876543210", subject=long)
            for number in range(4)
        ]
        await put(database, *rows)
        times = replaced(QUICK, send_s=30.0)  # loading Apprise takes its time
        async with delivering(deliverer(database, [sms(tmp_path, provider, 6)], clock, times=times)):

            async def is_full() -> bool:
                return [outcome for outcome, _ in await tries(database, "n3")] == ["retry"]

            await until_async(is_full, 40)
            assert len(provider.taken) == 3, "two parts each"
            assert "cap of SMS parts" in (await tries(database, "n3"))[0][1]
            assert await parts(database, clock) == 6
            clock.ahead += 23 * HOUR
            assert await parts(database, clock) == 6
            clock.ahead += 90 * 60_000
            assert await parts(database, clock) == 0
    assert (await states(database))["n3"] in {"retry", "sent"}


async def parts(database: Database, clock: Clock) -> int:
    async with database.reading() as connection:
        return await deliveries.sms_parts_since(connection, "sms", clock() - 24 * HOUR)
