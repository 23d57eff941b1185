"""What a rule can be wrong about, and the sentence that says so."""

from typing import Any

import msgspec
import pytest

from protocol.reading import Point
from protocol.rule import Rule
from protocol.rule_mistakes import mistakes
from tests.protocol.judging import rule

POINTS = [
    Point("oht-1/level", "m", 60),
    Point("oht-1/volume", "L", 60),
    Point("oht-1/pump"),
    Point("flow-1/rate", "L/min", 15),
    Point("flow-1/level", "%", 60),
]
PUMP = {"point": "pump", "op": "==", "value": 1}
SITES: dict[str, Any] = {
    "kind": "sites",
    "scope": {"tags": {"region": "north"}},
    "of_rule": "no-supply",
    "window_s": 600,
    "sites": 3,
}

RIGHT = [
    pytest.param({"scope": {"point": "oht-1/level", "site": "Amba"}}, id="one point"),
    pytest.param({"scope": {"metric": "rate"}, "unit": "m3/h", "kind": "rate"}, id="a unit of the quantity"),
    pytest.param({"clear_threshold": 40}, id="clears below"),
    pytest.param({"op": "<", "clear_threshold": 60}, id="clears above"),
    pytest.param({"op": ">=", "clear_threshold": 50}, id="clears where it no longer raises"),
    pytest.param(
        {
            "op": "<",
            "ladder": [{"threshold": 20, "severity": "warning"}, {"threshold": 10, "severity": "critical"}],
        },
        id="a ladder downwards",
    ),
    pytest.param(
        {"scope": {"point": "oht-1/level", "site": "Amba"}, "while": PUMP}, id="a second point of the device"
    ),
    pytest.param({"kind": "no_data", "for_s": 1800}, id="silence"),
    pytest.param({"kind": "fault"}, id="faults"),
    pytest.param({"kind": "aggregate", "statistic": "sum", "window_s": 86_400}, id="a day's sum"),
    pytest.param({"worsen_after_s": 600}, id="becomes worse"),
    pytest.param(SITES, id="sites"),
]


@pytest.mark.parametrize("fields", RIGHT)
def test_a_good_rule_has_none(fields: dict[str, Any]) -> None:
    assert mistakes(rule(**fields), POINTS) == []


WRONG = [
    pytest.param({"scope": {}}, "the scope names either a point or a metric", id="no scope"),
    pytest.param(
        {"scope": {"metric": "level", "point": "oht-1/level", "site": "Amba"}},
        "the scope names either a point or a metric",
        id="two scopes",
    ),
    pytest.param({"scope": {"point": "oht-1/level"}}, "points belong to a site", id="a point of no site"),
    pytest.param(
        {"scope": {"metric": "level", "site": "Amba", "tags": {"region": "north"}}},
        "either a site or tags",
        id="a site and tags",
    ),
    pytest.param(
        {"scope": {"point": "oht-9/level", "site": "Amba"}},
        'there is no point "oht-9/level"',
        id="a point that does not exist",
    ),
    pytest.param({"scope": {"metric": "colour"}}, 'there is no point "colour"', id="a metric nobody has"),
    pytest.param({"threshold": None}, "either a threshold or a ladder", id="no threshold"),
    pytest.param(
        {"ladder": [{"threshold": 1, "severity": "info"}], "threshold": 1.0},
        "either a threshold or a ladder",
        id="both",
    ),
    pytest.param({"unit": "furlong"}, 'unknown unit "furlong"', id="an unknown unit"),
    pytest.param(
        {"scope": {"metric": "rate"}, "unit": "bar"},
        "the unit bar does not fit: flow-1/rate is kept in L/min",
        id="a unit that does not fit",
    ),
    pytest.param(
        {"scope": {"metric": "pump"}, "unit": "V"},
        "the unit V does not fit: oht-1/pump has no known unit",
        id="a unit where none is known",
    ),
    pytest.param({"clear_threshold": 60}, "must clear below that", id="a clear threshold on the wrong side"),
    pytest.param({"op": "<=", "clear_threshold": 40}, "must clear above that", id="and the other way"),
    pytest.param(
        {"op": "==", "clear_threshold": 40}, "there is no clear_threshold", id="equal clears itself"
    ),
    pytest.param(
        {"ladder": [{"threshold": 9, "severity": "warning"}, {"threshold": 5, "severity": "critical"}]},
        "the threshold of critical must be higher than 9, it is 5",
        id="rungs out of order",
    ),
    pytest.param(
        {"ladder": [{"threshold": 5, "severity": "critical"}, {"threshold": 9, "severity": "info"}]},
        "info stands above critical",
        id="severities out of order",
    ),
    pytest.param(
        {
            "op": "!=",
            "ladder": [{"threshold": 5, "severity": "info"}, {"threshold": 9, "severity": "critical"}],
        },
        "a ladder has no order with !=",
        id="a ladder of no order",
    ),
    pytest.param(
        {"hours": {"start": "07:00", "end": "07:00"}}, "hours begin and end at 07:00", id="no hours"
    ),
    pytest.param({"severity": "critical", "worsen_after_s": 60}, "no higher than critical", id="no worse"),
    pytest.param(
        {"scope": {"point": "oht-1/level", "site": "Amba"}, "while": PUMP | {"point": "level"}},
        "while names oht-1/level, the point that the rule itself watches",
        id="while on itself",
    ),
    pytest.param({"while": PUMP}, 'does not exist: "flow-1/pump"', id="while on nothing"),
    pytest.param({"kind": "no_data", "for_s": 60, "while": PUMP}, "has no while", id="silence while"),
    pytest.param({"kind": "no_data"}, "needs for_s", id="silence for how long"),
    pytest.param({"kind": "no_data", "for_s": 9, "count": 2}, "no readings to count", id="silence counted"),
    pytest.param({"kind": "fault", "threshold": 1}, "compares no value", id="faults have no threshold"),
    pytest.param({"kind": "aggregate"}, "needs window_s", id="an aggregate of what"),
    pytest.param(SITES | {"of_rule": ""}, "names the rule", id="sites of no rule"),
    pytest.param(SITES | {"of_rule": "r"}, "can't watch itself", id="sites of itself"),
    pytest.param(SITES | {"sites": 1}, "at least two sites", id="one site"),
    pytest.param(SITES | {"scope": {"metric": "level"}}, "tags or nothing", id="sites of a metric"),
    pytest.param(
        SITES | {"for_s": 60, "actions": ["horn"]},
        "knows no for_s, actions: write it",
        id="sites for a while",
    ),
    pytest.param(SITES | {"count": 2}, "no readings to count", id="sites counted"),
    pytest.param(
        {"scope": {"metric": "rate"}, "threshold": 1e305, "unit": "m3/s"},
        "beyond every number when it is converted from m3/s",
        id="a threshold that no float holds",
    ),
    pytest.param({"kind": "fault", "unit": "furlong"}, 'unknown unit "furlong"', id="a unit of no threshold"),
]


@pytest.mark.parametrize(("fields", "sentence"), WRONG)
def test_a_mistake_is_a_sentence(fields: dict[str, Any], sentence: str) -> None:
    (found,) = mistakes(rule(**fields), POINTS)
    assert sentence in found


def test_a_misspelt_key_is_named() -> None:
    with pytest.raises(msgspec.ValidationError, match="cool_down"):
        rule(cool_down=5)


SCOPES = [
    pytest.param({"metric": "level"}, True, id="of all sites"),
    pytest.param({"metric": "level", "site": "Amba"}, True, id="of a site"),
    pytest.param({"metric": "level", "site": "Bor"}, False, id="of another"),
    pytest.param({"metric": "volume"}, False, id="another metric"),
    pytest.param({"metric": "level", "tags": {"region": "north"}}, True, id="of a tag"),
    pytest.param({"metric": "level", "tags": {"region": "north", "plan": "pro"}}, False, id="of two tags"),
    pytest.param({"point": "oht-1/level", "site": "Amba"}, True, id="one point"),
    pytest.param({"point": "oht-2/level", "site": "Amba"}, False, id="another point"),
]


@pytest.mark.parametrize(("scope", "expected"), SCOPES)
def test_scope(scope: dict[str, Any], expected: bool) -> None:
    found = rule(scope=scope).scope
    assert (found.reaches("Amba", {"region": "north"}) and found.watches("oht-1/level")) is expected


def test_a_rule_survives_being_written() -> None:
    written = rule(hours={"start": "01:00", "end": "04:00"}, **{"while": PUMP})
    assert msgspec.json.decode(msgspec.json.encode(written), type=Rule) == written
