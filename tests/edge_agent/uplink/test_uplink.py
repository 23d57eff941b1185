"""The uplink over a real broker and over HTTPS, where the cloud says what a cloud may say."""

import contextlib

import msgspec
import pytest

from edge_agent.uplink.window import SPAN
from protocol import codec
from protocol.breaker import Breaker, State
from protocol.messages import (
    Batch,
    Birth,
    BreakerState,
    Death,
    Down,
    Heartbeat,
    Loss,
    Refusal,
    RefusalCode,
    RetryAfter,
)
from tests.edge_agent.site import CREDENTIAL, NOON, QUICK, Site
from tests.fakes.cloud import Cloud, served_by_https
from tests.servers import Mosquitto
from tests.waiting import until_async


async def test_readings_arrive_once_and_leave_the_outbox(site: Site, cloud: Cloud, broker: Mosquitto) -> None:
    await site.record(2500)
    async with site.linked(broker.url):
        await site.drained()
        await site.record(10)
        await site.drained()
    assert cloud.stored == site.taken
    assert set(cloud.arrived.values()) == {1}


async def test_over_https_alone(site: Site) -> None:
    cloud = Cloud()
    await site.record(2500)
    async with served_by_https(cloud, CREDENTIAL) as port, site.linked(url=f"http://127.0.0.1:{port}"):
        await site.drained()
        await site.record(10)
        await site.drained()
    assert cloud.stored == site.taken
    assert cloud.states[-1] == Death(epoch=site.outbox.epoch, session=1, farewell=True)


async def test_the_state_is_told_at_every_connection(site: Site, cloud: Cloud, broker: Mosquitto) -> None:
    await site.record(5)
    await site.outbox.save_breaker("removed", Breaker(state=State.OPEN))
    async with site.linked(broker.url, heartbeat_s=0.1):
        await until_async(lambda: any(isinstance(state, Heartbeat) for state in cloud.states))
    birth, *_, last = cloud.states
    assert isinstance(birth, Birth)
    assert (birth.session, birth.epoch) == (1, site.outbox.epoch)
    assert birth.queue.readings == 5
    assert [point.name for point in birth.points] == ["oht-1/level"]
    assert birth.seal_every_s == 0.1
    heartbeat = next(state for state in cloud.states if isinstance(state, Heartbeat))
    # Of the configured source, although it never failed; of no other.
    assert birth.breakers == heartbeat.breakers == [BreakerState(name="test", state=State.CLOSED)]
    assert last == Death(epoch=birth.epoch, session=1, farewell=True)
    counters = [state.counter for state in cloud.states if isinstance(state, Birth | Heartbeat)]
    assert counters == sorted(set(counters))


async def test_a_link_without_traffic_is_asked_whether_the_cloud_is_there(
    site: Site, cloud: Cloud, broker: Mosquitto
) -> None:
    asking = msgspec.structs.replace(QUICK, quiet_s=0.3)
    async with site.linked(broker.url, heartbeat_s=0.1, patience=asking):
        await until_async(lambda: len(cloud.births()) >= 2)
    assert {birth.session for birth in cloud.births()} == {1}


async def test_the_window_stays_within_32_numbers(site: Site, cloud: Cloud, broker: Mosquitto) -> None:
    cloud.rule = lambda batch, payload: (
        RetryAfter(code="partition", after_s=300.0, epoch=batch.epoch, number=batch.number)
        if batch.number == 1
        else None
    )
    async with site.linked(broker.url, seal_every_s=0.1):
        for _ in range(SPAN):
            await site.record(1)
            count = len(cloud.arrived)
            with contextlib.suppress(TimeoutError):
                await until_async(lambda: len(cloud.arrived) > count, 1.0)  # noqa: B023
        await site.record(1)
        assert max(batch.number for batch in cloud.taken) <= SPAN


async def test_a_batch_that_must_wait_does_not_hold_up_others(
    site: Site, cloud: Cloud, broker: Mosquitto
) -> None:
    waits = iter([True])
    cloud.rule = lambda batch, payload: (
        RetryAfter(code="partition", after_s=0.5, epoch=batch.epoch, number=batch.number)
        if next(waits, False)
        else None
    )
    async with site.linked(broker.url):
        await site.record(5)
        await until_async(lambda: cloud.arrived)
        await site.record(5)
        await site.drained()
    assert cloud.stored == site.taken
    assert [batch.number for batch in cloud.taken] == [2, 1]


@pytest.mark.parametrize("code", [RefusalCode.CONFLICT, RefusalCode.STALE])
async def test_readings_of_a_refused_number_go_on_in_a_new_epoch(
    site: Site, cloud: Cloud, broker: Mosquitto, code: RefusalCode
) -> None:
    epoch = site.outbox.epoch

    def refuse(batch: Batch, payload: bytes) -> Down | None:
        digest = codec.digest(codec.decompress(payload))
        return cloud.refusal(code, batch, digest) if batch.epoch == epoch else None

    cloud.rule = refuse
    await site.record(30)
    async with site.linked(broker.url):
        await site.drained()
        assert site.outbox.epoch != epoch
        await until_async(lambda: cloud.births()[-1].epoch == site.outbox.epoch)
    assert cloud.stored == site.taken


async def test_what_the_cloud_cannot_read_is_parked_and_the_rest_goes_on(
    site: Site, cloud: Cloud, broker: Mosquitto
) -> None:
    cloud.rule = unreadable_with_a_loss
    await site.outbox.record_loss(Loss(id="loss-1", since=NOON, until=NOON, count=1))
    await site.outbox.record_loss(Loss(id="loss-2", since=NOON, until=NOON, count=2))
    async with site.linked(broker.url):
        await site.record(30)
        await site.drained()
        await until_async(lambda: len([one for one in cloud.taken if one.losses]) == 2)
    assert cloud.stored == site.taken
    assert (await site.outbox.queue()).parked == 1
    assert [len(batch.losses) for batch in cloud.taken if batch.losses] == [1, 1]


def unreadable_with_a_loss(batch: Batch, payload: bytes) -> Down | None:
    """Two losses together are unreadable, each alone is not; the batch is named by its payload only."""
    if len(batch.losses) < 2:
        return None
    return Refusal(
        code=RefusalCode.UNDECODABLE, reason="poison", digest=codec.digest(payload), incarnation="cloud-1"
    )


async def test_a_busy_server_is_asked_again(site: Site) -> None:
    await site.record(10)
    async with (
        served_by_https(Cloud(), CREDENTIAL, status=503) as port,
        site.linked(url=f"http://127.0.0.1:{port}"),
    ):
        await site.noted("reached_at", "1")
    assert (await site.outbox.queue()).readings == 10
