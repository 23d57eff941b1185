"""Which way to the cloud is taken: HTTPS after three MQTT failures, MQTT again after an hour. Pure."""

import enum
import math

import msgspec

FAILURES = 3


class Way(enum.StrEnum):
    MQTT = "MQTT"
    HTTPS = "HTTPS"


class Routes(msgspec.Struct, frozen=True, kw_only=True):
    ways: tuple[Way, ...]  # that the configuration names
    failures: int = 0  # of MQTT, since it last worked
    mqtt_at: float = -math.inf  # after three failures: when MQTT is tried again


def choose(routes: Routes, now: float) -> Way:
    """The way of the next connection."""
    if len(routes.ways) == 1:
        return routes.ways[0]
    return Way.HTTPS if routes.failures >= FAILURES and now < routes.mqtt_at else Way.MQTT


def leave_at(routes: Routes, way: Way) -> float:
    """When a connection this way is given up for a better one, however well it works."""
    return routes.mqtt_at if way is Way.HTTPS and len(routes.ways) > 1 else math.inf


def worked(routes: Routes, way: Way) -> Routes:
    return msgspec.structs.replace(routes, failures=0) if way is Way.MQTT else routes


def failed(routes: Routes, way: Way, again_s: float, now: float) -> Routes:
    """A connection that brought no answer. Where HTTPS fails too, MQTT has its turn at once."""
    if way is Way.HTTPS:
        return msgspec.structs.replace(routes, mqtt_at=now)
    return msgspec.structs.replace(routes, failures=routes.failures + 1, mqtt_at=now + again_s)
