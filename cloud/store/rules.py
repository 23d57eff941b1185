"""Rules and their versions: draft, published, retired. Knows neither points nor what a rule means.

A version is never deleted or rewritten: every save makes one, and a draft that another one replaces is
retired without having been published.
"""

from collections.abc import Collection
from typing import Any

import msgspec
from sqlalchemy import Row, case, func, insert, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.errors import Conflict, NotFound
from cloud.store.tables.rules import rule_version
from protocol.rule import Rule

Version = tuple[str, int]  # rule id, version


class RuleRow(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a rule."""

    rule_id: str
    version: int
    body: Rule
    state: str  # draft, published, retired
    by: str
    at: int
    published_at: int | None
    retired_at: int | None


async def save_draft(
    connection: AsyncConnection, organisation_id: int, rule: Rule, seen: int | None, by: str, now: int
) -> RuleRow:
    """Write the rule as a draft; `seen` is the newest version its writer knew, None for a new rule.

    Raises Conflict where there is a newer one: somebody else has edited it meanwhile.
    """
    newest: int | None = await connection.scalar(
        select(func.max(rule_version.c.version)).where(*_of(organisation_id, rule.id))
    )
    if newest != seen:
        if seen is None:
            raise Conflict(f'there is a rule "{rule.id}" already: choose another id')
        raise Conflict(f'the rule "{rule.id}" is at version {newest or 0} now: look at it and edit that')
    await _retire(connection, organisation_id, rule.id, ("draft",), now)
    version = (newest or 0) + 1
    body = msgspec.structs.replace(rule, version=version)
    row = RuleRow(
        rule_id=rule.id,
        version=version,
        body=body,
        state="draft",
        by=by,
        at=now,
        published_at=None,
        retired_at=None,
    )
    values = msgspec.structs.asdict(row) | {"body": msgspec.to_builtins(body)}
    await connection.execute(insert(rule_version).values(organisation_id=organisation_id, **values))
    return row


async def publish(
    connection: AsyncConnection, organisation_id: int, rule_id: str, version: int, now: int
) -> Rule:
    """Make this version the one that runs; the one before is retired. An older version may come back.

    Bring it to the gateways with `cloud.alerting.rollout.plan` in the same transaction.
    """
    row = await find(connection, organisation_id, rule_id, version)
    if row.state != "published":
        await _retire(connection, organisation_id, rule_id, ("draft", "published"), now)
        await connection.execute(
            update(rule_version)
            .where(*_of(organisation_id, rule_id), rule_version.c.version == version)
            .values(state="published", published_at=now, retired_at=None)
        )
    return row.body


async def retire(connection: AsyncConnection, organisation_id: int, rule_id: str, now: int) -> None:
    """The rule runs nowhere any more; its versions stay. Raises NotFound."""
    if not await _retire(connection, organisation_id, rule_id, ("draft", "published"), now):
        raise NotFound(f'there is no rule "{rule_id}" that runs or is a draft')


async def published(connection: AsyncConnection, organisation_id: int) -> list[Rule]:
    """What runs, by id."""
    rows = await connection.execute(
        select(rule_version.c.body)
        .where(rule_version.c.organisation_id == organisation_id, rule_version.c.state == "published")
        .order_by(rule_version.c.rule_id)
    )
    return [msgspec.convert(body, Rule) for (body,) in rows]


async def of_organisation(connection: AsyncConnection, organisation_id: int) -> list[RuleRow]:
    """Of each rule what runs, what is a draft, and where there is neither its newest version."""
    newest = (
        select(rule_version.c.rule_id, func.max(rule_version.c.version).label("version"))
        .where(rule_version.c.organisation_id == organisation_id)
        .group_by(rule_version.c.rule_id)
        .subquery()
    )
    rows = await connection.execute(
        select(rule_version)
        .join(newest, newest.c.rule_id == rule_version.c.rule_id)
        .where(
            rule_version.c.organisation_id == organisation_id,
            (rule_version.c.state != "retired") | (rule_version.c.version == newest.c.version),
        )
        .order_by(rule_version.c.rule_id, rule_version.c.version)
    )
    return [_row(found) for found in rows]


async def versions(connection: AsyncConnection, organisation_id: int, rule_id: str) -> list[RuleRow]:
    """Every version of a rule, newest first."""
    rows = await connection.execute(
        select(rule_version).where(*_of(organisation_id, rule_id)).order_by(rule_version.c.version.desc())
    )
    return [_row(found) for found in rows]


async def find(connection: AsyncConnection, organisation_id: int, rule_id: str, version: int) -> RuleRow:
    """One version. Raises NotFound."""
    rows = await connection.execute(
        select(rule_version).where(*_of(organisation_id, rule_id), rule_version.c.version == version)
    )
    found = rows.first()
    if found is None:
        raise NotFound(f'the rule "{rule_id}" has no version {version}')
    return _row(found)


async def bodies(
    connection: AsyncConnection, organisation_id: int, wanted: Collection[Version]
) -> dict[Version, Rule]:
    """These versions as far as they are known; alerts name others when their rule is none of ours."""
    rows = await connection.execute(
        select(rule_version.c.rule_id, rule_version.c.version, rule_version.c.body).where(
            rule_version.c.organisation_id == organisation_id,
            tuple_(rule_version.c.rule_id, rule_version.c.version).in_(sorted(wanted)),
        )
    )
    return {(rule_id, version): msgspec.convert(body, Rule) for rule_id, version, body in rows}


async def deleted(connection: AsyncConnection, organisation_id: int, rule_ids: Collection[str]) -> set[str]:
    """Those of these rules that ran once and run no more."""
    rows = await connection.execute(
        select(rule_version.c.rule_id)
        .where(
            rule_version.c.organisation_id == organisation_id,
            rule_version.c.rule_id.in_(sorted(rule_ids)),
        )
        .group_by(rule_version.c.rule_id)
        .having(
            func.count(rule_version.c.published_at) > 0,
            func.sum(case((rule_version.c.state == "published", 1), else_=0)) == 0,
        )
    )
    return {rule_id for (rule_id,) in rows}


async def _retire(
    connection: AsyncConnection, organisation_id: int, rule_id: str, states: Collection[str], now: int
) -> int:
    done = await connection.execute(
        update(rule_version)
        .where(*_of(organisation_id, rule_id), rule_version.c.state.in_(states))
        .values(state="retired", retired_at=now)
    )
    return done.rowcount


def _of(organisation_id: int, rule_id: str) -> tuple[Any, ...]:
    return rule_version.c.organisation_id == organisation_id, rule_version.c.rule_id == rule_id


def _row(found: Row[Any]) -> RuleRow:
    return msgspec.convert(found, RuleRow, from_attributes=True)
