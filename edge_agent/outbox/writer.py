"""The thread that owns the database: jobs go in, one commit serves many, answers come out."""

import asyncio
import logging
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

import msgspec

from edge_agent.outbox.errors import OutboxError, OutboxFull
from edge_agent.outbox.file import Database, is_full
from edge_agent.outbox.room import Room

log = logging.getLogger(__name__)
T = TypeVar("T")

# The statement is wrong, not the disk: trying again is no help, the process must end and say so.
BUGS = (sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.DataError, sqlite3.InterfaceError)

GROUP_READINGS = 200  # that many waiting readings are committed at once
WAITING_READINGS = 50_000  # while a card stalls: whoever comes with more is told to come again
GROUP_S = 1.0  # a shared commit comes at most this often
RIDE_S = 0.1  # a settle waits so long for a commit to ride in, if one is due


class Job(msgspec.Struct, frozen=True):
    """One call. `due` is monotonic seconds; None: it only reads, and needs no commit."""

    work: Callable[[Database], Any]
    answer: asyncio.Future[Any]
    due: float | None
    readings: int = 0
    needs_room: bool = False  # it is refused while the outbox is full


class Writer:
    """Starts with `start`; `stop` commits what waits."""

    def __init__(self, database: Database) -> None:
        self.serial = 0  # rises with every commit that brought news
        self.news = asyncio.Event()  # replaced with every rise
        self._database = database
        self._room = Room(database)
        self._forgot = False  # what the database remembers may be of rows that never were
        self._loop = asyncio.get_running_loop()
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._waiting = 0  # readings whose jobs have no answer yet; a job weighs one more
        self._stopping = False
        self._committed_at = -GROUP_S
        self._due = float("inf")  # when the thread will commit what it gathers
        self._thread = threading.Thread(target=self._run, name="outbox")
        self._bug: BaseException | None = None

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._jobs.put(None)
        self._thread.join()  # a commit long at most: shorter than what could be cancelled here

    async def read(self, work: Callable[[Database], T]) -> T:
        """Look at what is committed."""
        answer: asyncio.Future[T] = self._loop.create_future()
        self._put(Job(work, answer, due=None))
        return await answer

    async def write(self, work: Callable[[Database], T], rides: bool = False) -> T:
        """Do it in a commit at once, or, if it `rides`, in the one that is due soon; returns after it."""
        now = time.monotonic()
        due = self._due if rides and self._due <= now + RIDE_S else now
        answer: asyncio.Future[T] = self._loop.create_future()
        self._put(Job(work, answer, due))
        return await answer

    async def append(self, work: Callable[[Database], T], readings: int, waiting: bool) -> T:
        """As `write`, but refused while there is no room; without `waiting` GROUP_S after the last commit."""
        now = time.monotonic()
        due = now if waiting else max(now, self._committed_at + GROUP_S)
        answer: asyncio.Future[T] = self._loop.create_future()
        self._put(Job(work, answer, due, readings, needs_room=True))
        return await answer

    def leave(self, work: Callable[[Database], None]) -> None:
        """Do it in a commit within GROUP_S; nobody waits for it, and nobody hears if it can't be kept."""
        answer: asyncio.Future[None] = self._loop.create_future()
        answer.add_done_callback(lambda done: done.cancelled() or done.exception())
        with suppress(OutboxError):
            self._put(Job(work, answer, time.monotonic() + GROUP_S))

    def _put(self, job: Job) -> None:
        if self._bug is not None:
            raise self._bug
        if self._waiting and self._waiting + job.readings >= WAITING_READINGS:
            raise OutboxError(f"{self._database.path} is slow: too much waits for it; see to its disk")
        self._waiting += 1 + job.readings
        self._jobs.put(job)

    # Everything below runs in the thread.

    def _run(self) -> None:
        group: list[Job] = []
        try:
            while not self._stopping:
                group = []
                self._gather(group)
                if group:
                    self._commit(group)
        except BaseException as bug:  # whoever waits must hear of it; then it ends this thread
            self._bug = bug
            self._fail(group, bug)
            raise
        finally:
            while not self._jobs.empty():
                if job := self._jobs.get():
                    self._fail([job], self._bug or OutboxError("the outbox is closed"))

    def _gather(self, group: list[Job]) -> None:
        """Add the jobs of the next commit: waits until one is due, then takes all that arrived meanwhile."""
        self._due, readings = float("inf"), 0
        while True:
            wait_s = self._due - time.monotonic() if readings < GROUP_READINGS else 0.0
            try:
                job = self._jobs.get(timeout=max(0.0, wait_s) if group else None)
            except queue.Empty:
                return
            if job is None:
                self._stopping = True
                return
            if job.due is None:
                self._look(job)
                continue
            group.append(job)
            self._due, readings = min(self._due, job.due), readings + job.readings

    def _look(self, job: Job) -> None:
        try:
            self._recall()
            result = job.work(self._database)
        except BUGS as bug:
            self._fail([job], bug)
            raise
        except sqlite3.Error as error:
            self._fail([job], self._explain(error))
        else:
            self._answer([(job, result)], news=False)

    def _commit(self, group: list[Job]) -> None:
        """One commit for the group; on a full disk one more try with what can be cleared, then with the
        ballast's room, which is not for readings.
        """
        if self._room.is_full and not self._regain():
            group = self._refuse(group)
        elif self._try(group):
            return
        else:
            self._room.give()
            if self._regain() and self._try(group):
                return
            self._room.give()
            group = self._refuse(group)
        if group and not self._try(group):
            self._fail(group, self._full())

    def _try(self, group: Sequence[Job]) -> bool:
        """False: the disk is full and nothing was done. Else every job of the group has its answer."""
        try:
            results = self._transact(group)
        except BUGS:
            raise
        except sqlite3.Error as error:
            self._roll_back()
            if is_full(error):
                return False
            self._fail(group, self._explain(error))
            return True
        self._committed_at = time.monotonic()
        self._answer(list(zip(group, results, strict=True)), self._database.has_news)
        return True

    def _transact(self, group: Sequence[Job]) -> list[Any]:
        self._recall()
        self._database.has_news = False  # transitions or losses: the uplink seals them at once
        self._database.sql.execute("BEGIN IMMEDIATE")
        results = [job.work(self._database) for job in group]
        self._database.sql.execute("COMMIT")
        return results

    def _roll_back(self) -> None:
        self._forgot = True
        try:
            self._recall()
        except sqlite3.Error as error:
            log.warning("outbox: %s", self._explain(error))

    def _recall(self) -> None:
        """After a rollback: until this worked nothing is done, or it would be done to the wrong rows."""
        if not self._forgot:
            return
        if self._database.sql.in_transaction:  # some errors have rolled back already
            self._database.sql.execute("ROLLBACK")
        self._database.recall()
        self._forgot = False

    def _regain(self) -> bool:
        try:
            return self._room.regain()
        except sqlite3.Error as error:
            log.warning("outbox: %s", self._explain(error))
            return False

    def _refuse(self, group: Sequence[Job]) -> list[Job]:
        self._fail([job for job in group if job.needs_room], self._full())
        return [job for job in group if not job.needs_room]

    def _full(self) -> OutboxFull:
        return OutboxFull(f"{self._database.path} has no room for more: make room on its disk")

    def _explain(self, error: sqlite3.Error) -> OutboxError:
        if is_full(error):
            return self._full()
        return OutboxError(f"{self._database.path} cannot be used: {error}; see to its disk and its owner")

    def _answer(self, results: Sequence[tuple[Job, Any]], news: bool) -> None:
        self._loop.call_soon_threadsafe(self._deliver, results, news)

    def _fail(self, group: Sequence[Job], error: BaseException) -> None:
        self._loop.call_soon_threadsafe(self._deliver_error, group, error)

    # And this in the event loop again.

    def _deliver(self, results: Sequence[tuple[Job, Any]], news: bool) -> None:
        for job, result in results:
            self._waiting -= 1 + job.readings
            if not job.answer.done():  # its caller may have been cancelled
                job.answer.set_result(result)
        if news:
            self.serial += 1
            self.news.set()
            self.news = asyncio.Event()

    def _deliver_error(self, group: Sequence[Job], error: BaseException) -> None:
        for job in group:
            self._waiting -= 1 + job.readings
            if not job.answer.done():
                job.answer.set_exception(error)
