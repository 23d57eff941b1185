"""Clouds that lose their memory or their tongue: restored, replaced, silent."""

import msgspec

from edge_agent.uplink.window import SPAN
from protocol import codec
from protocol.messages import Lane, Receipt, Refusal, RefusalCode, RetryAfter
from tests.edge_agent.site import QUICK, Site
from tests.fakes.cloud import Cloud
from tests.servers import Mosquitto
from tests.waiting import until_async


async def test_a_restored_cloud_gets_again_what_it_forgot(
    site: Site, cloud: Cloud, broker: Mosquitto
) -> None:
    async with site.linked(broker.url):
        for _ in range(6):
            await site.record(10)
            await site.drained()
        epoch = site.outbox.epoch
        cloud.forget_after(epoch, 2)
        await site.record(10)
        await until_async(lambda: site.taken == cloud.stored, what="everything is back")
        assert site.outbox.epoch != epoch
        await site.drained()


async def test_a_restored_cloud_is_noticed_at_the_next_birth(
    site: Site, cloud: Cloud, broker: Mosquitto
) -> None:
    await site.record(10)
    async with site.linked(broker.url):
        await site.drained()
    cloud.forget_after(site.outbox.epoch, 0)
    async with site.linked(broker.url):
        await until_async(lambda: site.taken == cloud.stored, what="everything is back")


async def test_another_cloud_gets_everything_that_is_kept(
    site: Site, cloud: Cloud, broker: Mosquitto
) -> None:
    async with site.linked(broker.url):
        await site.record(10)
        await site.drained()
        cloud.forget_everything("cloud-2")
        await site.record(10)
        await until_async(lambda: site.taken == cloud.stored, what="everything is in the new cloud")
        await site.drained()
    await site.noted("incarnation", "cloud-2")


async def test_nothing_but_births_goes_to_a_cloud_that_does_not_answer(
    site: Site, cloud: Cloud, broker: Mosquitto
) -> None:
    cloud.silent = True
    await site.record(10)
    async with site.linked(broker.url):
        await site.noted("trouble", "the cloud answers none")
        assert not cloud.arrived
        cloud.silent = False
        await site.drained()
    assert cloud.stored == site.taken


async def test_a_restored_cloud_is_noticed_after_a_batch_was_parked(
    site: Site, cloud: Cloud, broker: Mosquitto
) -> None:
    unreadable = iter([True])
    cloud.rule = lambda batch, payload: (
        Refusal(
            code=RefusalCode.UNDECODABLE, reason="poison", digest=codec.digest(payload), incarnation="cloud-1"
        )
        if batch.number == 2 and next(unreadable, False)
        else None
    )
    async with site.linked(broker.url):
        await site.record(10)
        await site.drained()
        await site.record(10)
        await until_async(lambda: len(cloud.births()) > 1, what="a new epoch")
        for _ in range(3):
            await site.record(10)
            await site.drained()
        before = len(cloud.stored)
        cloud.forget_after(site.outbox.epoch, 1)
        assert len(cloud.stored) < before
        await site.record(10)
        await until_async(lambda: len(site.taken - cloud.stored) == 10, what="all but what is parked")


async def test_a_restored_cloud_is_noticed_where_nothing_is_to_be_sent(
    site: Site, cloud: Cloud, broker: Mosquitto
) -> None:
    asking = msgspec.structs.replace(QUICK, quiet_s=0.3)
    async with site.linked(broker.url, heartbeat_s=0.1, patience=asking):
        await site.record(10)
        await site.drained()
        cloud.forget_after(site.outbox.epoch, 0)
        await until_async(lambda: site.taken == cloud.stored, what="everything is back")
        cloud.forget_everything("cloud-2")
        await until_async(lambda: site.taken == cloud.stored, what="everything is in the new cloud")


async def test_batches_that_a_restored_cloud_still_has_begin_no_epochs(
    site: Site, cloud: Cloud, broker: Mosquitto
) -> None:
    """All that is kept of an earlier epoch is sent again; beyond the 64 digests it keeps, that is stale."""
    old = site.outbox.epoch
    await settle_batches(site, cloud, 12)
    await site.outbox.reseal()
    cloud.rule = lambda batch, payload: (
        cloud.refusal(RefusalCode.STALE, batch, codec.digest(codec.decompress(payload)))
        if batch.epoch == old
        else None
    )
    async with site.linked(broker.url):
        for _ in range(3):
            await site.record(5)
            await site.drained()
        cloud.forget_after(site.outbox.epoch, 1)
        await site.record(5)
        await until_async(lambda: site.taken == cloud.stored, what="everything is back")
        await site.drained()
    assert len({birth.epoch for birth in cloud.births()}) == 2


async def test_a_resend_that_the_cloud_cannot_take_now_stays_in_the_outbox(
    site: Site, cloud: Cloud, broker: Mosquitto
) -> None:
    """And all of it arrives on this connection once it can."""
    await settle_batches(site, cloud, 150)
    await site.outbox.resend_from(0, cloud.incarnation)
    cloud.forget_everything(cloud.incarnation)
    later = True
    cloud.rule = lambda batch, payload: (
        RetryAfter(code="contended", after_s=2.0, epoch=batch.epoch, number=batch.number) if later else None
    )
    async with site.linked(broker.url, heartbeat_s=0.3):
        await until_async(lambda: len(cloud.arrived) >= SPAN)
        await site.record(1)  # the newest do not wait for the backlog
        await until_async(lambda: len(cloud.arrived) > SPAN)
        count = len(cloud.states)
        await until_async(lambda: len(cloud.states) > count + 3, what="a second goes by")
        assert len(await site.outbox.unsettled(1000)) <= SPAN + 2
        later = False
        await site.drained()
    assert cloud.stored == site.taken
    assert len(cloud.births()) == 1


async def test_what_was_under_way_is_taken_up_as_the_window_has_room(
    site: Site, cloud: Cloud, broker: Mosquitto
) -> None:
    await settle_batches(site, cloud, 150)
    await site.outbox.resend_from(0, cloud.incarnation)
    cloud.forget_everything(cloud.incarnation)
    for _ in range(150):  # as a process before this one left them
        await site.outbox.seal(Lane.BACKLOG)
    async with site.linked(broker.url):
        await site.drained()
    assert cloud.stored == site.taken
    assert len(cloud.births()) == 1


async def settle_batches(site: Site, cloud: Cloud, count: int) -> None:
    await site.record(count)
    for _ in range(count):
        sealed = await site.outbox.seal(Lane.BACKLOG, 1) or await site.outbox.seal(Lane.LIVE, 1)
        assert sealed is not None
        receipt = cloud.take(codec.compress(sealed.body))
        await site.outbox.settle([one for one in receipt if isinstance(one, Receipt)])
    cloud.arrived.clear()
