"""Between collecting and the outbox: every reading is judged in the very commit that keeps it.

All of it runs in the outbox's thread, in its transactions. So a commit that fails takes the judging back,
one that is tried again judges once, and a killed agent goes on as if nothing had been.
"""

import logging
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial

import msgspec

from edge_agent import clock
from edge_agent.outbox import actions, events, judged, marks
from edge_agent.outbox.file import Database
from edge_agent.outbox.judged import Key, Rulebook
from edge_agent.watch import judging, remembered
from edge_agent.watch.judging import Good, Outcome
from edge_agent.watch.plan import Plan, offset_of
from edge_agent.watch.remembered import Heard
from edge_agent.watch.travelling import travelling
from edge_agent.watch.wishes import wishes
from protocol import watch as machine
from protocol.messages import Transition
from protocol.reading import FUTURE_MS, Origin, Point, Reading
from protocol.rule import Document
from protocol.terms import Terms, terms
from protocol.watched import Watch, resumed

log = logging.getLogger(__name__)

FAULT = "rules_fault"  # the note for `status`; "": none
UNMET = "rules_unmet"  # and this: what of the rules can't be done here; "": nothing


class Watching:
    """Every rule on every point of this gateway, as it stands."""

    def __init__(
        self,
        points: Sequence[Point],
        origins: Sequence[Origin],
        began: int,
        known_actions: Collection[str] = (),
        boot_ms: Callable[[], int] = clock.boot_ms,
    ) -> None:
        """`began`: when the agent did, ms UTC: nothing was heard before. `known_actions`: of agent.toml."""
        self.is_clock_trusted = clock.is_synchronised()  # set from any thread: it is only a flag
        self.points = points
        self._origins = origins
        self._known_actions = known_actions
        self._began = began
        self._boot_ms = boot_ms
        self._boot_offset = began - boot_ms()
        self._recalls = 0  # of the database, when all below was read from it
        self._is_plan_trusting = False
        self._document = Document()
        self._plan = Plan([], points, origins, None)
        self._watches: dict[Key, Watch] = {}  # of the plan
        self._kept: dict[Key, Watch] = {}  # as their rows say it: without tails
        self._goods: dict[str, Good] = {}
        self._wanted: dict[str, actions.Wanted] = {}
        self._faulty: set[Key] = set()

    def judge(self, database: Database, readings: Sequence[Reading]) -> None:
        """An outbox's `judge`."""
        self._recall(database)
        if not self._plan.terms:
            return
        now = database.now()
        outcome = judging.hear(self._plan, self._watches, self._goods, readings, now, _fresh_id)
        points = {reading.point for reading in readings if reading.point in self._plan.heard}
        self._keep(database, outcome, points, now)

    def is_due(self, database: Database) -> bool:
        """Whether `pass_time` has something to do. Only looks."""
        self._recall(database)
        now = database.now()
        if abs(self._jump(now)) > FUTURE_MS:
            return True
        outcome = judging.pass_time(self._plan, self._watches, now, _fresh_id)
        return bool(outcome.watches) or not outcome.faults.keys() <= self._faulty

    def pass_time(self, database: Database) -> None:
        """Whatever happens with no reading: silence, delays, hours; and the clock may have been set."""
        self._recall(database)
        now = database.now()
        if abs(jump := self._jump(now)) > FUTURE_MS:
            log.warning("the clock was set by %d s: what is remembered of alerts moves with it", jump // 1000)
            self._boot_offset += jump
            self._began += jump
            moved = judging.moved(self._plan, self._watches, jump, now)
            self._watches.update(moved)
            self._save(database, moved, {point for _, point in moved})
        outcome = judging.pass_time(self._plan, self._watches, now, _fresh_id)
        self._keep(database, outcome, {point for _, point in outcome.watches}, now)

    def apply(self, database: Database, book: Rulebook, document: Document) -> None:
        """Judge by these rules from now on. They were checked."""
        self._recall(database)
        now, before, old = database.now(), self._plan, self._watches
        judged.set_rulebook(database, book)
        self._document = document
        self._compile()
        told = self._withdraw(database, before, now)
        self._watches = {key: old.get(key) or Watch(listening_since=now) for key in self._plan.terms}
        outcome = Outcome()
        outcome.told = told
        for key in old.keys() & self._plan.terms.keys():
            was, becomes, known = before.terms[key], self._plan.terms[key], old[key]
            if _judges_by(was) != _judges_by(becomes):
                outcome.take(key, known, partial(machine.change, was, becomes, known, now, now, _fresh_id))
        self._keep(database, outcome, self._plan.heard, now)
        self._save(database, self._watches, set())
        marks.set_note(database, UNMET, "; ".join(self._plan.unmet))

    def begin(self, database: Database) -> None:
        """Once, at the start: what no longer watches a point of ours ends, and actions are wanted anew."""
        self._recall(database)
        orphans = {
            key: body for key, body in judged.watches(database.sql).items() if key not in self._watches
        }
        now = database.now()
        told: list[Transition] = []
        rules = {rule.id: rule for rule in self._document.rules}
        for (rule, point), body in orphans.items():
            if rule in rules:
                found = terms(rules[rule], Point(point), None)
                told += machine.withdraw(found, judged.decode_watch(body), now, now, _fresh_id)[1]
        judged.forget(database, list(orphans))
        outcome = Outcome()
        outcome.told = told
        self._keep(database, outcome, set(), now)
        self._want(database, told, now)
        marks.set_note(database, UNMET, "; ".join(self._plan.unmet))

    def _recall(self, database: Database) -> None:
        """Read everything again where the rows may be others than those that we remember."""
        if self._recalls == database.recalls:
            if self._is_plan_trusting != self.is_clock_trusted:
                self._compile()
            return
        self._document = _document(judged.rulebook(database.sql))
        self._compile()
        heard = {point: remembered.decode_heard(body) for point, body in judged.heard(database.sql).items()}
        rows = judged.watches(database.sql)
        self._kept = {key: judged.decode_watch(body) for key, body in rows.items()}
        self._watches = {
            key: self._resumed(self._kept.get(key), heard.get(key[1], Heard()), one)
            for key, one in self._plan.terms.items()
        }
        self._goods = {
            point: (one.at, one.value)
            for point, one in heard.items()
            if one.at is not None and one.value is not None
        }
        self._wanted = actions.wanted(database.sql)
        self._recalls = database.recalls

    def _compile(self) -> None:
        self._is_plan_trusting = self.is_clock_trusted
        offset = offset_of(self._document.zone) if self._is_plan_trusting else None
        self._plan = Plan(self._document.rules, self.points, self._origins, offset, self._known_actions)

    def _resumed(self, base: Watch | None, heard: Heard, one: Terms) -> Watch:
        if base is None:
            return Watch(listening_since=self._began)
        watch = remembered.restored(base, heard, one)
        return watch if watch.listening_since >= self._began else resumed(watch, self._began)

    def _jump(self, now: int) -> int:
        """How far the clock was set since we began, ms."""
        return now - self._boot_ms() - self._boot_offset

    def _withdraw(self, database: Database, before: Plan, now: int) -> list[Transition]:
        gone = [key for key in before.terms if key not in self._plan.terms]
        told = [
            one
            for key in gone
            for one in machine.withdraw(before.terms[key], self._watches[key], now, now, _fresh_id)[1]
        ]
        judged.forget(database, gone)
        for key in gone:
            self._kept.pop(key, None)
        return told

    def _keep(self, database: Database, outcome: Outcome, points: set[str], now: int) -> None:
        self._watches.update(outcome.watches)
        self._goods.update(outcome.goods)
        self._save(database, outcome.watches, points)
        self._tell_faults(database, outcome)
        if outcome.told:
            events.add(database, [travelling(one) for one in outcome.told], [])
            self._want(database, outcome.told, now)

    def _want(self, database: Database, told: Sequence[Transition], now: int) -> None:
        found = wishes(self._plan, self._watches, told, self._wanted, now)
        actions.want(database, found)
        self._wanted.update(found)
        database.has_news = database.has_news or bool(found)

    def _save(self, database: Database, watches: Mapping[Key, Watch], points: set[str]) -> None:
        bases = {key: remembered.split(watch)[0] for key, watch in watches.items()}
        changed = {key: base for key, base in bases.items() if self._kept.get(key) != base}
        self._kept.update(changed)
        heard = {point: remembered.encode(self._heard(point)) for point in points}
        judged.save(database, {key: remembered.encode(base) for key, base in changed.items()}, heard)

    def _heard(self, point: str) -> Heard:
        at, value = self._goods.get(point, (None, None))
        tails = [
            (one, remembered.split(self._watches[one.rule, point])[1])
            for one in self._plan.of_point.get(point, ())
        ]
        return remembered.gathered(at, value, tails)

    def _tell_faults(self, database: Database, outcome: Outcome) -> None:
        """With its traceback when it begins, not with each reading."""
        for key, fault in outcome.faults.items():
            if key not in self._faulty:
                log.error("rule %s can't judge %s; its readings are kept", *key, exc_info=fault)
                marks.set_note(database, FAULT, f"rule {key[0]} can't judge {key[1]}: {fault!r}")
        was = bool(self._faulty)
        self._faulty = (self._faulty - outcome.watches.keys()) | outcome.faults.keys()
        if was and not self._faulty:
            marks.set_note(database, FAULT, "")


def _document(book: Rulebook | None) -> Document:
    try:
        return msgspec.json.decode(book.document, type=Document) if book else Document()
    except msgspec.MsgspecError as error:  # another version of this program took it
        log.error(
            "the rules that ran here can't be read any more (%s): the cloud must send them again", error
        )
        return Document()


def _judges_by(one: Terms) -> Terms:
    """Whatever the zone: two offsets are never equal."""
    return msgspec.structs.replace(one, offset=None)


def _fresh_id() -> str:
    return str(uuid.uuid4())
