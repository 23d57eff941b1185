"""What deciding who is told costs, and how many messages a large outage makes."""

import asyncio
import random
import tempfile
from pathlib import Path

from benchmarks import processes
from benchmarks.result import Better, Result, Results
from cloud.alerting.receiver import Receiver
from cloud.alerting.route import Site, Timing, plan
from cloud.alerting.subject import Subject
from cloud.store.database import Database, open_database
from cloud.store.migrate import upgrade
from protocol.hours import Hours
from protocol.rule import Severity
from tests.cloud.alerting.test_offline import enter_silence_rule, silences
from tests.cloud.alerting.town import Town
from tests.cloud.ingest.making import GATEWAYS, enter_site

ALERTS = 10_000
ROUTES = 500
EVERYWHERE = 100  # of them hear of every site
SITES = 100
LEVELS = list(Severity)
HOUR = 3_600_000


def measure() -> Results:
    return {
        "decide_10000_alerts_500_routes_s": Result(_decided(), "CPU s", Better.LOWER),
        "messages_of_200_device_outage": Result(
            asyncio.run(_messages_of_an_outage()), "messages", Better.LOWER, None, 1.0
        ),
    }


def _decided() -> float:
    """The pure decision for 100 sites of 100 alerts; of 500 people 100 hear of every site, 4 of each."""
    chance = random.Random(1)
    everybody = [_receiver(f"all-{number}", chance) for number in range(EVERYWHERE)]
    spent = 0.0
    for number in range(SITES):
        mine = [
            _receiver(f"site-{number}-{place}", chance) for place in range((ROUTES - EVERYWHERE) // SITES)
        ]
        site = Site(
            subjects=[_subject(number, place, chance) for place in range(ALERTS // SITES)],
            mutes={}, receivers=[*everybody, *mine], last_resort=None, told=[], timing=Timing(),
            offset=lambda at: 0,
        )  # fmt: skip
        begun = processes.own_cpu_s()
        made = plan(site, HOUR)
        spent += processes.own_cpu_s() - begun
        assert made.messages
    return spent


def _receiver(name: str, chance: random.Random) -> Receiver:
    hours = chance.choice([None, Hours("08:00", "20:00")])
    return Receiver(person=name, minimum=chance.choice(LEVELS), hours=hours, channels=("mail",))


def _subject(site: int, place: int, chance: random.Random) -> Subject:
    """An open alert, told to nobody yet."""
    return Subject(
        alert=f"a{site}-{place}", rule="r", site=str(site), point=f"d{place}/level",
        severity=chance.choice(LEVELS), news_at=chance.randrange(HOUR),
    )  # fmt: skip


async def _messages_of_an_outage() -> float:
    """A site of 200 devices goes dark, and everything says so; counted in notification rows."""
    with tempfile.TemporaryDirectory() as name:
        database = await _opened(Path(name))
        try:
            await enter_site(database)
            await enter_silence_rule(database)
            town = Town(database)
            await town.add_person()
            await town.hears_of(*GATEWAYS)
            await town.until(0.5, speaking=GATEWAYS[1:])
            await town.arrives(*silences(0.5))
            await town.until(30, speaking=GATEWAYS[1:])
            return float(len(await town.messages()))
        finally:
            await database.close()


async def _opened(folder: Path) -> Database:
    url = f"sqlite:///{folder / 'evara.db'}"
    await upgrade(url)
    return await open_database(url)
