"""Which way to the cloud: HTTPS after three MQTT failures, MQTT again after an hour."""

import math

from edge_agent.uplink import ways
from edge_agent.uplink.ways import Way, Ways

BOTH = Ways(known=(Way.MQTT, Way.HTTPS))
HOUR = 3600.0


def after_failures(count: int, now: float = 0.0) -> Ways:
    taken = BOTH
    for _ in range(count):
        taken = ways.failed(taken, Way.MQTT, HOUR, now)
    return taken


def test_two_failures_change_nothing() -> None:
    assert ways.choose(after_failures(2), 0.0) is Way.MQTT


def test_three_failures_lead_to_https_for_an_hour() -> None:
    taken = after_failures(3)
    assert ways.choose(taken, HOUR - 1) is Way.HTTPS
    assert ways.leave_at(taken, Way.HTTPS) == HOUR
    assert ways.choose(taken, HOUR) is Way.MQTT


def test_one_more_failure_is_enough_for_the_next_hour() -> None:
    taken = ways.failed(after_failures(3), Way.MQTT, HOUR, HOUR)
    assert ways.choose(taken, HOUR + 1) is Way.HTTPS


def test_mqtt_that_works_forgets_its_failures() -> None:
    taken = ways.worked(after_failures(2), Way.MQTT)
    assert ways.choose(ways.failed(taken, Way.MQTT, HOUR, 0.0), 0.0) is Way.MQTT


def test_where_https_fails_too_they_take_turns() -> None:
    taken = ways.failed(after_failures(3), Way.HTTPS, HOUR, 5.0)
    assert ways.choose(taken, 5.0) is Way.MQTT
    taken = ways.failed(taken, Way.MQTT, HOUR, 6.0)
    assert ways.choose(taken, 6.0) is Way.HTTPS


def test_a_single_way_is_taken_for_ever() -> None:
    for way in Way:
        taken = Ways(known=(way,))
        for _ in range(5):
            taken = ways.failed(taken, way, HOUR, 0.0)
        assert ways.choose(taken, 0.0) is way
        assert ways.leave_at(taken, way) == math.inf
