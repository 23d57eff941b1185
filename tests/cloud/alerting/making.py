"""Transitions as gateways send them, and what alerting then holds."""

from typing import Any

from sqlalchemy import select

from cloud.store import alerts, events
from cloud.store.alerts import AlertRow
from cloud.store.database import Database
from cloud.store.tables.alerting import alert
from protocol.course import Course
from protocol.messages import Transition
from protocol.rule import Severity
from tests.cloud.ingest.making import GATEWAYS, NOW

RULE, POINT = "low-tank", "oht-1/level"
ORGANISATION = 1


def said(
    alert_id: str = "a",
    counter: int = 1,
    reason: str = "fired",
    minute: float = 0.0,
    severity: Severity = Severity.WARNING,
    began: float | None = None,
    stale: bool = False,
    point: str = POINT,
    rule: str = RULE,
    **rest: Any,
) -> Transition:
    """A step of an alert, `minute` minutes after NOW; a second learns of it at once."""
    over = reason in ("cleared", "rule changed")
    at = minute_at(minute)
    values: dict[str, Any] = {
        "id": f"{alert_id}/{counter}",
        "alert": alert_id,
        "rule": rule,
        "rule_version": 1,
        "point": point,
        "state": "resolved" if over else "firing",
        "severity": severity,
        "at": at,
        "learned_at": at + 1_000,
        "value": 0.4,
        "limit": 0.5,
        "course": Course(
            counter=counter,
            reason=reason,
            began=minute_at(minute if began is None else began),
            seen_at=at,
            occurrences=1,
            stale=stale,
        ),
    }
    return Transition(**(values | rest))


def minute_at(minute: float) -> int:
    return NOW + round(minute * 60_000)


async def arrive(
    database: Database,
    *transitions: Transition,
    gateway: str = GATEWAYS[0],
    epoch: str = "epoch-1",
    now: int = NOW,
) -> None:
    """As ingest stores them."""
    async with database.writing() as connection:
        await events.add_transitions(connection, gateway, ORGANISATION, transitions, epoch, now)


async def all_alerts(database: Database) -> list[AlertRow]:
    async with database.reading() as connection:
        keys = [key for (key,) in await connection.execute(select(alert.c.id).order_by(alert.c.began))]
        found = await alerts.among(connection, keys)
    return [found[key] for key in keys]
