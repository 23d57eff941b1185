"""What a source that devices also read from keeps in the outbox, and gets back from it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar

import msgspec

from edge_agent import clock
from edge_agent.outbox import entries, marks, taken, unsealed
from edge_agent.outbox.errors import OutboxError
from edge_agent.outbox.file import Database
from edge_agent.outbox.judged import Judge
from edge_agent.outbox.writer import Writer
from firmware_bridge.history import ChannelFacts, Draft, Entry, NotKept
from firmware_bridge.refine.stage import Stage
from protocol.reading import FUTURE_MS

T = TypeVar("T")

# Firmware waits 5 s for its answer. Many updates in one request have the time that a slow card needs.
_ANSWER_S, _EACH_S = 3.5, 0.001
_JUST_NOW_MS = 250
# Stamps go on from each other so far ahead of the clock. Beyond, it was set back: updates a ms apart would be
# rates beyond all measure.
_STAMPS_AHEAD_MS = 1_000


class OutboxHistory:
    """One source's `firmware_bridge.history.History`. `kept` is called after every commit."""

    def __init__(
        self,
        writer: Writer,
        source: str,
        stage: Stage,
        kept: Callable[[], Awaitable[None]],
        now: Callable[[], int],
        judge: Judge,
    ) -> None:
        self._writer = writer
        self._source = source
        self._stage = stage
        self._kept = kept
        self._now = now
        self._judge = judge
        self._stamps: dict[int, int] = {}  # the last one that was given, by channel
        self._is_stage_ahead = False  # it remembers readings that were not kept

    async def keep(self, drafts: Sequence[Draft]) -> list[int | None]:
        try:
            async with _in_time(_ANSWER_S + _EACH_S * len(drafts)) as call:
                ids = await self._keep([self._stamped(draft) for draft in drafts], call)
        except NotKept:
            self._is_stage_ahead = True
            raise
        await self._kept()
        return ids

    async def entries(self, channel: int, since: int, until: int, newest: int) -> list[Entry]:
        return await self._read(entries.between, channel, since, until, newest)

    async def last(self, channel: int, field: int | None = None) -> Entry | None:
        return await self._read(entries.last, channel, field)

    async def entry(self, channel: int, number: int) -> Entry | None:
        return await self._read(entries.entry, channel, number)

    async def facts(self, channel: int) -> ChannelFacts:
        return await self._read(entries.facts, channel)

    async def _read(self, look: Callable[..., T], *what: int | None) -> T:
        async with _in_time(_ANSWER_S):
            return await self._writer.read(lambda database: look(database, self._source, *what))

    async def _keep(self, drafts: Sequence[Draft], call: "_Call") -> list[int | None]:
        if self._is_stage_ahead:
            self._stage.restore(
                await self._writer.read(lambda database: marks.memories(database, self._source))
            )
            self._is_stage_ahead = False
        known = await self._known(drafts)
        # From here to the writer without a pause: what the stage was shown first is kept first.
        refined, touched = self._refined(drafts, known)
        memories = self._stage.memories(touched)
        boot_ms = clock.boot_ms()

        def work(database: Database) -> list[int | None]:
            if call.is_over:  # nobody hears the numbers any more: it comes again
                return []
            outcome = entries.keep(database, self._source, refined)
            readings, unfit = unsealed.sift(outcome.readings)
            rejects = [*outcome.rejects, *unfit]
            taken.keep(database, self._source, readings, rejects, memories, boot_ms, self._judge)
            return outcome.ids

        size = sum(1 + len(draft.readings) for draft in refined)
        return await self._writer.append(work, size, waiting=True)

    def _stamped(self, draft: Draft) -> Draft:
        """With a stamp of its own, if it came just now: what is older is one of a bulk, told by its place."""
        channel, at = draft.entry.channel, draft.entry.at
        if draft.has_own_time or self._now() - at > _JUST_NOW_MS:
            return draft
        before = self._stamps.get(channel, 0)
        ahead = before + 1 - at
        moved_ms = ahead if 0 < ahead < _STAMPS_AHEAD_MS else 0
        self._stamps[channel] = at + moved_ms
        return entries.later(draft, moved_ms)

    async def _known(self, drafts: Sequence[Draft]) -> set[int]:
        """Places of drafts whose time is taken: those that come again are not shown to the stage again."""
        own = [(place, draft.entry) for place, draft in enumerate(drafts) if draft.has_own_time]
        if not own:
            return set()
        found = await self._writer.read(
            lambda database: entries.taken(database, self._source, [entry for _, entry in own])
        )
        return {place for (place, _), is_taken in zip(own, found, strict=True) if is_taken}

    def _refined(self, drafts: Sequence[Draft], known: set[int]) -> tuple[list[Draft], set[str]]:
        """The drafts with what the stage makes of their readings, and the points whose memory changed."""
        latest, touched = self._now() + FUTURE_MS, set[str]()
        refined: list[Draft] = []
        for place, draft in enumerate(drafts):
            if place in known:
                refined.append(draft)
                continue
            seen = self._stage.refine(draft.readings, latest)
            touched |= seen.touched
            rejects = [*draft.rejects, *seen.rejects]
            refined.append(msgspec.structs.replace(draft, readings=seen.readings, rejects=rejects))
        return refined, touched


class _Call:
    """Whether somebody still waits for it; the writer's thread looks."""

    is_over = False


@asynccontextmanager
async def _in_time(wait_s: float) -> AsyncIterator[_Call]:
    call = _Call()
    try:
        async with asyncio.timeout(wait_s):
            yield call
    except TimeoutError as error:
        call.is_over = True
        raise NotKept("the store is busy; try again") from error
    except OutboxError as error:
        raise NotKept(str(error)) from error
