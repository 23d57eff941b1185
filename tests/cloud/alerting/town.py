"""A cloud's alerting over time: gateways that speak, people who are told, minutes that pass."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert, select, update

from cloud.alerting import tell
from cloud.alerting.run import Alerting
from cloud.ingest.state import hear
from cloud.metrics import Metrics
from cloud.store import gateways, routes
from cloud.store.database import Database
from cloud.store.notifications import Decision
from cloud.store.routes import Address, Route
from cloud.store.tables.alerting import decision
from cloud.store.tables.notifying import notification
from cloud.store.tables.people import person
from cloud.store.tables.sites import site
from protocol.messages import Birth, Transition
from protocol.told import Told
from tests.cloud.alerting.making import ORGANISATION, arrive, minute_at
from tests.cloud.ingest.making import GATEWAYS

STEP_MS = 30_000


class Town:
    def __init__(self, database: Database, minute: float = 0.0) -> None:
        self.database = database
        self.now = minute_at(minute)
        self.hears = True
        self.changed: set[str] = set()  # alerts that pages were told to show anew
        self.alerting = Alerting(
            database,
            "worker",
            lambda: self.hears,
            lambda: None,
            self.changed.update,
            Metrics(),
            lambda: self.now,
        )

    async def add_person(self, name: str = "Asha", language: str = "en", **subscribes: Any) -> int:
        """Somebody with an address; with `subscribes` a route."""
        async with self.database.writing() as connection:
            key: int = await connection.scalar(
                insert(person)
                .values(
                    organisation_id=ORGANISATION,
                    name=name,
                    language=language,
                    password_hash="",
                    role="operator",
                    created_at=self.now,
                )
                .returning(person.c.id)
            )
            await routes.save_address(
                connection, ORGANISATION, Address(person_id=key, channel="mail", value=f"{name}@example.org")
            )
        if subscribes.pop("listens", True):
            await self.add_route(key, **subscribes)
        return key

    async def add_route(self, person_id: int, **subscribes: Any) -> int:
        async with self.database.writing() as connection:
            return await routes.save_route(connection, ORGANISATION, Route(person_id=person_id, **subscribes))

    async def tag(self, site_id: int, **tags: str) -> None:
        async with self.database.writing() as connection:
            await connection.execute(update(site).where(site.c.id == site_id).values(tags=tags))

    async def arrives(
        self, *transitions: Transition, gateway: str = GATEWAYS[0], epoch: str = "epoch-1"
    ) -> None:
        await arrive(self.database, *transitions, gateway=gateway, epoch=epoch, now=self.now)

    async def hears_of(self, *ids: str) -> None:
        """These gateways speak now."""
        if not ids:
            return
        async with self.database.writing() as connection:
            await gateways.heard(connection, dict.fromkeys(ids, self.now))

    async def is_born(self, gateway: str, epoch: str, open_alerts: list[str], *told: Told) -> None:
        birth = Birth(epoch=epoch, session=1, open_alerts=open_alerts, told=list(told))
        await hear(self.database, gateway, birth, "incarnation", self.now)

    async def touch(self, site_id: int) -> None:
        async with self.database.writing() as connection:
            await tell.touch(connection, ORGANISATION, site_id, self.now)

    async def work(self) -> None:
        """Whatever there is to do now; a fault would only be logged, so it is looked for."""
        await self.alerting.work(self.now)
        assert self.alerting.trouble is None

    async def until(self, minute: float, speaking: Sequence[str] = (), step_ms: int = STEP_MS) -> None:
        """Let time pass, in which these gateways speak every minute, or with each step if that is longer."""
        await self.work()
        while self.now < minute_at(minute):
            before = self.now
            self.now = min(self.now + step_ms, minute_at(minute))
            if before // 60_000 != self.now // 60_000:
                await self.hears_of(*speaking)
            await self.work()

    async def messages(self) -> list[tuple[str, str, str]]:
        """(to whom, on which occasion, what) of every message so far; what one carries is in it."""
        async with self.database.reading() as connection:
            rows = await connection.execute(
                select(person.c.name, notification.c.occasion, notification.c.subject)
                .join(person, person.c.id == notification.c.person_id)
                .where(notification.c.carried_by.is_(None))
                .order_by(notification.c.id)
            )
            return [tuple(row) for row in rows]

    async def occasions(self) -> list[str]:
        return [occasion for _, occasion, _ in await self.messages()]

    async def reasons(self, alert_id: str) -> list[str]:
        """Why it was not told, in the order of the decisions."""
        return [one.reason for one in await self.decisions(alert_id)]

    async def decisions(self, alert_id: str) -> list[Decision]:
        async with self.database.reading() as connection:
            rows = await connection.execute(
                select(decision).where(decision.c.alert_id == alert_id).order_by(decision.c.id)
            )
            return [Decision(**{k: v for k, v in row._mapping.items() if k != "id"}) for row in rows]
