"""Which way to the cloud: HTTPS after three MQTT failures, MQTT again after an hour."""

import math

import pytest

from edge_agent.uplink import ways
from edge_agent.uplink.ways import Way, Ways
from protocol.breaker import State

HOUR = 3600.0
BOTH = Ways(known=(Way.MQTT, Way.HTTPS), policy=ways.policy(HOUR))


def longest() -> float:
    return 1.0


def tried(choice: Ways, way: Way, now: float) -> Ways:
    """It was tried in vain."""
    return choice.started(way).failed(way, now, longest)


def after_failures(count: int, apart_s: float = 0.0) -> Ways:
    choice = BOTH
    for place in range(count):
        choice = tried(choice, Way.MQTT, (place + 1 - count) * apart_s)
    return choice


def test_two_failures_change_nothing() -> None:
    assert after_failures(2).choose(0.0) is Way.MQTT


@pytest.mark.parametrize("apart_s", [0.0, 60.0, 180.0])
def test_three_failures_lead_to_https_for_an_hour(apart_s: float) -> None:
    """A dead link takes a minute or more to be given up."""
    choice = after_failures(3, apart_s)
    assert choice.choose(HOUR - 1) is Way.HTTPS
    assert choice.leave_at(Way.HTTPS) == HOUR
    assert choice.choose(HOUR) is Way.MQTT


def test_failures_of_different_days_do_not_add_up() -> None:
    assert after_failures(5, 86_400.0).choose(0.0) is Way.MQTT


def test_one_more_failure_is_enough_for_the_next_hour() -> None:
    choice = tried(after_failures(3), Way.MQTT, HOUR)
    assert choice.choose(HOUR + 1) is Way.HTTPS
    assert choice.leave_at(Way.HTTPS) == 2 * HOUR


def test_mqtt_that_works_forgets_its_failures() -> None:
    choice = after_failures(2).started(Way.MQTT).worked(Way.MQTT, 0.0)
    assert tried(choice, Way.MQTT, 0.0).choose(0.0) is Way.MQTT
    again = after_failures(3).started(Way.MQTT).worked(Way.MQTT, HOUR)
    assert tried(again, Way.MQTT, HOUR).choose(HOUR) is Way.MQTT


def test_where_https_fails_too_they_take_turns() -> None:
    choice = tried(after_failures(3), Way.HTTPS, 5.0)
    assert choice.choose(5.0) is Way.MQTT
    assert tried(choice, Way.MQTT, 6.0).choose(6.0) is Way.HTTPS


def test_a_probe_that_could_not_be_judged_is_made_again() -> None:
    choice = after_failures(3).started(Way.MQTT)
    assert choice.choose(HOUR) is Way.HTTPS
    assert choice.abandoned(Way.MQTT).choose(HOUR) is Way.MQTT


@pytest.mark.parametrize("way", Way)
def test_a_single_way_is_taken_for_ever(way: Way) -> None:
    choice = Ways(known=(way,), policy=ways.policy(HOUR))
    for _ in range(5):
        choice = tried(choice, way, 0.0)
    assert choice.choose(0.0) is way
    assert choice.leave_at(way) == math.inf
    assert choice.mqtt.state is State.CLOSED
