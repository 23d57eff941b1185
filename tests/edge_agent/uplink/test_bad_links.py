"""Links that break, stall, refuse and lose: every reading arrives, and nobody has to do anything."""

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from edge_agent.outbox.store import open_outbox
from protocol.breaker import State
from protocol.messages import Death, Down, Receipt
from tests.edge_agent.site import CREDENTIAL, QUICK, Site
from tests.fakes.cloud import Cloud, served_by_https
from tests.proxy import Proxy, Way
from tests.servers import Mosquitto
from tests.waiting import until_async


async def test_a_broken_connection_leaves_a_last_will(site: Site, cloud: Cloud, link: Proxy) -> None:
    async with site.linked(through(link)):
        await until_async(cloud.births)
        link.reset()
        await until_async(lambda: len(cloud.births()) == 2, what="a second birth")
    assert Death(epoch=site.outbox.epoch, session=1) in cloud.states
    assert [birth.session for birth in cloud.births()] == [1, 2]


async def test_a_broker_that_refuses_for_a_while_loses_nothing(site: Site, cloud: Cloud, link: Proxy) -> None:
    async with site.linked(through(link)):
        await site.record(50)
        await site.drained()
        link.refuse()
        await site.noted("trouble", "refuses connections")
        for _ in range(20):
            await site.record(50)
        link.pass_all()
        await site.drained()
    assert cloud.stored == site.taken


@pytest.mark.parametrize("ways", [(Way.UP, Way.DOWN), (Way.UP,), (Way.DOWN,)], ids=["both", "up", "down"])
async def test_a_link_that_stalls_and_is_then_reset_loses_nothing(
    site: Site, cloud: Cloud, link: Proxy, ways: tuple[Way, ...]
) -> None:
    async with site.linked(through(link)):
        await site.record(50)
        await site.drained()
        connections = link.connections
        link.stall(*ways)
        for _ in range(30):
            await site.record(50)
        await until_async(lambda: link.connections >= connections + 2, 20, "the dead link is given up")
        link.reset()
        link.pass_all()
        await site.drained()
    assert cloud.stored == site.taken


async def test_a_broker_that_is_killed_and_comes_back_loses_nothing(
    site: Site, cloud: Cloud, broker: Mosquitto
) -> None:
    async with site.linked(broker.url):
        for _ in range(3):
            await site.record(300)
            broker.kill()
            await site.record(300)
            broker.start()
        await site.drained()
    assert cloud.stored == site.taken


async def test_half_of_the_receipts_are_lost(site: Site, cloud: Cloud, broker: Mosquitto) -> None:
    lost, receipts = 0, 0

    def keep(message: Down) -> bool:
        nonlocal lost, receipts
        if isinstance(message, Receipt):
            receipts += 1
            lost += receipts % 2
        return not isinstance(message, Receipt) or receipts % 2 == 0

    cloud.keep = keep
    async with site.linked(broker.url):
        for _ in range(20):
            await site.record(40)
        await site.record(10_000)
        await site.drained(60)
    assert cloud.stored == site.taken
    assert sum(cloud.arrived.values()) - len(cloud.arrived) <= 2 * lost


async def test_receipts_that_come_twice_and_late_are_harmless(
    site: Site, cloud: Cloud, broker: Mosquitto
) -> None:
    cloud.copies = 3
    async with site.linked(broker.url):
        for _ in range(10):
            await site.record(20)
            await site.drained()
    assert cloud.stored == site.taken
    assert len(cloud.births()) == 1


async def test_receipts_of_the_last_connection_are_taken_on_this_one(
    site: Site, cloud: Cloud, broker: Mosquitto
) -> None:
    """They come before the welcome, and settle; the batches need not be sent again."""
    held: list[Down] = []

    def hold(message: Down) -> bool:
        if isinstance(message, Receipt):
            held.append(message)
        return not isinstance(message, Receipt)

    cloud.keep = hold
    await site.record(5)
    async with site.linked(broker.url):
        await until_async(lambda: held)
    cloud.keep = lambda message: True
    cloud.early = held
    async with site.linked(broker.url):
        await site.drained()
    assert list(cloud.arrived.values()) == [1]


async def test_https_takes_over_after_three_failures_and_hands_back(
    site: Site, cloud: Cloud, link: Proxy
) -> None:
    link.refuse()
    await site.record(10)
    hour = msgspec.structs.replace(QUICK, mqtt_again_s=1.5)
    async with (
        served_by_https(cloud, CREDENTIAL) as port,
        site.linked(through(link), f"http://127.0.0.1:{port}", patience=hour),
    ):
        await site.drained()
        await site.noted("link", "http://")
        stored = await site.outbox.load_breakers()
        assert [breaker.state for breaker in stored.values()] == [State.OPEN]
        link.pass_all()
        await site.noted("link", "mqtt://")
        await site.record(10)
        await site.drained()
    assert cloud.stored == site.taken


async def test_a_trouble_is_told_once_although_the_ways_take_turns(
    site: Site, link: Proxy, unused_tcp_port: int, caplog: pytest.LogCaptureFixture
) -> None:
    link.refuse()
    eager = msgspec.structs.replace(QUICK, longest_reconnect_s=0.1)
    async with site.linked(through(link), f"http://127.0.0.1:{unused_tcp_port}", patience=eager):
        await until_async(lambda: sessions(site) >= 12, what="both ways are tried again and again")
    told = Counter(record.getMessage() for record in caplog.records if "refuses" in record.getMessage())
    assert sorted(told.values()) == [1, 1]


def sessions(site: Site) -> int:
    """How many connections were begun."""
    with closing(sqlite3.connect(site.folder / "outbox.db")) as sql:
        (count,) = sql.execute("SELECT value FROM counter WHERE name = 'session'").fetchone()
        return int(count)


async def test_two_boxes_with_one_credential_do_not_storm(
    site: Site, cloud: Cloud, link: Proxy, tmp_path: Path
) -> None:
    """Each throws the other out, ever more slowly, and both get through with what they have."""
    slower = msgspec.structs.replace(QUICK, longest_reconnect_s=3.0)
    await site.record(10)
    async with open_outbox(tmp_path / "other.db") as outbox:
        other = Site(outbox, tmp_path, "other/level")
        await other.record(10)
        async with site.linked(through(link), patience=slower), other.linked(through(link), patience=slower):
            await site.drained(60)
            await other.drained(60)
    assert cloud.stored == site.taken | other.taken
    assert link.connections < 40


def through(link: Proxy) -> str:
    return f"mqtt://127.0.0.1:{link.port}"
