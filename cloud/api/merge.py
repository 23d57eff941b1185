"""What one viewer has still to be told: the first change of a thing at once, further ones merged to 1/s.

Pure: it is given the time and sends nothing. Bounded by the points, gateways and alerts there are.
"""

from collections.abc import Hashable
from typing import TypeVar

import msgspec

from cloud.api.alert_shapes import Alert
from cloud.api.shapes import Gateway, Quality

PERIOD_S = 1.0
_TOLD_LIMIT = 20_000

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class LiveReading(msgspec.Struct, array_like=True, frozen=True):
    point: int
    at: int
    value: float | None
    quality: list[Quality]
    received_at: int


class Hello(msgspec.Struct, tag_field="type", tag="hello", frozen=True):
    """The first message; from here on nothing is missed."""

    server_time: int


class Beat(msgspec.Struct, tag_field="type", tag="beat", frozen=True):
    server_time: int


class Readings(msgspec.Struct, tag_field="type", tag="readings", frozen=True):
    """New latest values of a site."""

    site: int
    readings: list[LiveReading]


class Backfill(msgspec.Struct, tag_field="type", tag="backfill", frozen=True, rename={"from_": "from"}):
    """Older readings came for these points within this span: what is shown of it should be read again."""

    site: int
    points: list[int]
    from_: int
    to: int


class GatewayNews(msgspec.Struct, tag_field="type", tag="gateway", frozen=True):
    gateway: Gateway


class AlertNews(msgspec.Struct, tag_field="type", tag="alert", frozen=True):
    """An alert as it is now; it may have ended."""

    alert: Alert


LiveMessage = Hello | Beat | Readings | Backfill | GatewayNews | AlertNews
News = Readings | Backfill | GatewayNews | AlertNews


class Merge:
    def __init__(self) -> None:
        self._readings: dict[tuple[int, int], LiveReading] = {}  # by site, point
        self._backfills: dict[int, Backfill] = {}  # by site
        self._gateways: dict[str, GatewayNews] = {}
        self._alerts: dict[tuple[str, str], AlertNews] = {}  # by "alert", id
        self._told: dict[Hashable, float] = {}  # when each was last told, in seconds of the caller's clock

    def add(self, news: News) -> None:
        """Lay news over what waits: the newest reading of a point, the whole span of a backfill."""
        if isinstance(news, Readings):
            for reading in news.readings:
                key = (news.site, reading.point)
                waiting = self._readings.get(key)
                if waiting is None or reading.at >= waiting.at:
                    self._readings[key] = reading
        elif isinstance(news, Backfill):
            waiting_span = self._backfills.get(news.site)
            self._backfills[news.site] = _joined(waiting_span, news) if waiting_span else news
        elif isinstance(news, AlertNews):
            self._alerts["alert", news.alert.id] = news
        else:
            self._gateways[news.gateway.id] = news

    def due(self, now: float) -> list[News]:
        """What may be told now; it counts as told."""
        by_site: dict[int, list[LiveReading]] = {}
        for (site, _), reading in self._take(self._readings, now):
            by_site.setdefault(site, []).append(reading)
        messages: list[News] = [Readings(site, readings) for site, readings in by_site.items()]
        messages += [backfill for _, backfill in self._take(self._backfills, now)]
        messages += [gateway for _, gateway in self._take(self._gateways, now)]
        messages += [alert for _, alert in self._take(self._alerts, now)]
        self._forget(now)
        return messages

    def drain(self) -> list[News]:
        """All that waits, whenever it was told last."""
        self._told.clear()
        return self.due(0.0)

    def wait_s(self, now: float) -> float | None:
        """How long until something that waits may be told; None: nothing waits."""
        waiting: list[Hashable] = [*self._readings, *self._backfills, *self._gateways, *self._alerts]
        if not waiting:
            return None
        return max(0.0, min(self._told.get(key, now - PERIOD_S) for key in waiting) + PERIOD_S - now)

    def _forget(self, now: float) -> None:
        """Points are always the same ones; of alerts there are ever new ones."""
        if len(self._told) > _TOLD_LIMIT:
            self._told = {key: at for key, at in self._told.items() if now - at < PERIOD_S}

    def _take(self, waiting: dict[K, V], now: float) -> list[tuple[K, V]]:
        ready = [key for key in waiting if now - self._told.get(key, now - PERIOD_S) >= PERIOD_S]
        self._told.update(dict.fromkeys(ready, now))
        return [(key, waiting.pop(key)) for key in ready]


def _joined(one: Backfill, other: Backfill) -> Backfill:
    points = sorted({*one.points, *other.points})
    return Backfill(one.site, points, min(one.from_, other.from_), max(one.to, other.to))
