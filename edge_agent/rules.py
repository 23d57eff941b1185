"""What the cloud sends down about alerts: rules to judge by, and who has seen what. Knows no transport.

A document of rules is taken whole or not at all. So a gateway always runs one document, named by one digest;
one that can't be meant leaves the last good one running, and its reason goes up. What is sound but does not
fit here, a unit, a point, an action, rests alone, and that goes up too. Whatever came last runs, also an
older version: a restored cloud counts its versions again.
"""

import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from edge_agent import clock
from edge_agent.outbox import actions, judged
from edge_agent.outbox.file import Database
from edge_agent.outbox.judged import OpenAlert, Rulebook
from edge_agent.outbox.store import Outbox
from edge_agent.watch.plan import WATCHES_LIMIT, offset_of, watched
from edge_agent.watch.stage import UNMET, Watching
from protocol import codec, rule_mistakes
from protocol.acknowledgement import Acknowledgement
from protocol.messages import Command, Config, Result
from protocol.rule import Document
from protocol.told import Told

log = logging.getLogger(__name__)

REJECTED = "rules_rejected"  # the note for `status`: why the newest document does not run; "": it does

_TEXT_LIMIT = 1024  # characters of a result
_ROUND_TRIP_S = 2.0  # a server time that took longer on its way says nothing
_CLOCK_OFF_MS = 60_000  # hours of the day need no better clock


class Rules:
    """The rules of this gateway. `actions`: those that agent.toml has, and whom each tells."""

    def __init__(self, outbox: Outbox, watching: Watching, actions: Mapping[str, str | None]) -> None:
        self._outbox = outbox
        self._watching = watching
        self._actions = actions

    async def take(self, config: Config) -> Result:
        """Check, apply and keep a document; the answer. Raises OutboxError: nothing has changed."""
        command = f"config {config.digest}"
        try:
            document = self._read(config)
        except _Refused as refused:
            log.warning("the cloud's rules (version %d) are rejected: %s", config.version, refused)
            await self._outbox.note(REJECTED, str(refused))
            return Result(command=command, ok=False, text=str(refused)[:_TEXT_LIMIT])
        book = Rulebook(config.incarnation, config.version, config.digest, config.document)
        known = await self.book()
        if known is None or known.digest != book.digest:
            await self._outbox.change(lambda database: self._watching.apply(database, book, document))
            log.info("%d rules run now (version %d)", len(document.rules), config.version)
        await self._outbox.note(REJECTED, "")
        unmet = (await self._outbox.notes()).get(UNMET, "")
        return Result(command=command, ok=True, text=unmet[:_TEXT_LIMIT])

    async def obey(self, command: Command) -> Result:
        """What a command asks for. Raises OutboxError: nothing has changed."""
        if command.name != "acknowledge":
            return Result(command=command.id, ok=False, text=f'this agent knows no command "{command.name}"')
        try:
            said = msgspec.convert(command.arguments, Acknowledgement, strict=False)
        except msgspec.ValidationError as error:
            text = f"this is no acknowledgement: {error}"
            return Result(command=command.id, ok=False, text=text[:_TEXT_LIMIT])
        await self.acknowledge([said])
        return Result(command=command.id, ok=True)

    async def acknowledge(self, said: Sequence[Acknowledgement]) -> None:
        """What somebody has seen, at a page of the cloud. Raises OutboxError: nothing has changed."""

        def work(database: Database) -> None:
            for one in said:
                judged.acknowledge(database.sql, one)

        await self._outbox.change(work)

    async def book(self) -> Rulebook | None:
        """The document that runs; None: there never was one."""
        return await self._outbox.look(_book)

    async def open_alerts(self) -> list[OpenAlert]:
        return await self._outbox.look(_open_alerts)

    async def acknowledgements(self) -> list[Acknowledgement]:
        """What was said of the alerts that are open, on either side."""
        return await self._outbox.look(_acknowledgements)

    async def told(self) -> list[Told]:
        """Who was told here of the alerts that are open."""
        return await self._outbox.look(self._told)

    def _told(self, database: Database) -> list[Told]:
        is_open = {one.alert.id for one in judged.open_alerts(database.sql)}
        return [
            Told(alert=one.alert, person=person, action=name, severity=one.severity, at=one.ended_at)
            for name, one in actions.standings(database.sql).items()
            if (person := self._actions.get(name))
            and one.on
            and one.ok
            and one.ended_at
            and one.alert in is_open
        ]

    def hear_time(self, offset_ms: int, took_s: float) -> None:
        """The cloud's clock is ahead of ours by so much, give or take what its answer took."""
        if not clock.is_synchronised():
            self._watching.is_clock_trusted = took_s <= _ROUND_TRIP_S and abs(offset_ms) <= _CLOCK_OFF_MS

    def _read(self, config: Config) -> Document:
        body = config.document.encode()
        if codec.digest(body) != config.digest:
            raise _Refused("the document is not the one that its digest names: publish the rules again")
        try:
            document = msgspec.json.decode(body, type=Document)
        except msgspec.MsgspecError as error:
            raise _Refused(f"the document can't be read: {error}") from error
        if found := list(self._mistakes(document)):
            raise _Refused("; ".join(found))
        return document

    def _mistakes(self, document: Document) -> Iterator[str]:
        try:
            offset_of(document.zone)
        except (KeyError, ValueError, OSError):
            yield f'the zone "{document.zone}" is not known here'
        counted = Counter(rule.id for rule in document.rules)
        yield from (f"rule {name}: it is there twice" for name, count in counted.items() if count > 1)
        for rule in document.rules:
            yield from (f"rule {rule.id}: {mistake}" for mistake in rule_mistakes.misshapen(rule))
        if sum(len(watched(rule, self._watching.points)) for rule in document.rules) > WATCHES_LIMIT:
            yield f"these rules watch more than {WATCHES_LIMIT} points here: give them narrower scopes"


class _Refused(Exception):
    """Why a document does not run."""


def _book(database: Database) -> Rulebook | None:
    return judged.rulebook(database.sql)


def _acknowledgements(database: Database) -> list[Acknowledgement]:
    known = judged.acknowledgements(database.sql)
    return [known[one.alert.id] for one in judged.open_alerts(database.sql) if one.alert.id in known]


def _open_alerts(database: Database) -> list[OpenAlert]:
    return judged.open_alerts(database.sql)
