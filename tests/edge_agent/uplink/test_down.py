"""Rules and commands that come down: obeyed, answered, and told at the next birth, whatever the way."""

import contextlib
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import aiomqtt
import pytest

from edge_agent.config import Credential
from edge_agent.outbox.facts import read_facts
from edge_agent.uplink.link import parse_address
from edge_agent.uplink.mqtt_link import open_mqtt
from protocol import codec, topics
from protocol.acknowledgement import Acknowledgement
from protocol.messages import Command, Result, Welcome
from tests.edge_agent.site import CREDENTIAL, GATEWAY, NOON, QUICK, SECRET, Site
from tests.edge_agent.test_rules import config
from tests.edge_agent.watch.desk import LEVEL, Desk, rule
from tests.fakes.cloud import Cloud, served_by_broker, served_by_https
from tests.servers import Mosquitto
from tests.waiting import until_async

WAYS = pytest.mark.parametrize("way", ["MQTT", "HTTPS"])


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with Desk(tmp_path / "o.db", (LEVEL,)).opened() as opened:
        yield opened


@contextlib.asynccontextmanager
async def linked(way: str, cloud: Cloud, site: Site, broker: Mosquitto) -> AsyncIterator[None]:
    async with contextlib.AsyncExitStack() as stack:
        if way == "MQTT":
            await stack.enter_async_context(served_by_broker(cloud, broker.port))
            await stack.enter_async_context(site.linked(broker.url))
        else:
            port = await stack.enter_async_context(served_by_https(cloud, CREDENTIAL))
            await stack.enter_async_context(site.linked(url=f"http://127.0.0.1:{port}"))
        yield


@WAYS
async def test_rules_are_answered_and_told_at_the_next_birth(
    way: str, desk: Desk, tmp_path: Path, broker: Mosquitto
) -> None:
    site, cloud, sent = Site(desk.outbox, tmp_path, watching=desk.watching), Cloud(), config(rule())
    cloud.early = [sent, sent]
    async with linked(way, cloud, site, broker):
        await until_async(lambda: cloud.results, what="an answer")
        await desk.hears(2.5)
        await until_async(lambda: any(batch.transitions for batch in cloud.taken), what="the transition")
        await site.drained()
    async with linked(way, cloud, site, broker):
        await until_async(lambda: len(cloud.births()) > 1, what="the next birth")
    assert cloud.results == [Result(command=f"config {sent.digest}", ok=True)]
    first, second = cloud.births()
    assert (first.config_hash, first.open_alerts) == ("", [])
    assert (second.config_hash, second.open_alerts) == (sent.digest, [cloud_alert(cloud)])


@WAYS
async def test_the_answer_does_not_overtake_the_birth(
    way: str, desk: Desk, tmp_path: Path, broker: Mosquitto
) -> None:
    site, cloud = Site(desk.outbox, tmp_path, watching=desk.watching), Cloud()
    cloud.early = [config(rule())]
    cloud.keep = lambda message: not isinstance(message, Welcome)
    async with linked(way, cloud, site, broker):
        await until_async(lambda: len(cloud.births()) > 1, what="the birth again")
        assert cloud.results == []
        cloud.keep = lambda message: True
        await until_async(lambda: cloud.results, what="an answer")


@WAYS
async def test_what_is_wrong_with_rules_goes_up(
    way: str, desk: Desk, tmp_path: Path, broker: Mosquitto
) -> None:
    site, cloud = Site(desk.outbox, tmp_path, watching=desk.watching), Cloud()
    cloud.early = [config(rule(unit="furlong"))]
    async with linked(way, cloud, site, broker):
        await until_async(lambda: cloud.results, what="an answer")
    (result,) = cloud.results
    assert not result.ok
    assert 'unknown unit "furlong"' in result.text


@WAYS
async def test_an_acknowledgement_is_answered(
    way: str, desk: Desk, tmp_path: Path, broker: Mosquitto
) -> None:
    site, cloud = Site(desk.outbox, tmp_path, watching=desk.watching), Cloud()
    said = {"alert": "a", "counter": "1", "by": "Asha", "at": str(NOON)}
    cloud.early = [Command(id="acknowledge 1", name="acknowledge", expires_at=NOON, arguments=said)]
    async with linked(way, cloud, site, broker):
        await until_async(lambda: cloud.results, what="an answer")
    assert cloud.results == [Result(command="acknowledge 1", ok=True)]


@WAYS
async def test_what_was_acknowledged_meanwhile_comes_with_the_welcome(
    way: str, desk: Desk, tmp_path: Path, broker: Mosquitto
) -> None:
    site, cloud = Site(desk.outbox, tmp_path, watching=desk.watching), Cloud()
    said = Acknowledgement(alert="a", counter=1, by="Asha", at=NOON)
    cloud.acknowledgements = [said]
    async with linked(way, cloud, site, broker):
        await until_async(lambda: read_facts(desk.path, NOON).acknowledgements, what="it is kept")
    assert read_facts(desk.path, NOON).acknowledgements == {"a": said}


async def test_transitions_do_not_wait_for_readings_to_be_sealed(
    desk: Desk, tmp_path: Path, broker: Mosquitto
) -> None:
    site, cloud = Site(desk.outbox, tmp_path, watching=desk.watching), Cloud()
    await desk.run(rule())
    async with served_by_broker(cloud, broker.port), site.linked(broker.url, seal_every_s=3600):
        await until_async(lambda: cloud.births(), what="a birth")
        await desk.hears(1.0)
        await until_async(lambda: cloud.taken, what="the first live batch")
        await desk.hears(2.5)
        await until_async(lambda: cloud.taken[-1].transitions, what="the transition")
    (batch,) = (batch for batch in cloud.taken if batch.transitions)
    assert not batch.series


def cloud_alert(cloud: Cloud) -> str:
    (alert,) = {one.alert for batch in cloud.taken for one in batch.transitions}
    return alert


async def test_what_a_broker_hands_over_of_another_gateway_is_not_heard(broker: Mosquitto) -> None:
    own, other = f"{GATEWAY}-own", f"{GATEWAY}-other"
    async with (
        open_mqtt(
            parse_address(broker.url), Credential(own, SECRET), ssl.create_default_context(), b"", QUICK
        ) as link,
        aiomqtt.Client("127.0.0.1", broker.port) as cloud,
    ):
        await link._client.subscribe(topics.everything_down(other))  # as a broker would that mixes them up
        for name, command in ((other, "not ours"), (own, "ours")):
            body = codec.encode(Command(id=command, name="resync", expires_at=NOON))
            await cloud.publish(topics.topic(name, topics.DOWN_COMMAND), codec.compress(body), qos=1)
        assert [message.id for message in await link.heard() if isinstance(message, Command)] == ["ours"]
