"""The OpenAPI document, made without starting anything."""

import asyncio
from typing import Any

from litestar.channels.backends.memory import MemoryChannelsBackend
from sqlalchemy.ext.asyncio import create_async_engine

from cloud.api.app import Parts, make_app
from cloud.api.health import Health
from cloud.api.live import Viewers
from cloud.api.news import Publisher
from cloud.api.pages import Pages
from cloud.ingest.door import Door
from cloud.ingest.intake import Intake
from cloud.metrics import Metrics
from cloud.store.database import Database
from cloud.store.partitions import Partitions
from cloud.store.points import PointIds


def openapi_document() -> dict[str, Any]:
    database = Database(create_async_engine("sqlite+aiosqlite://"))
    metrics = Metrics()
    intake = Intake(database, PointIds(), "", metrics, _nobody, Partitions(database), _never)
    channels = MemoryChannelsBackend()
    parts = Parts(
        database=database,
        door=Door(database, intake, "", _nobody, _never),
        metrics=metrics,
        health=Health(database, {}),
        channels=channels,
        viewers=Viewers(),
        news=Publisher(database, channels, _never),
        senders=(),
        pages=Pages({}),
        clock=_never,
        public_url="",
    )
    return make_app(parts, asyncio.Event()).openapi_schema.to_schema()


def _nobody(_: object) -> None:
    pass


def _never() -> int:
    return 0
