"""Which way to the cloud: HTTPS after three MQTT failures, MQTT again after an hour."""

import math

from edge_agent import routes as ways
from edge_agent.routes import Routes, Way

BOTH = Routes(ways=(Way.MQTT, Way.HTTPS))
HOUR = 3600.0


def after_failures(count: int, now: float = 0.0) -> Routes:
    routes = BOTH
    for _ in range(count):
        routes = ways.failed(routes, Way.MQTT, HOUR, now)
    return routes


def test_two_failures_change_nothing() -> None:
    assert ways.choose(after_failures(2), 0.0) is Way.MQTT


def test_three_failures_lead_to_https_for_an_hour() -> None:
    routes = after_failures(3)
    assert ways.choose(routes, HOUR - 1) is Way.HTTPS
    assert ways.leave_at(routes, Way.HTTPS) == HOUR
    assert ways.choose(routes, HOUR) is Way.MQTT


def test_one_more_failure_is_enough_for_the_next_hour() -> None:
    routes = ways.failed(after_failures(3), Way.MQTT, HOUR, HOUR)
    assert ways.choose(routes, HOUR + 1) is Way.HTTPS


def test_mqtt_that_works_forgets_its_failures() -> None:
    routes = ways.worked(after_failures(2), Way.MQTT)
    assert ways.choose(ways.failed(routes, Way.MQTT, HOUR, 0.0), 0.0) is Way.MQTT


def test_where_https_fails_too_they_take_turns() -> None:
    routes = ways.failed(after_failures(3), Way.HTTPS, HOUR, 5.0)
    assert ways.choose(routes, 5.0) is Way.MQTT
    routes = ways.failed(routes, Way.MQTT, HOUR, 6.0)
    assert ways.choose(routes, 6.0) is Way.HTTPS


def test_a_single_way_is_taken_for_ever() -> None:
    for way in Way:
        routes = Routes(ways=(way,))
        for _ in range(5):
            routes = ways.failed(routes, way, HOUR, 0.0)
        assert ways.choose(routes, 0.0) is way
        assert ways.leave_at(routes, way) == math.inf
