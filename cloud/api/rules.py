"""Rules: written as drafts, published, retired, and how far each has come on its way to the gateways."""

import msgspec
from litestar import get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.alerting import rollout
from cloud.alerting.rule_check import check
from cloud.alerting.sentence import sentence
from cloud.alerting.template import Template
from cloud.alerting.templates import TEMPLATES
from cloud.api.parameters import Clock
from cloud.api.rule_rows import rule_of, rules_of
from cloud.api.rule_shapes import RuleAnswer, RuleCheck, RulesAnswer, RuleTemplate, RuleWish
from cloud.errors import Invalid, NotFound
from cloud.store import rollouts, rules
from cloud.store.database import Database
from cloud.store.rules import RuleRow
from cloud.store.sessions import Signed
from protocol.limits import Few, Name
from protocol.rule import Rule, Scope


class RuleDraft(msgspec.Struct, forbid_unknown_fields=True):
    rule: Rule  # its version is given by the server
    seen: Few | None = None  # the newest version that its writer knew; null: it is a new rule


class Publishing(msgspec.Struct, forbid_unknown_fields=True):
    version: Few


class FromTemplate(msgspec.Struct, forbid_unknown_fields=True):
    rule_id: Name
    scope: Scope | None = None  # null: that of the template, every site


@get("/rules")
async def list_rules(
    signed: NamedDependency[Signed], database: NamedDependency[Database], clock: NamedDependency[Clock]
) -> RulesAnswer:
    async with database.reading() as connection:
        return await rules_of(connection, signed.organisation_id, clock())


@get("/rules/{rule_id:str}")
async def read_rule(
    rule_id: FromPath[str],
    signed: NamedDependency[Signed],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
) -> RuleAnswer:
    async with database.reading() as connection:
        return await rule_of(connection, signed.organisation_id, rule_id, clock())


@post("/rules/check", status_code=200)
async def check_rule(
    data: JSONBody[RuleWish], signed: NamedDependency[Signed], database: NamedDependency[Database]
) -> RuleCheck:
    """What would become of a rule; nothing is kept."""
    async with database.reading() as connection:
        found = await check(connection, signed.organisation_id, data.rule)
        gateways = await rollouts.targets(connection, signed.organisation_id)
    reached = {one.id: one.name for one in found.sites}
    return RuleCheck(
        sentence=sentence(data.rule, {str(key): name for key, name in reached.items()}),
        mistakes=found.mistakes,
        warnings=found.warnings,
        points=found.points,
        sites=list(reached),
        gateways=sum(one.site_id in reached for one in gateways),
    )


@put("/rules/{rule_id:str}")
async def save_rule(
    rule_id: FromPath[str],
    data: JSONBody[RuleDraft],
    signed: NamedDependency[Signed],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
) -> RuleAnswer:
    """Keep it as a draft: it runs nowhere until it is published. 409 where somebody else was faster."""
    if data.rule.id != rule_id:
        raise Invalid(
            f'the rule in the body is "{data.rule.id}", the address says "{rule_id}": write one of them'
        )
    return await _save(database, signed, data.rule, data.seen, clock())


@post("/rules/{rule_id:str}/publish", status_code=200)
async def publish_rule(
    rule_id: FromPath[str],
    data: JSONBody[Publishing],
    signed: NamedDependency[Signed],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
) -> RuleAnswer:
    """From now on this version runs; an older one may come back."""
    now, own = clock(), signed.organisation_id

    async def work(connection: AsyncConnection) -> RuleAnswer:
        row = await rules.find(connection, own, rule_id, data.version)
        await _require_sound(connection, own, row.body)
        await rules.publish(connection, own, rule_id, data.version, now)
        await rollout.plan(connection, own, now)
        return await rule_of(connection, own, rule_id, now)

    return await database.write(work)


@post("/rules/{rule_id:str}/retire", status_code=200)
async def retire_rule(
    rule_id: FromPath[str],
    signed: NamedDependency[Signed],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
) -> RuleAnswer:
    """It runs nowhere any more, and its draft is put away; its versions stay."""
    now, own = clock(), signed.organisation_id

    async def work(connection: AsyncConnection) -> RuleAnswer:
        await rules.retire(connection, own, rule_id, now)
        await rollout.plan(connection, own, now)
        return await rule_of(connection, own, rule_id, now)

    return await database.write(work)


@get("/templates")
async def list_templates(
    signed: NamedDependency[Signed], database: NamedDependency[Database]
) -> list[RuleTemplate]:
    """Rules to start from, each with where its limit comes from."""
    async with database.reading() as connection:
        kept = await rules.of_organisation(connection, signed.organisation_id)
    return [_template(one, kept) for one in TEMPLATES.values()]


@post("/templates/{template_id:str}/rule")
async def use_template(
    template_id: FromPath[str],
    data: JSONBody[FromTemplate],
    signed: NamedDependency[Signed],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
) -> RuleAnswer:
    """Make a rule of it: a draft, for every site or for the scope that is given."""
    if template_id not in TEMPLATES:
        raise NotFound(f'there is no template "{template_id}"')
    model = TEMPLATES[template_id].rule
    rule = msgspec.structs.replace(model, id=data.rule_id, scope=data.scope or model.scope)
    return await _save(database, signed, rule, None, clock())


async def _save(database: Database, signed: Signed, rule: Rule, seen: int | None, now: int) -> RuleAnswer:
    own = signed.organisation_id

    async def work(connection: AsyncConnection) -> RuleAnswer:
        await _require_sound(connection, own, rule)
        await rules.save_draft(connection, own, rule, seen, signed.name, now)
        return await rule_of(connection, own, rule.id, now)

    return await database.write(work)


async def _require_sound(connection: AsyncConnection, organisation_id: int, rule: Rule) -> None:
    found = await check(connection, organisation_id, rule)
    if found.mistakes:
        raise Invalid("; ".join(found.mistakes))


def _template(one: Template, kept: list[RuleRow]) -> RuleTemplate:
    return RuleTemplate(
        id=one.id,
        category=one.category,
        name=one.rule.name,
        sentence=sentence(one.rule, {}),
        source=one.source,
        is_active_at_first=one.active,
        rules=sorted(
            {row.rule_id for row in kept if row.state != "retired" and _is_like(row.body, one.rule)}
        ),
        rule=one.rule,
    )


def _is_like(one: Rule, other: Rule) -> bool:
    return (one.kind, one.op, one.scope.metric) == (other.kind, other.op, other.scope.metric)
