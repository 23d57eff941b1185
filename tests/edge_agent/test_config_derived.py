"""Mistakes in checks and derived points: each is one sentence that names its place and the next step."""

import tomllib

import pytest

from edge_agent import mistakes
from firmware_bridge.sources import AnySource
from tests.firmware_bridge.refining import SINCE, fields_of

SOURCE = """
[[sources]]
kind = "thingspeak"
name = "new"
channel = 4201
device = "oht-1"
[[sources.fields]]
field = 2
metric = "distance"
unit = "cm"
"""
OTHER = '[[sources.fields]]\nfield = 1\nmetric = "temperature"\nunit = "degC"\n'
LEVEL = '[[sources.fields.derived]]\nmetric = "level"\nkind = "level_from_distance"\n'
PULSES = (
    '[[sources.fields]]\nfield = 3\nmetric = "pulses"\n[[sources.fields.derived]]\nmetric = "rate"\n'
    'kind = "rate_from_pulses"\n'
)
FIELD = "`sources[0].fields[0]"
DERIVED = f"{FIELD}.derived[0]"
MOUNTED = f"calibrations = [{{ {SINCE}, mount_height_m = 2 }}]\n"
OF_PULSES = f"calibrations = [{{ {SINCE}, pulses_per_litre = 450 }}]\n"

MISTAKES = [
    pytest.param(
        LEVEL.replace("level_from_distance", "level_from_distanze") + MOUNTED,
        f'{DERIVED}.kind` = "level_from_distanze" is no known kind; did you mean `level_from_distance`?',
        id="unknown kind",
    ),
    pytest.param(LEVEL, f"{DERIVED}.calibrations` is missing: it has no default", id="no calibration"),
    pytest.param(
        f"{LEVEL}calibrations = []",
        f"{DERIVED}.calibrations` must have at least 1 characters or entries",
        id="an empty list of them",
    ),
    pytest.param(
        f"{LEVEL}calibrations = [{{ {SINCE} }}]",
        f"{DERIVED}.calibrations[0].mount_height_m` is missing: it has no default",
        id="no mount height",
    ),
    pytest.param(
        f"{LEVEL}calibrations = [{{ mount_height_m = 2 }}]",
        f"{DERIVED}.calibrations[0].from` is missing: it has no default",
        id="no date",
    ),
    pytest.param(
        f"{LEVEL}calibrations = [{{ from = 2026-01-01T00:00:00, mount_height_m = 2 }}]",
        f'{DERIVED}.calibrations[0].from` = "2026-01-01 00:00:00" is not right: '
        "Expected `datetime` with a timezone component",
        id="a date without a zone",
    ),
    pytest.param(
        f"{LEVEL}calibrations = [{{ from = 2026-02-01T00:00:00Z, mount_height_m = 2 }},"
        " { from = 2026-01-01T00:00:00Z, mount_height_m = 3 }]",
        f"{DERIVED}`: the calibrations of 'level' are out of order: the one from 2026-01-01 stands after the "
        "one from 2026-02-01; write the oldest first",
        id="calibrations out of order",
    ),
    pytest.param(
        LEVEL.replace('"level"', '"temperature"') + MOUNTED + OTHER,
        "`sources[0]`: metric 'temperature' is derived, but taken; give it a name of its own",
        id="the metric of another field",
    ),
    pytest.param(
        LEVEL.replace('"level"', '"distance"') + MOUNTED,
        f"{FIELD}`: metric 'distance' is derived, but taken; give it a name of its own",
        id="its own metric",
    ),
    pytest.param(
        f'{LEVEL}of = "depth"\n{MOUNTED}',
        f"{FIELD}`: 'level' is derived of 'depth', which is not this field's and not derived before it; "
        "name one of distance",
        id="of a metric that is not there",
    ),
    pytest.param(
        f'{LEVEL}temperature = "air"\n{MOUNTED}{OTHER}',
        "`sources[0]`: 'distance' asks for 'air', which no other field of this device is; "
        "known are temperature",
        id="a companion that is not there",
    ),
    pytest.param(
        LEVEL.replace("level_from_distance", "level_from_pressure") + f"calibrations = [{{ {SINCE} }}]",
        f"{FIELD}`: 'level' is derived of values in kPa, but it is given values in m; "
        "correct the unit of what it is derived of",
        id="a level from a pressure in cm",
    ),
    pytest.param(
        f"{PULSES}{OF_PULSES}wrap_bits = 16",
        "`sources[0].fields[1].derived[0]`: a counter that wraps needs max_l_per_min, uptime or boots, "
        "else a reset looks like a wrap",
        id="a wrap or a reset",
    ),
    pytest.param(
        "checks = { range = [450, 20] }",
        f"{FIELD}.checks`: range = [450, 20] is upside down; write the smaller number first",
        id="range upside down",
    ),
    pytest.param(
        "checks = { stuck = { for_h = 5 } }",
        f"{FIELD}.checks`: spike_window and stuck need a resolution, the smallest step the sensor shows",
        id="no resolution",
    ),
    pytest.param(
        'checks = { resolution = 1, stuck = { for_h = 5, while = "rate" } }',
        "`sources[0]`: 'distance' asks for 'rate', which no other field of this device is; known are none",
        id="stuck while what",
    ),
    pytest.param(
        "checks = { rnge = [20, 450] }",
        f"{FIELD}.checks.rnge` is no setting; did you mean `range`?",
        id="misspelt check",
    ),
]


@pytest.mark.parametrize(("more", "sentence"), MISTAKES)
def test_a_mistake_is_one_sentence(more: str, sentence: str) -> None:
    document = tomllib.loads(SOURCE + more)
    assert mistakes.find(document["sources"], list[AnySource], "sources") == [sentence]


def test_tables_and_inline_lists_mean_the_same() -> None:
    field = '[[fields]]\nfield = 2\nmetric = "distance"\nunit = "cm"\n'
    level = 'metric = "level"', 'kind = "level_from_distance"'
    calibration = SINCE, "mount_height_m = 2"
    inline = f"{{ {', '.join(level)}, calibrations = [{{ {', '.join(calibration)} }}] }}"
    table = ["[[fields.derived]]", *level, "[[fields.derived.calibrations]]", *calibration]
    assert fields_of(f"{field}derived = [{inline}]") == fields_of(field + "\n".join(table))
