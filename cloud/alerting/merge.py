"""The second transaction: stored transitions become alerts. Idempotent; knows nobody who is told.

A transition that can't be merged is recorded with its trouble and holds up no other. What fails by a fault
of ours is tried again when the program starts.
"""

from collections.abc import Mapping, Sequence
from functools import partial

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.alerting import engine, late, naming, tell
from cloud.alerting.engine import Changes, Told
from cloud.alerting.naming import Watched
from cloud.store import alerts, faults, transitions
from cloud.store.alerts import AlertRow
from cloud.store.database import Database
from cloud.store.transitions import Member, Place, Stored
from protocol.fold import fold, merge
from protocol.messages import Transition

log = structlog.get_logger()

ROUNDS = 20  # before whatever else alerting has to do
PLACES_AT_ONCE = 100
AT_ONCE = 200  # transitions of one transaction

_TROUBLE = 500  # characters


class _Read(msgspec.Struct, frozen=True):
    """A stored transition that could be read."""

    stored: Stored
    said: Transition


class Merged(msgspec.Struct, frozen=True):
    count: int = 0  # transitions, also those that can't be merged
    alerts: frozenset[str] = frozenset()  # whose rows changed
    faults: int = 0  # transitions that can't be merged by a fault of ours

    def __add__(self, other: "Merged") -> "Merged":
        return Merged(self.count + other.count, self.alerts | other.alerts, self.faults + other.faults)


async def merge_all(database: Database, now: int) -> Merged:
    """Merge what waits, place by place. What another process is at is left to it."""
    total = Merged()
    for _ in range(ROUNDS):
        async with database.reading() as connection:
            places = await transitions.places(connection, PLACES_AT_ONCE)
        done = sum([await merge_place(database, place, now) for place in places], start=Merged())
        total += done
        if not done.count:
            break
    return total


async def merge_place(database: Database, place: Place, now: int) -> Merged:
    """Merge some of what waits at a place. Raises only what the database is to blame for."""

    async def work(connection: AsyncConnection) -> Merged:
        if not await transitions.lock(connection, place):
            return Merged()
        rows = await transitions.unmerged(connection, place, AT_ONCE)
        return Merged(len(rows), await _merge(connection, place, rows, now))

    try:
        return await database.write(work)
    except Exception as error:
        if faults.is_of_the_moment(error):
            raise
        log.exception("alerts of a place not merged; one by one", site=place.site_id)
    return await _one_by_one(database, place, now)


async def _one_by_one(database: Database, place: Place, now: int) -> Merged:
    """So that the one that can't be merged is found; that it can't is recorded."""

    async def step(connection: AsyncConnection, one: Stored) -> Merged:
        if not await transitions.lock(connection, place):
            return Merged()
        waiting = await transitions.unmerged(connection, place, AT_ONCE)
        return Merged(1, await _merge(connection, place, [one], now)) if one in waiting else Merged()

    async def give_up(connection: AsyncConnection, one: Stored, error: Exception) -> Merged:
        trouble = f"{transitions.FAULT}{type(error).__name__}: {error}"[:_TROUBLE]
        await transitions.mark(connection, [(one, None, trouble)], now)
        return Merged(1, faults=1)

    done = Merged()
    async with database.reading() as connection:
        rows = await transitions.unmerged(connection, place, AT_ONCE)
    for one in rows:
        try:
            done += await database.write(partial(step, one=one))
        except Exception as error:
            if faults.is_of_the_moment(error):
                raise
            log.exception("transition not merged", gateway=one.gateway_id, transition=one.id)
            done += await database.write(partial(give_up, one=one, error=error))
    return done


async def _merge(
    connection: AsyncConnection, place: Place, rows: Sequence[Stored], now: int
) -> frozenset[str]:
    """The alerts whose rows changed."""
    if not rows:
        return frozenset()
    read, bad = _read(rows)
    known = await transitions.members(connection, {one.said.alert for one in read})
    groups: dict[Watched, list[_Read]] = {}
    homes = {key: (one.rule_id, one.point) for key, one in known.items()}
    for one in read:
        trouble = _stranger(place, one.said, known)
        home = homes.setdefault(one.said.alert, (one.said.rule, one.said.point))
        if trouble or home != (one.said.rule, one.said.point):
            bad.append((one.stored, trouble or f"alert {one.said.alert} is of {home[0]} on {home[1]}"))
        else:
            groups.setdefault(home, []).append(one)
    changed = await _merge_groups(connection, place, groups, now)
    await transitions.mark(
        connection,
        [(one.stored, one.said.alert, None) for group in groups.values() for one in group]
        + [(one, None, trouble) for one, trouble in bad],
        now,
    )
    # Who is told of it is decided in a transaction of its own.
    await tell.touch(connection, place.organisation_id, place.site_id, now)
    if place.site_id is None:  # its children are at the sites
        await tell.touch_all(connection, place.organisation_id, now)
    return frozenset(changed)


async def _merge_groups(
    connection: AsyncConnection, place: Place, groups: Mapping[Watched, list[_Read]], now: int
) -> set[str]:
    """The groups of a place, each of one rule on one point; what all of them need is asked for once."""
    news = [one for group in groups.values() for one in group]
    earlier = await transitions.of_members(connection, {one.said.alert for one in news})
    folded = fold(merge(merge({}, earlier), [one.said for one in news]))
    known = await transitions.members_near(
        connection, place, list(groups), min((one.began for one in folded.values()), default=now)
    )
    rows = await alerts.among(connection, {one.alert_id for one in known})
    names = await naming.names(connection, place, folded.values(), rows.values())
    newest = {one.said.alert: one.stored for one in sorted(news, key=lambda one: one.said.course.counter)}
    told = [Told(one, newest[key].gateway_id, newest[key].epoch) for key, one in folded.items()]
    made = Changes([], [], {}, [])
    for watched in sorted(groups):
        of_group = [one for one in told if (one.folded.rule, one.folded.point) == watched]
        near = [one for one in known if (one.rule_id, one.point) == watched]
        made += engine.changes(place, near, rows, of_group, names[watched], now)
    await _save(connection, made, rows, now)
    return {row.id for row in made.alerts}


async def _save(connection: AsyncConnection, made: Changes, rows: Mapping[str, AlertRow], now: int) -> None:
    await alerts.close(connection, made.replaced)
    await alerts.save(connection, made.alerts)
    await transitions.save_members(connection, made.members)
    await transitions.name_alerts(connection, made.moved)
    for old, new in made.replaced.items():
        await alerts.become(connection, old, new)
    await late.expect(connection, [row for row in made.alerts if row.id not in rows], now)


def _read(rows: Sequence[Stored]) -> tuple[list[_Read], list[tuple[Stored, str]]]:
    read: list[_Read] = []
    bad: list[tuple[Stored, str]] = []
    for one in rows:
        try:
            read.append(_Read(one, msgspec.convert(one.content, Transition)))
        except msgspec.ValidationError as error:
            bad.append((one, f"it can't be read: {error}"[:_TROUBLE]))
    return read, bad


def _stranger(place: Place, said: Transition, known: Mapping[str, Member]) -> str | None:
    """Ids are made elsewhere: one that is used somewhere else already is not believed here."""
    member = known.get(said.alert)
    if member is None or (member.organisation_id, member.site_id) == (place.organisation_id, place.site_id):
        return None
    return f"alert {said.alert} is of another site"
