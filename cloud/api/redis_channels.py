"""Litestar's Redis channels, made to survive a Redis that goes away; imported only where Redis is set.

Litestar's plugin ends its subscription for good at the first error, and then hangs at shutdown.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable
from typing import Any

import structlog
from litestar.channels.backends.redis import RedisChannelsPubSubBackend
from redis.asyncio import Redis
from redis.exceptions import RedisError

from protocol.backoff import delays

log = structlog.get_logger()

_PUBLISH_TRIES = 5
_AWAY = (RedisError, OSError, TimeoutError)


class SurvivingPubSub(RedisChannelsPubSubBackend):
    def __init__(self, url: str, on_gap: Callable[[], None]) -> None:
        """`on_gap`: messages may have been lost; viewers have to read again what they show."""
        self._client = Redis.from_url(
            url, socket_timeout=5, socket_connect_timeout=5, health_check_interval=15
        )
        super().__init__(redis=self._client)
        self._on_gap = on_gap
        self._wanted: set[str] = set()

    async def on_shutdown(self) -> None:
        await super().on_shutdown()
        await self._client.aclose()

    async def subscribe(self, channels: Iterable[str]) -> None:
        self._wanted.update(channels)
        try:
            await super().subscribe(channels)
        except _AWAY:
            # The stream meets the same trouble, and subscribes to all that is wanted once it is over.
            self._has_subscribed.set()

    async def unsubscribe(self, channels: Iterable[str]) -> None:
        self._wanted.difference_update(channels)
        try:
            await super().unsubscribe(channels)
        except _AWAY as error:
            log.info("redis: could not unsubscribe", cause=str(error))

    async def publish(self, data: bytes, channels: Iterable[str]) -> None:
        """Publish, with some patience; then the message is lost, which the reconnect makes good."""
        waits = delays(first_s=0.1, longest_s=1.0)
        for _ in range(_PUBLISH_TRIES):
            try:
                return await super().publish(data, channels)
            except _AWAY:
                await asyncio.sleep(next(waits))
        log.warning("redis can't be reached: live news dropped")
        return None

    async def stream_events(self) -> AsyncGenerator[tuple[str, Any], None]:
        waits = delays(first_s=0.05, longest_s=2.0)
        is_away = False
        while True:
            try:
                if is_away:
                    await super().subscribe(self._wanted)
                    log.info("redis is back")
                    is_away, waits = False, delays(first_s=0.05, longest_s=2.0)
                    self._on_gap()
                async for event in super().stream_events():
                    yield event
            except _AWAY as error:
                if not is_away:
                    log.warning("redis can't be reached: live changes wait", cause=str(error))
                is_away = True
                await asyncio.sleep(next(waits))
