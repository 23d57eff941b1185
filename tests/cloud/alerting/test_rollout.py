"""Rules from a draft to what each gateway says that it runs."""

import json

import msgspec
import pytest
from sqlalchemy import insert, select

from cloud.alerting import rollout, rule_check
from cloud.errors import Conflict, NotFound
from cloud.ingest.state import hear
from cloud.store import gateways, rollouts, rules, sites
from cloud.store.database import Database
from cloud.store.rollouts import RolloutRow
from cloud.store.tables.rules import rule_version
from protocol.limits import RULES_LIMIT
from protocol.messages import Birth, Result
from protocol.reading import Point
from protocol.rule import Kind, Op, Rule, Scope, While
from tests.cloud.alerting.making import ORGANISATION
from tests.cloud.ingest.making import GATEWAYS, NOW, SECRET_HASH, batch, commit

LOW = Rule(id="low", scope=Scope(metric="level"), kind=Kind.THRESHOLD, threshold=0.5)
THERE = Rule(id="there", scope=Scope(metric="level", tags={"region": "South"}), kind=Kind.FAULT)
MANY = Rule(id="many", scope=Scope(), kind=Kind.SITES, of_rule="low", window_s=600.0)
FIRST = GATEWAYS[0]


async def publish(database: Database, rule: Rule, seen: int | None = None) -> None:
    async with database.writing() as connection:
        row = await rules.save_draft(connection, ORGANISATION, rule, seen, "Asha", NOW)
        await rules.publish(connection, ORGANISATION, rule.id, row.version, NOW)
        await rollout.plan(connection, ORGANISATION, NOW)


async def of_first(database: Database) -> RolloutRow:
    async with database.reading() as connection:
        rows = await rollouts.newest(connection, ORGANISATION)
    return next(row for row in rows if row.gateway_id == FIRST)


async def test_a_draft_runs_nowhere_and_every_version_is_kept(database: Database, site: int) -> None:
    async with database.writing() as connection:
        first = await rules.save_draft(connection, ORGANISATION, LOW, None, "Asha", NOW)
        assert await rules.published(connection, ORGANISATION) == []
        await rules.publish(connection, ORGANISATION, "low", first.version, NOW)
        await rules.save_draft(connection, ORGANISATION, LOW, 1, "Bina", NOW)
        assert [rule.version for rule in await rules.published(connection, ORGANISATION)] == [1]
        await rules.publish(connection, ORGANISATION, "low", 2, NOW)
        await rules.publish(connection, ORGANISATION, "low", 1, NOW)  # back to the one before
        states = [(row.version, row.state) for row in await rules.versions(connection, ORGANISATION, "low")]
        assert states == [(2, "retired"), (1, "published")]
        await rules.retire(connection, ORGANISATION, "low", NOW)
        assert await rules.published(connection, ORGANISATION) == []
        assert len(await rules.versions(connection, ORGANISATION, "low")) == 2
        with pytest.raises(NotFound):
            await rules.retire(connection, ORGANISATION, "low", NOW)


async def test_of_two_editors_the_second_must_look_first(database: Database, site: int) -> None:
    async with database.writing() as connection:
        await rules.save_draft(connection, ORGANISATION, LOW, None, "Asha", NOW)
        await rules.save_draft(connection, ORGANISATION, LOW, 1, "Asha", NOW)
        with pytest.raises(Conflict, match="version 2 now"):
            await rules.save_draft(connection, ORGANISATION, LOW, 1, "Bina", NOW)
        with pytest.raises(Conflict, match="another id"):
            await rules.save_draft(connection, ORGANISATION, LOW, None, "Bina", NOW)


async def test_a_gateway_gets_the_rules_that_reach_its_site(database: Database, site: int) -> None:
    for rule in (LOW, THERE, MANY):
        await publish(database, rule)
    async with database.reading() as connection:
        sent = {one.gateway_id: one for one in await rollouts.pending(connection, 10)}
    document = json.loads(sent[FIRST].document)
    assert document["zone"] == "Asia/Kolkata"
    assert [rule["id"] for rule in document["rules"]] == ["low"]
    row = await of_first(database)
    assert (row.version, row.state, row.rules) == (1, "pending", {"low": 1})


async def test_what_did_not_change_is_not_sent_again(database: Database, site: int) -> None:
    await publish(database, LOW)
    async with database.writing() as connection:
        assert await rollout.plan(connection, ORGANISATION, NOW) == 0
    assert await rollout.plan_new(database, NOW) == 0


async def test_the_gateway_says_what_became_of_it(database: Database, site: int) -> None:
    await publish(database, LOW)
    row = await of_first(database)
    async with database.writing() as connection:
        await rollouts.delivered(connection, await rollouts.pending(connection, 9), NOW)
    assert (await of_first(database)).state == "delivered"
    refused = Result(command=f"config {row.digest}", ok=False, text="there is no such point")
    await hear(database, FIRST, refused, "incarnation", NOW)
    row = await of_first(database)
    assert (row.state, row.reason) == ("rejected", "there is no such point")
    async with database.reading() as connection:
        assert await rollouts.unlike(connection, FIRST) is None
    await hear(database, FIRST, Result(command=f"config {row.digest}", ok=True), "incarnation", NOW)
    row = await of_first(database)
    assert (row.state, row.reason, row.config_hash) == ("applied", "", row.digest)


async def test_a_birth_with_another_hash_is_sent_it_again(database: Database, site: int) -> None:
    await publish(database, LOW)
    row = await of_first(database)
    await hear(database, FIRST, Birth(epoch="e", session=1, config_hash=row.digest), "incarnation", NOW)
    assert (await of_first(database)).state == "applied"
    await hear(database, FIRST, Birth(epoch="e", session=2, config_hash="else"), "incarnation", NOW)
    assert (await of_first(database)).state == "pending"
    async with database.reading() as connection:
        waiting = await rollouts.unlike(connection, FIRST)
    assert waiting
    assert waiting.digest == row.digest


async def test_a_newer_version_supersedes_what_is_under_way(database: Database, site: int) -> None:
    await publish(database, LOW)
    first = await of_first(database)
    await publish(database, LOW, seen=1)
    row = await of_first(database)
    assert (row.version, row.rules, row.state) == (2, {"low": 2}, "pending")
    await hear(database, FIRST, Result(command=f"config {first.digest}", ok=True), "incarnation", NOW)
    assert (await of_first(database)).state == "pending"


async def test_no_more_is_published_than_a_gateway_takes(database: Database, site: int) -> None:
    async with database.writing() as connection:
        await rules.save_draft(connection, ORGANISATION, LOW, None, "Asha", NOW)
        await rules.publish(connection, ORGANISATION, "low", 1, NOW)
        row = (await connection.execute(select(rule_version))).mappings().one()
        others = [
            dict(row) | {"rule_id": f"low-{n}", "body": row["body"] | {"id": f"low-{n}"}}
            for n in range(RULES_LIMIT - 1)
        ]
        await connection.execute(insert(rule_version), others)
        again, more = [
            await rule_check.check(connection, ORGANISATION, one)
            for one in (LOW, msgspec.structs.replace(LOW, id="more"))
        ]
    assert "500 rules are published already: retire one" not in again.mistakes
    assert "500 rules are published already: retire one" in more.mistakes


async def test_where_only_another_site_has_the_second_point_the_rule_rests(
    database: Database, site: int
) -> None:
    async with database.writing() as connection:
        elsewhere = await sites.ensure(connection, ORGANISATION, "Amba", "Asia/Kolkata", NOW)
        await gateways.add(connection, "amba-1", ORGANISATION, elsewhere, "amba-1", SECRET_HASH, NOW)
    await commit(database, batch(1, [(1, 0.5)], points=[Point("oht-1/level", "m")]))
    for number, name in enumerate(("oht-1/level", "oht-1/pump"), 1):
        one = batch(number, [(1, 0.5)], points=[Point(name, "m")])
        await commit(database, one, gateway="amba-1")
    rule = msgspec.structs.replace(LOW, clear_for_s=60.0, while_=While("pump", Op.EQUAL, 1.0))
    async with database.reading() as connection:
        found = await rule_check.check(connection, ORGANISATION, rule)
    assert (found.mistakes, found.warnings) == ([], ["it rests where pump is missing: at Rainbow"])
