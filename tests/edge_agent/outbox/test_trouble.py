"""A full disk, a store that can't be written, a second agent, files that are no outbox."""

import os
import resource
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from edge_agent.outbox.errors import OutboxError, OutboxFull
from edge_agent.outbox.facts import read_facts
from edge_agent.outbox.file import VERSION
from edge_agent.outbox.room import BALLAST_BYTES
from edge_agent.outbox.store import Outbox, open_outbox
from protocol.messages import Lane, Loss, Receipt
from protocol.reading import Point, Reading
from tests.edge_agent.outbox.contents import look, readings_of
from tests.edge_agent.outbox.small_disk import fill

AT = 1_700_000_000_000


@contextmanager
def unwritable(path: Path) -> Iterator[None]:
    """Files can't grow past what the log has now: to SQLite that is a disk that fails."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.with_name(path.name + "-wal").stat().st_size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


class Recorder:
    """Appends numbered readings and knows which were kept."""

    def __init__(self, outbox: Outbox) -> None:
        self.outbox = outbox
        self.kept: set[tuple[str, int]] = set()
        self._next = AT

    async def append(self, size: int = 200) -> None:
        """The same readings again until they are kept, as a source that waits does."""
        readings = [Reading("d/m", self._next + n, n / 7) for n in range(size)]
        await self.outbox.append("source", readings, cursor=str(self._next))
        self.kept.update((reading.point, reading.at) for reading in readings)
        self._next += size

    async def append_for_ever(self) -> None:
        while True:
            await self.append()

    async def send(self, lane: Lane = Lane.LIVE) -> bool:
        sealed = await self.outbox.seal(lane, 2000)
        if sealed is None:
            return False
        await self.outbox.settle([receipt(sealed.epoch, sealed.number, sealed.digest)])
        return True


def receipt(epoch: str, number: int, digest: str) -> Receipt:
    return Receipt(epoch=epoch, number=number, digest=digest, incarnation="i", mark=0)


async def until_full(recorder: Recorder) -> None:
    with pytest.raises(OutboxFull, match="has no room for more: make room on its disk"):
        await recorder.append_for_ever()


async def test_full_disk_takes_no_readings_and_loses_none(disk: Path) -> None:
    path = disk / "outbox.db"
    async with open_outbox(path) as outbox:
        recorder = Recorder(outbox)
        await recorder.append()
        under_way = await outbox.seal(Lane.LIVE)
        assert under_way is not None
        filler = fill(disk)
        await until_full(recorder)
        await until_full(recorder)
        await outbox.settle([receipt(under_way.epoch, under_way.number, under_way.digest)])
        await outbox.record_loss(Loss(id="l1", since=AT, until=AT, count=1))
        assert read_facts(path, AT).losses_recorded == 1
        filler.unlink()
        await recorder.append()
        assert (disk / "outbox.db.ballast").stat().st_blocks * 512 >= BALLAST_BYTES
        found = look(path)
        receipted = {(reading.point, reading.at) for reading in readings_of(under_way.body)}
        assert found.readings.keys() | receipted == recorder.kept  # what was settled may go to make room
        assert set(found.readings.values()) == {1}
        assert set(found.waiting) == {"l1"}


async def test_full_disk_makes_room_from_what_the_cloud_has(disk: Path) -> None:
    """With a link the outbox never says that it is full: settled batches go first."""
    async with open_outbox(disk / "outbox.db") as outbox:
        recorder = Recorder(outbox)
        for _ in range(200):  # several times what the disk holds of sealed batches
            await recorder.append(2_000)
            assert await recorder.send()
        kept = look(disk / "outbox.db")
        assert not kept.sealed
        assert 0 < len(kept.settled) < 200 * 2_000


async def test_full_of_unsent_readings_goes_on_once_the_cloud_takes_some(disk: Path) -> None:
    path = disk / "outbox.db"
    async with open_outbox(path) as outbox:
        recorder = Recorder(outbox)
        await until_full(recorder)
        while await recorder.send(Lane.BACKLOG) or await recorder.send(Lane.LIVE):
            pass
        await recorder.append()
        found = look(path)
        assert found.unsealed.total() == 200
        assert not found.readings.keys() - recorder.kept
        assert (await outbox.queue()).readings == 200


async def test_starts_on_a_full_disk(disk: Path) -> None:
    path = disk / "outbox.db"
    async with open_outbox(path) as outbox:
        recorder = Recorder(outbox)
        await recorder.append()
    filler = fill(disk)
    async with open_outbox(path) as outbox:
        assert (await outbox.queue()).readings == 200
        recorder.outbox = outbox
        await until_full(recorder)
        filler.unlink()
        await recorder.append()
        assert look(path).readings.keys() == recorder.kept


async def test_unwritable_while_running(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    async with open_outbox(path) as outbox:
        recorder = Recorder(outbox)
        await recorder.append()
        with unwritable(path):
            with pytest.raises(OutboxError, match="cannot be used: disk I/O error; see to its disk") as error:
                await recorder.append()
            assert not isinstance(error.value, OutboxFull)
            assert await outbox.cursor("source") == str(AT)
        await recorder.append()
        assert look(path).readings.keys() == recorder.kept


async def test_second_agent_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    sentence = rf"outbox.db is in use by another agent \(process {os.getpid()}\): stop that one, or give"
    async with open_outbox(path):
        with pytest.raises(OutboxError, match=sentence):
            async with open_outbox(path):
                pass
        link = tmp_path / "link.db"
        link.symlink_to(path)
        with pytest.raises(OutboxError, match="is in use by another agent"):
            await entered(link)
        assert read_facts(path, AT).queue.readings == 0  # looking is no second agent
    async with open_outbox(path):
        pass


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
async def test_a_bug_ends_it_instead_of_being_tried_again(tmp_path: Path) -> None:
    async with open_outbox(tmp_path / "outbox.db") as outbox:
        with pytest.raises(sqlite3.ProgrammingError):
            await outbox.register_points([Point("d/m", object())])  # type: ignore[arg-type]
        with pytest.raises(sqlite3.ProgrammingError):
            await outbox.cursor("source")


async def test_newer_schema_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    async with open_outbox(path):
        pass
    with closing(sqlite3.connect(path)) as sql:
        sql.execute(f"PRAGMA user_version = {VERSION + 1}")
    schemas = rf"\(schema {VERSION + 1}, this program knows {VERSION}\)"
    sentence = f"was written by a newer evara-agent {schemas}: install that version"
    with pytest.raises(OutboxError, match=sentence):
        await entered(path)
    with pytest.raises(OutboxError, match=sentence):
        read_facts(path, AT)


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        pytest.param(
            "no/such/folder/o.db", "cannot be opened: No such file or directory; give", id="no folder"
        ),
        pytest.param("folder", "cannot be opened as an outbox: unable to open", id="a folder"),
        pytest.param(
            "noise", "cannot be opened as an outbox: file is not a database; move it aside", id="noise"
        ),
        pytest.param("other", "is no outbox but some other database: set", id="another program's database"),
    ],
)
async def test_what_is_no_outbox(tmp_path: Path, path: str, sentence: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "noise").write_bytes(b"noise" * 1000)
    with closing(sqlite3.connect(tmp_path / "other")) as sql:
        sql.execute("CREATE TABLE theirs (a)")
    with pytest.raises(OutboxError, match=sentence):
        await entered(tmp_path / path)


def test_facts_of_nothing(tmp_path: Path) -> None:
    with pytest.raises(OutboxError, match="is not there: no agent has recorded"):
        read_facts(tmp_path / "outbox.db", AT)


async def entered(path: Path) -> None:
    async with open_outbox(path):
        pass


async def test_an_older_schema_is_brought_up_and_keeps_what_is_unsent(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    async with open_outbox(path) as outbox:
        await outbox.append("s", [Reading("d/m", AT, 1.0)])
    with closing(sqlite3.connect(path)) as sql:
        for table in ("watch", "heard", "rulebook", "action", "acknowledged"):
            sql.execute(f"DROP TABLE {table}")
        sql.execute("PRAGMA user_version = 1")
    with pytest.raises(OutboxError, match="was written by an older evara-agent: start the agent once"):
        read_facts(path, AT)
    async with open_outbox(path) as outbox:
        assert (await outbox.queue()).readings == 1
    assert read_facts(path, AT).open_alerts == []
