"""`gateway add`, its files carried to a machine elsewhere, and it runs: HTTPS with a private authority."""

import asyncio
import shutil
import sys
from pathlib import Path

import pytest

from tests.certificates import make_certificates
from tests.end_to_end.elsewhere import elsewhere
from tests.faults.community import Community
from tests.faults.forks import open_forks, spawn
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


@pytest.mark.timeout(300)
async def test_the_printed_configuration_runs_elsewhere(tmp_path: Path) -> None:
    with elsewhere() as place:
        async with open_forks() as forks:
            files = make_certificates(tmp_path, [place.here])
            address = f"{place.here}:{free_port()}"
            environment = clean_environment() | {
                "EVARA_DATA_DIR": str(tmp_path / "cloud"),
                "EVARA_LISTEN": address,
                "EVARA_PUBLIC_URL": f"https://{address}",
                "EVARA_TLS_CERTIFICATE_FILE": str(files.certificate),
                "EVARA_TLS_KEY_FILE": str(files.key),
                "EVARA_CA_FILE": str(files.authority),
            }
            cloud = Process("cloud", forks.start, ["cloud", "serve"], environment, tmp_path, _nothing)
            system = System(
                directory=tmp_path, environment=environment, database=f"sqlite:///{tmp_path}/cloud/evara.db",
                web=f"https://{address}", broker_port=0, workers=[cloud], api=cloud, forks=forks,
                authority=files.authority,
            )  # fmt: skip
            pi = await _add_gateway(system, tmp_path)
            program = [
                *place.inside,
                sys.executable,
                "-m",
                "edge_agent",
                "run",
                "--config",
                str(pi / "agent.toml"),
            ]
            agent = Process("agent", spawn, program, clean_environment(), tmp_path, _nothing)
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


async def _add_gateway(system: System, place: Path) -> Path:
    """What a technician does: makes the gateway, carries what was made to its folder, names a source."""
    out, pi = place / "out", place / "pi"
    words = ["gateway", "add", "amba", "--site", "Amba", "--zone", "Asia/Kolkata", "--out"]
    printed = await command(system.forks, system.environment, place / "gateway-add.log", *words, str(out))
    document = printed[printed.index("[gateway]") : printed.index("gateway amba-")]
    await asyncio.to_thread(_carry, out, pi, document)
    return pi


def _carry(out: Path, pi: Path, document: str) -> None:
    """What a technician copies, and the source that is there."""
    shutil.copytree(out, pi)
    (pi / "agent.toml").write_text(document + SOURCE)


async def _nothing(_: Process) -> None:
    """It is started again, that is all."""
