"""Rules as the API shows them: what runs, what is a draft, and who has applied it."""

from collections.abc import Mapping, Sequence
from itertools import groupby

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.alerting import offline
from cloud.alerting.naming import GATEWAY_OFFLINE, OFFLINE_TITLE
from cloud.alerting.sentence import sentence, title, top
from cloud.api.rule_shapes import (
    BuiltInRule,
    RollOut,
    RuleAnswer,
    RuleOnGateway,
    RuleRow,
    RulesAnswer,
    RuleVersion,
    SiteLimit,
)
from cloud.errors import NotFound
from cloud.store import alerts, rollouts, rules, sites
from cloud.store.rollouts import RolloutRow
from cloud.store.rules import RuleRow as StoredRule
from cloud.store.sites import SiteRow
from protocol.rule import Kind


class _Known(msgspec.Struct, frozen=True):
    sites: list[SiteRow]
    names: dict[str, str]  # of these, by id as rules write it
    rollouts: list[RolloutRow]
    open_alerts: dict[str, int]  # by rule


async def rules_of(connection: AsyncConnection, organisation_id: int, now: int) -> RulesAnswer:
    """One row each, by id; and those that everybody has."""
    kept = await rules.of_organisation(connection, organisation_id)
    known = await _read(connection, organisation_id)
    return RulesAnswer(
        server_time=now,
        items=[_row(list(some), known) for _, some in groupby(kept, key=lambda one: one.rule_id)],
        built_in=[_gateway_offline(known)],
    )


async def rule_of(connection: AsyncConnection, organisation_id: int, rule_id: str, now: int) -> RuleAnswer:
    """Raises NotFound."""
    versions = await rules.versions(connection, organisation_id, rule_id)
    if not versions:
        raise NotFound(f'there is no rule "{rule_id}"')
    known = await _read(connection, organisation_id)
    return RuleAnswer(
        server_time=now,
        rule=_row(versions, known),
        versions=[_version(one, known.names) for one in versions],
        gateways=[_gateway(one, rule_id, known.names) for one in known.rollouts if rule_id in one.rules],
    )


async def _read(connection: AsyncConnection, organisation_id: int) -> _Known:
    there = await sites.of_organisation(connection, organisation_id)
    return _Known(
        there,
        {str(one.id): one.name for one in there},
        await rollouts.newest(connection, organisation_id),
        await alerts.count_by_rule(connection, organisation_id),
    )


def _gateway_offline(known: _Known) -> BuiltInRule:
    return BuiltInRule(
        id=GATEWAY_OFFLINE,
        name=OFFLINE_TITLE,
        sentence=f"When a gateway is silent for longer than its site allows, raise {offline.SEVERITY}.",
        severity=offline.SEVERITY,
        open_alerts=known.open_alerts.get(GATEWAY_OFFLINE, 0),
        limits=[SiteLimit(site_id=one.id, site=one.name, after_s=one.offline_after_s) for one in known.sites],
    )


def _row(versions: Sequence[StoredRule], known: _Known) -> RuleRow:
    by_state = {one.state: one for one in sorted(versions, key=lambda one: one.version)}
    shown = by_state.get("published") or by_state.get("draft") or by_state["retired"]
    draft = by_state.get("draft")
    body = shown.body
    return RuleRow(
        id=body.id,
        name=title(body),
        sentence=sentence(body, known.names),
        severity=top(body),
        kind=body.kind,
        scope=body.scope,
        state=shown.state,  # type: ignore[arg-type]  # the table's words are these
        version=shown.version,
        draft_version=draft.version if draft else None,
        runs_on="cloud" if body.kind is Kind.SITES else "gateway",
        open_alerts=known.open_alerts.get(body.id, 0),
        roll_out=roll_out([one for one in known.rollouts if body.id in one.rules], body.kind),
    )


def roll_out(rows: Sequence[RolloutRow], kind: Kind) -> RollOut:
    """In numbers and in words: 18 of 20 applied · 1 pending · 1 rejected: there is no point …"""
    rejected = [one for one in rows if one.state == "rejected"]
    applied = [one for one in rows if one.state == "applied"]
    in_part = [one for one in applied if one.reason]
    pending = len(rows) - len(applied) - len(rejected)
    said = [f"{len(applied)} of {len(rows)} applied"] if rows else ["no gateway runs it"]
    if kind is Kind.SITES:
        said = ["judged by the cloud"]
    if pending:
        said.append(f"{pending} pending")
    if in_part:
        said.append(f"{len(in_part)} in part: {in_part[0].reason}")
    if rejected:
        said.append(f"{len(rejected)} rejected: {rejected[0].reason}")
    return RollOut(
        applied=len(applied),
        pending=pending,
        rejected=len(rejected),
        total=len(rows),
        sentence=" · ".join(said),
    )


def _version(one: StoredRule, names: Mapping[str, str]) -> RuleVersion:
    return RuleVersion(
        version=one.version,
        state=one.state,  # type: ignore[arg-type]  # as above
        by=one.by,
        at=one.at,
        published_at=one.published_at,
        retired_at=one.retired_at,
        sentence=sentence(one.body, names),
        rule=one.body,
    )


def _gateway(one: RolloutRow, rule_id: str, names: Mapping[str, str]) -> RuleOnGateway:
    return RuleOnGateway(
        gateway_id=one.gateway_id,
        label=one.label,
        site_id=one.site_id,
        site=names[str(one.site_id)],
        rule_version=one.rules[rule_id],
        state=one.state,  # type: ignore[arg-type]  # as above
        reason=one.reason,
        at=one.at,
        digest=one.digest,
        running=one.config_hash,
    )
