"""Which way to the cloud is taken: HTTPS after three MQTT failures, MQTT again after an hour. Pure."""

import enum
import math

import msgspec

FAILURES = 3


class Way(enum.StrEnum):
    MQTT = "MQTT"
    HTTPS = "HTTPS"


class Ways(msgspec.Struct, frozen=True, kw_only=True):
    known: tuple[Way, ...]  # that the configuration names
    failures: int = 0  # of MQTT, since it last worked
    mqtt_at: float = -math.inf  # after three failures: when MQTT is tried again


def choose(taken: Ways, now: float) -> Way:
    """The way of the next connection."""
    if len(taken.known) == 1:
        return taken.known[0]
    return Way.HTTPS if taken.failures >= FAILURES and now < taken.mqtt_at else Way.MQTT


def leave_at(taken: Ways, way: Way) -> float:
    """When a connection this way is given up for a better one, however well it works."""
    return taken.mqtt_at if way is Way.HTTPS and len(taken.known) > 1 else math.inf


def worked(taken: Ways, way: Way) -> Ways:
    return msgspec.structs.replace(taken, failures=0) if way is Way.MQTT else taken


def failed(taken: Ways, way: Way, again_s: float, now: float) -> Ways:
    """A connection that brought no answer. Where HTTPS fails too, MQTT has its turn at once."""
    if way is Way.HTTPS:
        return msgspec.structs.replace(taken, mqtt_at=now)
    return msgspec.structs.replace(taken, failures=taken.failures + 1, mqtt_at=now + again_s)
