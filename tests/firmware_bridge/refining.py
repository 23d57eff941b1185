"""A source's stage as a configuration makes it, and readings for it."""

import tomllib
from collections.abc import Sequence

import msgspec

from firmware_bridge.fields import Field, check, measures_of
from firmware_bridge.refine.stage import Refined, Stage
from protocol.reading import Quality, Reading

AT, SECOND, MINUTE, HOUR, DAY = 1_767_225_600_000, 1_000, 60_000, 3_600_000, 86_400_000  # AT is 2026-01-01
LATEST = AT + 1_000 * DAY
SINCE = "from = 2020-01-01T00:00:00Z"
LEVEL = (
    f'kind = "level_from_distance"\ncalibrations = [{{ {SINCE}, mount_height_m = 2.1, tank_height_m = 1.8 }}]'
)

Row = dict[str, float | None]  # metric -> value in the canonical unit; None: a fault


def toml_of(unit: str, derived: str, more: str = "") -> str:
    """A field `raw` with one derived point `it`."""
    return f"""
    [[fields]]
    field = 1
    metric = "raw"
    unit = "{unit}"
    [[fields.derived]]
    metric = "it"
    {derived}
    {more}
    """


def fields_of(toml: str) -> list[Field]:
    """The fields of a device, as they stand below [[fields]] in TOML."""
    fields = msgspec.convert(tomllib.loads(toml)["fields"], list[Field])
    check(fields)
    return fields


def stage_of(toml: str) -> Stage:
    return Stage(measures_of("d", fields_of(toml)))


def readings(at: int, row: Row, quality: Quality = Quality.GOOD) -> list[Reading]:
    return [
        Reading(f"d/{metric}", at, value, int(Quality.FAULT if value is None else quality))
        for metric, value in row.items()
    ]


def feed(stage: Stage, rows: Sequence[Row], every_ms: int = MINUTE, first: int = AT) -> list[Refined]:
    """What becomes of rows that come one by one."""
    return [stage.refine(readings(first + place * every_ms, row), LATEST) for place, row in enumerate(rows)]


def shown(refined: Sequence[Refined], metric: str) -> list[str]:
    """A point's values with a letter for suspect or fault: 1.5, 1.7s, f."""
    return [_text(reading) for one in refined for reading in one.readings if reading.point == f"d/{metric}"]


def reasons(refined: Sequence[Refined]) -> list[str]:
    return [reject.reason for one in refined for reject in one.rejects]


def _text(reading: Reading) -> str:
    if reading.value is None:
        assert reading.quality & Quality.FAULT
        return "f"
    return f"{reading.value:g}{'s' if reading.quality & Quality.SUSPECT else ''}"
