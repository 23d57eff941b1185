"""What `doctor` finds: the root cause first, and what depends on it is not checked."""

import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from edge_agent import clock
from edge_agent.outbox.store import open_outbox
from edge_agent.technician.check import Check, Result
from edge_agent.technician.doctor import check_all, exit_code, look_at_store, tell
from edge_agent.technician.probe import resolve
from edge_agent.uplink.link import Address, LinkError
from protocol.messages import Birth, Death
from protocol.reading import Reading
from tests.certificates import ServerFiles, make_certificates
from tests.edge_agent.site import CREDENTIAL, QUICK
from tests.fakes.cloud import Cloud, served_by_https
from tests.servers import Mosquitto
from tests.waiting import until_async

GOOD, FAILED, SKIPPED = Result.GOOD, Result.FAILED, Result.NOT_CHECKED


def write(folder: Path, cloud: str = "", credential: str = CREDENTIAL) -> Path:
    place = folder / "amba-7k3q.credential"
    place.write_text(credential + "\n")
    place.chmod(0o600)
    section = f'[cloud]\ncredential_file = "{place.name}"\n{cloud}\n' if cloud else ""
    (folder / "agent.toml").write_text(section)
    return folder / "agent.toml"


async def found(path: Path) -> dict[str, Check]:
    return {check.name: check for check in await check_all(path, QUICK)}


def results(checks: dict[str, Check]) -> dict[str, Result]:
    return {name: check.result for name, check in checks.items()}


async def test_everything_is_well(tmp_path: Path, cloud: Cloud, broker: Mosquitto) -> None:
    checks = await found(write(tmp_path, f'broker = "{broker.url}"'))
    assert set(results(checks).values()) == {GOOD}
    assert list(checks) == ["Settings", "Store", "Credential", "Name", "Port", "Broker", "Receipt"]
    assert exit_code(list(checks.values())) == 0
    assert tell(list(checks.values()))[-1] == "All is well."
    assert max(map(len, tell(list(checks.values())))) <= 60
    await until_async(lambda: len(cloud.states) == 2, what="a birth and a farewell")
    birth, death = cloud.states
    assert isinstance(birth, Birth)
    assert death == Death(epoch=birth.epoch, session=1, farewell=True)
    assert not cloud.arrived, "no number is spent"
    assert not (tmp_path / "outbox.db").exists(), "it makes nothing that the agent's user could not open"


async def test_wrong_settings(tmp_path: Path) -> None:
    path = tmp_path / "agent.toml"
    path.write_text("[gatway]\n")
    checks = await found(path)
    assert results(checks) == {"Settings": FAILED, "Store": SKIPPED, "Cloud": SKIPPED}
    assert "gatway" in checks["Settings"].text
    assert exit_code(list(checks.values())) == 2


async def test_a_store_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "outbox.db").write_text("this is no database, but a file that somebody put here\n" * 50)
    checks = await found(write(tmp_path))
    assert results(checks)["Store"] is FAILED
    assert checks["Store"].step


async def test_a_store_in_a_folder_that_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "agent.toml"
    path.write_text('[outbox]\npath = "nowhere/outbox.db"\n')
    checks = await found(path)
    assert checks["Store"].text == f"{tmp_path}/nowhere/outbox.db can't be written"


async def test_little_room_is_a_warning_and_the_facts_are_read_all_the_same(tmp_path: Path) -> None:
    async with open_outbox(tmp_path / "outbox.db") as outbox:
        await outbox.append("test", [Reading("oht-1/level", clock.now_ms(), 1.0)])
        store, facts = look_at_store(tmp_path / "outbox.db", free=100 << 20)
    assert (store.result, store.text) == (Result.WARNING, "100 MB free, 1 readings to send")
    assert facts, "else a broker that works would be said to fail"


async def test_secrets_that_others_may_read_are_a_warning(
    tmp_path: Path, cloud: Cloud, broker: Mosquitto
) -> None:
    path = write(tmp_path, f'broker = "{broker.url}"')
    source = 'kind = "thingspeak"\nname = "oht"\nchannel = 1\ndevice = "d"\nkey_file = "oht.key"\n'
    path.write_text(path.read_text() + f'[[sources]]\n{source}fields = [{{field = 1, metric = "m"}}]\n')
    (tmp_path / "oht.key").write_text("READKEY000000001")
    for name in ("amba-7k3q.credential", "oht.key"):
        (tmp_path / name).chmod(0o640)
    checks = await found(path)
    assert exit_code(list(checks.values())) == 1
    assert (checks["Credential"].result, checks["Key"].result) == (Result.WARNING, Result.WARNING)
    assert checks["Credential"].text == "of amba-7k3q; others may read it"
    assert checks["Key"].text == "others may read the key of oht"
    assert checks["Key"].step == f"run `chmod 600 {tmp_path / 'oht.key'}`"
    assert checks["Receipt"].result is GOOD
    for name in ("amba-7k3q.credential", "oht.key"):
        (tmp_path / name).chmod(0o600)
    assert set(results(await found(path)).values()) == {GOOD}


async def test_a_credential_that_is_none(tmp_path: Path) -> None:
    checks = await found(write(tmp_path, 'url = "http://127.0.0.1:1"', "nothing"))
    assert (results(checks)["Credential"], results(checks)["Cloud"]) == (FAILED, SKIPPED)


async def test_a_name_that_can_be_none() -> None:
    with pytest.raises(LinkError, match=r"the name a\.\.b can't be resolved"):
        await resolve(Address("https://a..b:443", "a..b", 443, secure=True), QUICK)


async def test_a_name_that_nobody_knows(tmp_path: Path) -> None:
    checks = await found(write(tmp_path, 'url = "https://evara.invalid"'))
    assert list(results(checks).values())[3:] == [FAILED, SKIPPED, SKIPPED, SKIPPED, SKIPPED]
    assert checks["Port"].text == "not checked: no name"


async def test_a_port_where_nobody_listens(tmp_path: Path, unused_tcp_port: int) -> None:
    checks = await found(write(tmp_path, f'broker = "mqtt://127.0.0.1:{unused_tcp_port}"'))
    assert (checks["Port"].result, checks["Broker"].result) == (FAILED, SKIPPED)
    assert checks["Port"].text == f"mqtt://127.0.0.1:{unused_tcp_port} refuses connections"
    assert checks["Port"].step == "check that the server runs, and the port in agent.toml"


@pytest.fixture
async def https(certificates: ServerFiles) -> AsyncIterator[int]:
    trust = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trust.load_cert_chain(certificates.certificate, certificates.key)
    async with served_by_https(Cloud(), CREDENTIAL, trust) as port:
        yield port


async def test_https_with_the_right_authority(tmp_path: Path, https: int, certificates: ServerFiles) -> None:
    url = f'url = "https://127.0.0.1:{https}"\nca_file = "{certificates.authority}"'
    checks = await found(write(tmp_path, url))
    assert set(results(checks).values()) == {GOOD}
    assert checks["TLS"].text == "certificate good for 29 days"


async def test_a_certificate_by_an_unknown_authority(tmp_path: Path, https: int) -> None:
    other = make_certificates(tmp_path)
    url = f'url = "https://127.0.0.1:{https}"\nca_file = "{other.authority}"'
    checks = await found(write(tmp_path, url))
    assert (checks["Port"].result, checks["TLS"].result, checks["HTTPS"].result) == (GOOD, FAILED, SKIPPED)


async def test_a_credential_that_is_refused(tmp_path: Path) -> None:
    async with served_by_https(Cloud(), CREDENTIAL) as port:
        path = write(tmp_path, f'url = "http://127.0.0.1:{port}"', "amba-7k3q:" + "x" * 43)
        checks = await found(path)
    assert (checks["HTTPS"].result, checks["Receipt"].result) == (FAILED, SKIPPED)
    assert "refuses the credential of amba-7k3q" in checks["HTTPS"].text
    assert "x" * 43 not in "\n".join(tell(list(checks.values())))


async def test_a_broker_behind_which_nobody_answers(tmp_path: Path, broker: Mosquitto) -> None:
    checks = await found(write(tmp_path, f'broker = "{broker.url}"'))
    assert (checks["Broker"].result, checks["Receipt"].result) == (GOOD, FAILED)
    assert checks["Receipt"].step == "check that Evara's ingest runs there"


async def test_a_port_that_takes_connections_and_says_nothing(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        checks = await found(write(tmp_path, f'broker = "mqtt://127.0.0.1:{mute.getsockname()[1]}"'))
    assert (checks["Port"].result, checks["Broker"].result) == (GOOD, FAILED)


async def test_while_an_agent_runs_its_connection_is_left_alone(
    tmp_path: Path, cloud: Cloud, broker: Mosquitto
) -> None:
    path = write(tmp_path, f'broker = "{broker.url}"')
    async with open_outbox(tmp_path / "outbox.db") as outbox:
        await outbox.note("link", broker.url)
        await outbox.note("reached_at", str(clock.now_ms()))
        await outbox.append("test", [Reading("oht-1/level", clock.now_ms(), 1.0)])
        checks = await found(path)
        assert set(results(checks).values()) == {GOOD}
        assert checks["Broker"].text == "the running agent is connected"
        assert checks["Receipt"].text.startswith("the cloud answered ")
        assert checks["Store"].text.endswith(" 1 readings to send")
    assert not cloud.states


async def test_a_clock_that_was_set_back_proves_nothing(tmp_path: Path, broker: Mosquitto) -> None:
    path = write(tmp_path, f'broker = "{broker.url}"')
    async with open_outbox(tmp_path / "outbox.db") as outbox:
        await outbox.note("link", broker.url)
        await outbox.note("reached_at", str(clock.now_ms() + 3_600_000))
        await outbox.append("test", [Reading("oht-1/level", clock.now_ms(), 1.0)])
        checks = await found(path)
    assert (checks["Broker"].result, checks["Receipt"].result) == (Result.WARNING, SKIPPED)
    assert checks["Broker"].text == "the clock was set back since the cloud answered the running agent"


async def test_a_running_agent_tells_its_trouble(tmp_path: Path, broker: Mosquitto) -> None:
    path = write(tmp_path, f'broker = "{broker.url}"')
    async with open_outbox(tmp_path / "outbox.db") as outbox:
        await outbox.note("trouble", f"{broker.url} takes messages, but the cloud answers none: check there")
        await outbox.append("test", [Reading("oht-1/level", clock.now_ms(), 1.0)])
        checks = await found(path)
    assert (checks["Broker"].result, checks["Receipt"].result) == (FAILED, SKIPPED)
    assert checks["Broker"].step == "check there"
    assert checks["Receipt"].text == "not checked: the cloud answered never"
