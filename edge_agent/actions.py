"""Local actions: what alerts want switched is switched, with or without a link, and tried until it is.

The intent is stored before each try and the result after it; at every start all of it is asked for once more.
"""

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Callable

import msgspec
from msgspec.structs import replace

from edge_agent import clock
from edge_agent.action_kinds import Action, ActionError, Order
from edge_agent.outbox import actions
from edge_agent.outbox.actions import Manual, Standing, Want, Wanted
from edge_agent.outbox.errors import OutboxError
from edge_agent.outbox.file import Database
from edge_agent.outbox.store import Outbox
from protocol import breaker as machine
from protocol.backoff import delays
from protocol.breaker import Breaker, Policy

log = logging.getLogger(__name__)

POLICY = Policy()
_STORE_WAIT_S = 5.0
_LEAST_WAIT_S = 0.01  # between two looks
_LOOK_S = 2.0  # for what a technician's command wrote into the outbox


class Step(msgspec.Struct, frozen=True):
    """What is next."""

    on: bool
    due: bool  # False: it is so already
    until: int | None = None  # ms: decide anew then, whatever happens; None: when something happens
    capped: bool = False  # it was on for long enough


def decide(
    action: Action, wanted: Wanted, standing: Standing | None, now: int, manual: Manual | None = None
) -> Step:
    """What an action should be, and whether that must still be done. Pure; `now` in ms UTC.

    A person's word goes before what alerts want; who gave it has seen to `max_on_s`.
    """
    if manual is not None and now < manual.until:
        return _by_hand(action, manual, standing, now)
    on = wanted.want is Want.RAISED or (wanted.want is Want.STALE and action.on_stale == "on")
    if standing is None:
        return Step(on, due=True)
    ends_at = None
    if on and action.max_on_s is not None and standing.on_since is not None:
        ends_at = min(standing.on_since, now) + round(action.max_on_s * 1000)
    if on and (standing.capped == wanted.raised or (ends_at is not None and ends_at <= now)):
        return Step(False, due=standing.on or not standing.ok, capped=True)
    if on and not standing.on and (rests_until := _rests_until(action, standing, now)) > now:
        return Step(False, due=not standing.ok, until=rests_until)
    return Step(on, due=standing.on is not on or not standing.ok, until=ends_at)


def _by_hand(action: Action, manual: Manual, standing: Standing | None, now: int) -> Step:
    if standing is None:
        return Step(manual.on, due=True, until=manual.until)
    if manual.on and not standing.on and (rests_until := _rests_until(action, standing, now)) > now:
        return Step(False, due=not standing.ok, until=min(rests_until, manual.until))
    return Step(manual.on, due=standing.on is not manual.on or not standing.ok, until=manual.until)


def _rests_until(action: Action, standing: Standing, now: int) -> int:
    if standing.off_since is None:
        return now
    return min(standing.off_since, now) + round(action.min_rest_s * 1000)


async def act(action: Action, outbox: Outbox, now: Callable[[], int] = clock.now_ms) -> None:
    """For ever."""
    actor = _Actor(action, outbox, now)
    seen = -1
    while True:
        wait_s = await actor.work()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                seen = await outbox.wait_for_events(seen)


class _Actor:
    """One action, and what is known of it."""

    def __init__(self, action: Action, outbox: Outbox, now: Callable[[], int]) -> None:
        self._action = action
        self._outbox = outbox
        self._now = now
        self._breaker_name = f"action {action.name}"
        self._breaker = Breaker()
        self._standing: Standing | None = None
        self._is_loaded = False
        self._asserted: bool | None = None  # what it was switched to since we began
        self._failed: bool | None = None  # what the last try was for, if it failed
        self._again_at = 0.0  # monotonic, when that is tried again
        self._waits = delays()

    async def work(self) -> float:
        """Do what is due; how long to wait then at most, in seconds."""
        try:
            wanted, manual = await self._load()
        except OutboxError as error:
            log.debug("action %s waits for the store: %s", self._action.name, error)
            return _STORE_WAIT_S
        now, now_s = self._now(), time.monotonic()
        step = decide(self._action, wanted, self._standing, now, manual)
        if not step.due and self._asserted is step.on:
            return _LOOK_S if step.until is None else min(_LOOK_S, max(0.0, (step.until - now) / 1000))
        if self._failed is step.on and now_s < self._again_at:
            return self._again_at - now_s
        if not machine.may_call(self._breaker, POLICY, now_s):
            return max(_LEAST_WAIT_S, self._breaker.until - now_s)
        await self._attempt(step, wanted)
        return _LEAST_WAIT_S

    async def _load(self) -> tuple[Wanted, Manual | None]:
        wanted, standings, manuals = await self._outbox.look(_rows)
        if not self._is_loaded:
            self._standing = standings.get(self._action.name)
            stored = (await self._outbox.load_breakers()).get(self._breaker_name)
            self._breaker = machine.restored(stored) if stored else Breaker()
            self._is_loaded = True
        name = self._action.name
        return wanted.get(name, Wanted(want=Want.CLEAR)), manuals.get(name)

    async def _attempt(self, step: Step, wanted: Wanted) -> None:
        intent = begun(self._standing, step, wanted, self._now())
        await self._stand(intent)
        await self._become(machine.started(self._breaker))
        try:
            answer = await self._carry_out(step, wanted)
        except ActionError as error:
            log.warning("action %s is not %s: %s", self._action.name, _word(step.on), error)
            await self._stand(replace(intent, ended_at=self._now(), answer=str(error)))
            self._failed, self._again_at = step.on, time.monotonic() + next(self._waits)
            await self._become(machine.failed(self._breaker, POLICY, time.monotonic(), random.random))
            return
        log.info("action %s is %s", self._action.name, _word(step.on))
        self._asserted, self._failed, self._waits = step.on, None, delays()
        await self._stand(ended(intent, answer, self._now()))
        await self._become(machine.succeeded(self._breaker, POLICY, time.monotonic()))

    async def _carry_out(self, step: Step, wanted: Wanted) -> str:
        order = Order(
            action=self._action.name,
            state="on" if step.on else "off",
            alert=wanted.alert,
            rule=wanted.rule,
            point=wanted.point,
            severity=wanted.severity,
        )
        try:
            async with asyncio.timeout(self._action.timeout_s):
                return await self._action.carry_out(order)
        except TimeoutError as error:
            raise ActionError(f"no answer within {self._action.timeout_s:g} s") from error

    async def _stand(self, standing: Standing) -> None:
        """A pump is stopped also where that can't be written down."""
        self._standing = standing
        try:
            await self._outbox.change(lambda database: actions.stand(database, self._action.name, standing))
        except OutboxError as error:
            log.warning("action %s goes on, and is not written down: %s", self._action.name, error)

    async def _become(self, breaker: Breaker) -> None:
        changed = breaker.state is not self._breaker.state
        self._breaker = breaker
        if changed:
            with contextlib.suppress(OutboxError):
                await self._outbox.save_breaker(self._breaker_name, breaker)


def begun(before: Standing | None, step: Step, wanted: Wanted, now: int) -> Standing:
    """What is stored before a try. From here on it may be on, whatever becomes of it."""
    known = before or Standing(on=False, began_at=now)
    is_wanted = step.on and wanted.want is not Want.CLEAR
    again = before is not None and not before.ok and before.on is step.on
    return Standing(
        on=step.on,
        began_at=now,
        tries=known.tries + 1 if again else 1,
        alert=wanted.alert if is_wanted else "",
        severity=wanted.severity if is_wanted else "",
        on_since=known.on_since if known.on_since is not None or not step.on else now,
        off_since=known.off_since,
        capped=wanted.raised if step.capped else known.capped,
    )


def ended(intent: Standing, answer: str, now: int) -> Standing:
    """What is stored after a try that worked."""
    return replace(
        intent,
        ended_at=now,
        ok=True,
        answer=answer,
        on_since=intent.on_since if intent.on else None,
        off_since=None if intent.on else now,
    )


def _rows(database: Database) -> tuple[dict[str, Wanted], dict[str, Standing], dict[str, Manual]]:
    sql = database.sql
    return actions.wanted(sql), actions.standings(sql), actions.manuals(sql)


def _word(on: bool) -> str:
    return "on" if on else "off"
