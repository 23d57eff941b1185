"""All rules to start from. Data; knows no site and no gateway."""

from cloud.alerting.template import Template, everywhere, ladder
from cloud.alerting.water_quality import QUALITY
from protocol.hours import Hours
from protocol.rule import Kind, Op, Severity, Statistic

_PRACTICE = "practice of community water supplies"


def _silent(key: str, name: str, metric: str, for_s: float, source: str) -> Template:
    to_do = "Look whether the sensor has power and its cable is whole; its gateway is online."
    rule = everywhere(key, name, metric, to_do, kind=Kind.NO_DATA, for_s=for_s)
    return Template(category="any device", source=source, rule=rule)


_TANK = [
    Template(
        category="tank",
        source=f"{_PRACTICE}: below 20 % a warning, below 10 % critical",
        rule=everywhere(
            "tank-low",
            "Tank low",
            "level_share",
            "Start the pump, or find out why it does not fill; tell people that water runs short.",
            op=Op.BELOW,
            ladder=ladder(20.0, 10.0),
            unit="%",
            for_s=300.0,
            clear_threshold=25.0,
            clear_for_s=300.0,
        ),
    ),
    Template(
        category="tank",
        source=f"{_PRACTICE}: above 95 % it is about to overflow",
        rule=everywhere(
            "tank-overflow",
            "Tank about to overflow",
            "level_share",
            "Stop the pump; look at its float switch.",
            op=Op.ABOVE,
            threshold=95.0,
            unit="%",
            for_s=120.0,
            clear_threshold=90.0,
        ),
    ),
]

_FLOW = [
    Template(
        category="flow meter",
        source=f"{_PRACTICE}: a night flow that is never 0 between 01:00 and 04:00 is a leak",
        # Judged from 03:00 on, when two hours of the night have passed.
        rule=everywhere(
            "night-flow",
            "Leak: water flows all night",
            "rate",
            "Look for open taps and wet ground; close the valves one by one at night to find the pipe.",
            kind=Kind.AGGREGATE,
            statistic=Statistic.MIN,
            window_s=7_200.0,
            op=Op.ABOVE,
            threshold=0.0,
            unit="L/min",
            hours=Hours(start="03:00", end="04:00"),
        ),
    ),
    Template(
        category="flow meter",
        source="the largest flow that the meter and its pipe are made for: set the site's own",
        rule=everywhere(
            "flow-high",
            "Flow too high: burst pipe?",
            "rate",
            "Close the valve; look for a burst pipe.",
            op=Op.ABOVE,
            threshold=500.0,
            unit="L/min",
            for_s=120.0,
            severity=Severity.CRITICAL,
        ),
        active=False,
    ),
]

_BOREWELL = [
    Template(
        category="borewell",
        source=f"{_PRACTICE}: less than 3 m of water above the pump, dry run; set the site's own column",
        rule=everywhere(
            "dry-run",
            "Borewell: pump about to run dry",
            "column",
            "Stop the pump until the water has risen.",
            op=Op.BELOW,
            threshold=3.0,
            unit="m",
            for_s=60.0,
            clear_threshold=5.0,
            severity=Severity.CRITICAL,
        ),
        active=False,
    ),
]

_DEVICES = [
    _silent("silent-level", "Tank sensor silent", "level", 3_600.0, f"{_PRACTICE}: 60 min for a tank"),
    _silent("silent-rate", "Flow meter silent", "rate", 1_800.0, f"{_PRACTICE}: 30 min for a flow meter"),
    _silent("silent-tds", "TDS sensor silent", "tds", 2_400.0, f"{_PRACTICE}: 40 min for a TDS sensor"),
    Template(
        category="any device",
        source=f"{_PRACTICE}: 3.4 V of a lithium cell",
        rule=everywhere(
            "battery-low",
            "Battery low",
            "battery",
            "Look at the solar panel and the charger; change the battery before it is empty.",
            op=Op.BELOW,
            threshold=3.4,
            unit="V",
            count=3,
            clear_threshold=3.5,
        ),
    ),
]

TEMPLATES = {one.id: one for one in [*_TANK, *_FLOW, *_BOREWELL, *QUALITY, *_DEVICES]}


def known_metrics() -> dict[str, str]:
    """What templates watch, with its unit: a rule may watch these before there is such a point."""
    return {one.rule.scope.metric: one.rule.unit for one in TEMPLATES.values() if one.rule.unit}
