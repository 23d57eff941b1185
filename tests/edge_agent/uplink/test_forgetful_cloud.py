"""Clouds that lose their memory or their tongue: restored, replaced, silent."""

from tests.edge_agent.site import Site
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
