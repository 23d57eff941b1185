"""Over HTTPS what waits for a gateway comes with the answers to its state messages."""

from cloud.alerting import rollout
from protocol import codec
from protocol.messages import Birth, Config, Heartbeat, Result, Welcome
from tests.cloud.api.conftest import Served
from tests.cloud.api.test_ingest import batch, post, read


async def test_the_configuration_comes_with_the_welcome_until_it_is_answered(served: Served) -> None:
    async with served.database.writing() as connection:
        await rollout.plan(connection, served.owners[0].organisation, served.now())
    birth = codec.encode(Birth(epoch="e1", session=1))
    welcome, config = read(await post(served, birth)).messages
    assert isinstance(welcome, Welcome)
    assert isinstance(config, Config)
    assert codec.digest(config.document.encode()) == config.digest
    beat = codec.encode(Heartbeat(epoch="e1", session=1, counter=1))
    assert read(await post(served, beat)).messages == [config]
    assert len(read(await post(served, batch(1, served.now()))).messages) == 1
    answer = Result(command=f"config {config.digest}", ok=False, text="no such point")
    assert read(await post(served, codec.encode(answer))).messages == []
    assert len(read(await post(served, birth)).messages) == 1
