"""The web application: its routes, who provides what they ask for, and what holds for all of them."""

import asyncio
from collections.abc import Callable, Sequence

import msgspec
from litestar import Litestar, Router
from litestar.channels import ChannelsPlugin
from litestar.channels.backends.base import ChannelsBackend
from litestar.config.compression import CompressionConfig
from litestar.datastructures import State
from litestar.di import Provide
from litestar.middleware import DefineMiddleware
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.types import ControllerRouterHandler

from cloud.alerting.preview import Turns
from cloud.api import (
    alerts,
    auth,
    deliveries,
    gateways,
    health,
    ingest,
    live,
    maintenance,
    pages,
    people,
    preview,
    readings,
    routes,
    rules,
    sites,
)
from cloud.api.authentication import Authentication, provide_signed, require_no_nul, require_own_page
from cloud.api.explain import HANDLERS
from cloud.api.health import Health
from cloud.api.live import Viewers
from cloud.api.news import Publisher
from cloud.api.pages import PACKED, Pages
from cloud.identity.sign_in import SignIn
from cloud.ingest.door import Door
from cloud.metrics import Metrics
from cloud.senders.senders import AnySender
from cloud.store.database import Database

DOCUMENT = "/api/v1/openapi.json"

_BODY_LIMIT = 65_536  # bytes; what people send is small, ingest has its own limit
_VIEWER_BACKLOG = 1_000  # messages between the channel and the viewer's task, which is always quick

PEOPLE: list[ControllerRouterHandler] = [
    auth.read_session,
    auth.sign_out,
    auth.sign_in,
    auth.change_password,
    auth.list_tokens,
    auth.add_token,
    auth.remove_token,
    sites.list_sites,
    sites.read_site,
    sites.change_site,
    sites.list_devices,
    sites.read_device,
    sites.list_points,
    sites.read_point,
    readings.list_readings,
    readings.list_buckets,
    gateways.list_gateways,
    gateways.read_gateway,
    alerts.list_alerts,
    alerts.read_alert,
    alerts.acknowledge,
    alerts.take_back,
    alerts.shelve,
    alerts.unshelve,
    rules.list_rules,
    rules.read_rule,
    rules.check_rule,
    preview.preview_rule,
    rules.save_rule,
    rules.publish_rule,
    rules.retire_rule,
    rules.list_templates,
    rules.use_template,
    maintenance.list_windows,
    maintenance.plan_window,
    maintenance.end_window,
    people.list_people,
    people.add_person,
    people.change_person,
    people.add_address,
    people.remove_address,
    people.test_address,
    people.change_last_resort,
    routes.add_route,
    routes.change_route,
    routes.remove_route,
    deliveries.list_deliveries,
]


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What the routes stand on."""

    database: Database
    door: Door
    metrics: Metrics
    health: Health
    channels: ChannelsBackend
    viewers: Viewers
    news: Publisher
    senders: Sequence[AnySender]  # the channels to people; `channels` is a word of Litestar's
    pages: Pages
    clock: Callable[[], int]  # ms UTC
    public_url: str


def make_app(parts: Parts, is_up: asyncio.Event) -> Litestar:
    """The application of `all_in_one` and `api`."""
    api = Router(
        "/api/v1",
        route_handlers=[
            Router("/", route_handlers=PEOPLE, guards=[require_no_nul, require_own_page]),
            live.live,
            ingest.ingest,
        ],
        middleware=[DefineMiddleware(Authentication)],
    )
    return _make(parts, [api, *_HEALTH, pages.read_asset, pages.read_page], is_up)


def make_health_app(parts: Parts, is_up: asyncio.Event) -> Litestar:
    """The application of `ingest`: nobody signs in there."""
    return _make(parts, _HEALTH, is_up)


_HEALTH: list[ControllerRouterHandler] = [health.read_live, health.read_ready, health.read_metrics]


def _make(
    parts: Parts,
    routes: list[ControllerRouterHandler],
    is_up: asyncio.Event,
) -> Litestar:
    given = {
        "database": parts.database,
        "door": parts.door,
        "metrics": parts.metrics,
        "health": parts.health,
        "viewers": parts.viewers,
        "news": parts.news,
        "senders": parts.senders,
        "url": parts.public_url,
        "pages": parts.pages,
        "clock": parts.clock,
        "people": SignIn(parts.database),
        "turns": Turns(),
        "is_secure": parts.public_url.startswith("https:"),
    }
    return Litestar(
        routes,
        dependencies={name: _provide(part) for name, part in given.items()}
        | {"signed": Provide(provide_signed, sync_to_thread=False)},
        plugins=[
            ChannelsPlugin(
                parts.channels,
                arbitrary_channels_allowed=True,
                subscriber_max_backlog=_VIEWER_BACKLOG,
                subscriber_backlog_strategy="dropleft",
            )
        ],
        exception_handlers=HANDLERS,
        request_max_body_size=_BODY_LIMIT,
        compression_config=CompressionConfig(backend="gzip", minimum_size=1024, exclude_opt_key=PACKED),
        openapi_config=OpenAPIConfig(
            title="Evara",
            version="1",
            path=DOCUMENT,
            render_plugins=[JsonRenderPlugin(path="/")],
            use_handler_docstrings=True,
        ),
        logging_config=None,
        state=State({"database": parts.database, "clock": parts.clock, "public_url": parts.public_url}),
        on_startup=[is_up.set],
    )


def _provide(part: object) -> Provide:
    return Provide(lambda: part, sync_to_thread=False, use_cache=True)
