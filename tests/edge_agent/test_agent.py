"""The whole agent in a process of its own: it starts, records, forwards, is killed, is told to stop."""

import signal
import sqlite3
import time
from pathlib import Path

import pytest

from tests import agents
from tests.agents import COMMUNITY, agent
from tests.edge_agent.site import CREDENTIAL
from tests.fakes.cloud import Cloud
from tests.servers import Mosquitto
from tests.waiting import until, until_async


def cloud_section(folder: Path, broker: str) -> str:
    credential = folder / "amba-7k3q.credential"
    credential.write_text(CREDENTIAL + "\n")
    credential.chmod(0o600)
    return f'[cloud]\nbroker = "{broker}"\ncredential_file = "amba-7k3q.credential"\nseal_every_s = 1\n'


def journal(folder: Path) -> set[tuple[str, int, float]]:
    """What the simulated community says was taken."""
    path = folder / "journal.csv"
    lines = path.read_text().splitlines() if path.exists() else []
    rows = [line.split(",") for line in lines if line.count(",") == 2 and not line.startswith("point,")]
    return {(point, int(at), float(value)) for point, at, value in rows}


def has_readings(path: Path) -> bool:
    if not path.exists():
        return False
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as sql:
        tables = sql.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'reading'").fetchone()[0]
        return bool(tables and sql.execute("SELECT EXISTS (SELECT 1 FROM reading)").fetchone()[0])


def test_without_a_cloud_it_only_records(tmp_path: Path) -> None:
    with agent(tmp_path, sources=COMMUNITY) as one:
        status = one.until(lambda status: status["backlog"] > 0)
        assert status["running"]
        assert not status["cloud"]["configured"]
        assert one.tell("status")[1].startswith("Recording. No cloud is configured. Backlog")
        assert one.stop() == 0
    assert one.status()["backlog"] >= status["backlog"]


async def test_what_was_recorded_is_forwarded(tmp_path: Path, cloud: Cloud, broker: Mosquitto) -> None:
    with agent(tmp_path, cloud_section(tmp_path, broker.url), COMMUNITY + "past_h = 1.0\n") as one:
        await until_async(lambda: len(cloud.stored) > 1000, 60, "the past is in the cloud")
        assert one.stop() == 0
        await until_async(lambda: getattr(cloud.states[-1], "farewell", False), what="the farewell")
        taken = journal(tmp_path)
        one.start("--send-only")
        await until_async(lambda: taken == cloud.stored, 30, "everything is in the cloud")
        assert one.stop() == 0
    assert journal(tmp_path) == taken == cloud.stored


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_within_five_seconds(tmp_path: Path, unused_tcp_port: int, number: int) -> None:
    """Also while the cloud is out of reach."""
    with agent(tmp_path, cloud_section(tmp_path, f"mqtt://127.0.0.1:{unused_tcp_port}"), COMMUNITY) as one:
        one.until(lambda status: status["backlog"] > 0 and status["cloud"]["trouble"])
        began = time.monotonic()
        assert one.process is not None
        one.process.send_signal(number)
        assert one.process.wait(10) == 0
        assert time.monotonic() - began < 5
    assert not one.status()["running"]


async def test_killed_again_and_again_it_loses_and_doubles_nothing(
    tmp_path: Path, cloud: Cloud, broker: Mosquitto
) -> None:
    past = COMMUNITY + "past_h = 2.0\n"
    with agent(tmp_path, cloud_section(tmp_path, broker.url), past) as one:
        for count in (300, 1500, 4000):
            await until_async(lambda: len(journal(tmp_path)) > count, 60, f"{count} readings")  # noqa: B023
            one.kill()
            one.start()
        await until_async(lambda: len(cloud.stored) > 4000, 60, "most is in the cloud")
        assert one.stop() == 0
        one.config.write_text(cloud_section(tmp_path, broker.url))
        one.start()
        await until_async(lambda: journal(tmp_path) == cloud.stored, 60, "everything is in the cloud")
    rows = [row for batch in cloud.taken for row in batch.series]
    assert sum(len(series.values) for series in rows) == len(cloud.stored)


def test_a_second_agent_on_the_outbox_says_so_and_ends(tmp_path: Path) -> None:
    with agent(tmp_path, sources=COMMUNITY) as first:
        until(lambda: has_readings(tmp_path / "outbox.db"), 30)
        second = agents.Agent(tmp_path)
        code, text = second.tell("run")
        assert code == 2
        assert f"is in use by another agent (process {first.pid})" in text


def test_settings_that_are_wrong_end_it_with_a_sentence(tmp_path: Path) -> None:
    one = agents.Agent(tmp_path)
    one.config.write_text("[cloud]\nurl = 5\n")
    code, text = one.tell("run")
    assert code == 2
    assert str(one.config) in text
    assert "Traceback" not in text
