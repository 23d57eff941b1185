"""`gateway add`, its files carried to a machine elsewhere, and it runs: HTTPS with a private authority."""

import asyncio
import shutil
from pathlib import Path

from tests.certificates import make_certificates
from tests.end_to_end.elsewhere import elsewhere
from tests.faults.community import Community
from tests.faults.supervisor import Process
from tests.faults.system import System, clean_environment, command
from tests.server import free_port

SOURCE = """
[[sources]]
kind = "simulated"
name = "community"
every_s = 0.5
past_h = 0.02
journal = "journal.csv"
"""
FIRST_S = 100.0  # it seals once a minute


async def test_the_printed_configuration_runs_elsewhere(tmp_path: Path) -> None:
    with elsewhere() as place:
        files = make_certificates(tmp_path / "certificates", [place.here])
        address = f"{place.here}:{free_port()}"
        environment = clean_environment() | {
            "EVARA_DATA_DIR": str(tmp_path / "cloud"),
            "EVARA_LISTEN": address,
            "EVARA_PUBLIC_URL": f"https://{address}",
            "EVARA_TLS_CERTIFICATE_FILE": str(files.certificate),
            "EVARA_TLS_KEY_FILE": str(files.key),
            "EVARA_CA_FILE": str(files.authority),
        }
        out = tmp_path / "out"
        words = "gateway add amba --site Amba --zone Asia/Kolkata --out"
        document = await command(environment, *words.split(), str(out))
        pi = tmp_path / "pi"
        await asyncio.to_thread(_carry, out, pi, document)
        cloud = Process("cloud", ["cloud", "serve"], environment, tmp_path, _nothing)
        agent = Process(
            "agent", ["edge_agent", "run", "--config", str(pi / "agent.toml")], clean_environment(), tmp_path,
            _nothing, before=place.inside,
        )  # fmt: skip
        system = System(
            directory=tmp_path, environment=environment, database=f"sqlite:///{tmp_path}/cloud/evara.db",
            web=f"https://{address}", broker_port=0, workers=[cloud], api=cloud, authority=files.authority,
        )  # fmt: skip
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(one.run(), name=one.name) for one in (cloud, agent)]
            await system.until_ready()
            community = Community(pi, agent)
            await community.until_taken()
            await community.until_stored(system, FIRST_S)
            for task in running:
                task.cancel()
        assert not agent.deaths, f"the agent ended:\n{agent.tail()}"
        await community.judge(system)


def _carry(out: Path, pi: Path, document: str) -> None:
    """What a technician copies, and the source that is there."""
    shutil.copytree(out, pi)
    (pi / "agent.toml").write_text(document + SOURCE)


async def _nothing(_: Process) -> None:
    """It is started again, that is all."""
