"""Which way to the cloud is taken: HTTPS while the breaker of MQTT is open. Pure: it is given the time."""

import enum
import math
from collections.abc import Callable
from typing import Self

import msgspec
from msgspec.structs import replace

from protocol import breaker
from protocol.breaker import Breaker, Policy, State


class Way(enum.StrEnum):
    MQTT = "MQTT"
    HTTPS = "HTTPS"


def policy(again_s: float) -> Policy:
    """MQTT is given up at the third failure in a row, minutes apart, and tried again after an hour."""
    return Policy(half_life_s=1800.0, open_s=again_s, longest_open_s=again_s)


class Ways(msgspec.Struct, frozen=True, kw_only=True):
    known: tuple[Way, ...]  # that the configuration names, the best first
    policy: Policy
    mqtt: Breaker = Breaker()

    def choose(self, now: float) -> Way:
        """The way of the next connection."""
        if self._is_choice() and not breaker.may_call(self.mqtt, self.policy, now):
            return Way.HTTPS
        return self.known[0]

    def leave_at(self, way: Way) -> float:
        """When a connection this way is given up for a better one, however well it works."""
        return self.mqtt.until if self._is_choice() and way is Way.HTTPS else math.inf

    def started(self, way: Way) -> Self:
        return replace(self, mqtt=breaker.started(self.mqtt)) if self._is_judged(way) else self

    def worked(self, way: Way, now: float) -> Self:
        """The cloud took something this way: what failed before is forgotten."""
        return replace(self, mqtt=Breaker(at=now)) if self._is_judged(way) else self

    def failed(self, way: Way, now: float, chance: Callable[[], float]) -> Self:
        """A connection that brought no answer. Where HTTPS fails too, MQTT has its turn at once."""
        if self._is_judged(way):
            return replace(self, mqtt=breaker.failed(self.mqtt, self.policy, now, chance))
        if self.mqtt.state is State.OPEN:
            return replace(self, mqtt=replace(self.mqtt, until=now))
        return self

    def abandoned(self, way: Way) -> Self:
        """It ended before it could be judged."""
        return replace(self, mqtt=breaker.abandoned(self.mqtt)) if self._is_judged(way) else self

    def _is_judged(self, way: Way) -> bool:
        return self._is_choice() and way is Way.MQTT

    def _is_choice(self) -> bool:
        return len(self.known) > 1
