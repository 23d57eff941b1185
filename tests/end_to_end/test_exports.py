"""Every export through agent, link and cloud: the rows in the database are what the rules make of it."""

from pathlib import Path

import pytest

from tests.end_to_end import export_reader
from tests.end_to_end.export_reader import Expected
from tests.faults import stored
from tests.faults.case import Form, case
from tests.faults.community import Community, agent
from tests.faults.run import Run
from tests.faults.system import System
from tests.faults.ways import PAIRS, Way
from tests.waiting import until_async

SMALL = [Path(__file__).with_name("small_export.csv")]
SHARED = Path(__file__).parents[3] / "shared" / "data" / "thingspeak"
DRAIN_S = 100.0

# (values, faults) of a field, counted by hand; rows that give nothing at all.
KNOWN = {
    "small_export": ({"field1": (4, 1), "field2": (6, 1)}, 1),
    "hydroponics_nan_newlines": ({"field1": (4454, 96), "field2": (4454, 96), "field3": (4454, 96)}, 1),
    "level_quoted_rows": ({"field1": (912, 0), "field7": (912, 0)}, 0),
    "aquaponics_decimal_comma": ({"field1": (0, 0), "field3": (3, 0), "field4": (3, 0)}, 10_820),
}

pytestmark = [pytest.mark.timeout(300), pytest.mark.parametrize(("form", "way"), PAIRS)]


async def test_a_small_export_arrives(form: Form, way: Way) -> None:
    await _replay(form, way, SMALL)


async def test_every_export_arrives(form: Form, way: Way) -> None:
    exports = sorted([*SHARED.glob("*.csv"), *SHARED.glob("*.json")])
    if not exports:
        pytest.skip(f"the exports are not at {SHARED}")
    await _replay(form, way, exports)


async def _replay(form: Form, way: Way, exports: list[Path]) -> None:
    wanted = {path.stem: export_reader.read(path) for path in exports}
    _check_reader(wanted)
    async with case(form, Run(seed=0, gateways=1), connected=False) as one:
        with way(one.system) as (_, cloud):
            async with agent(one.system, cloud, "".join(_source(path) for path in exports)) as running:
                await _until_stored(one.system, running, sum(len(each.readings) for each in wanted.values()))
                await running.until_settled(30)
                rejects = await running.rejects()
        there = await stored.look(one.system.database)
    found = {(point, at): value for point, at, value in there.readings}
    for name, expected in wanted.items():
        rows = {
            (point.split("/")[1], at): value
            for (point, at), value in found.items()
            if point.startswith(f"{name}/")
        }
        assert rows == expected.readings, f"{name}: {_difference(rows, expected)}"
    assert len(there.readings) == sum(len(each.readings) for each in wanted.values())
    assert (there.aside, there.rejected, there.losses) == ([], [], [])
    assert rejects == sum(each.bad_rows for each in wanted.values())


def _check_reader(wanted: dict[str, Expected]) -> None:
    """The second reader reads what was counted by hand: two readers with one mistake would agree."""
    for name, (counts, bad_rows) in KNOWN.items():
        if name in wanted:
            assert {field: wanted[name].count(field) for field in counts} == counts
            assert wanted[name].bad_rows == bad_rows


async def _until_stored(system: System, running: Community, count: int) -> None:
    async def all_there() -> bool:
        (rows,) = (await stored.query(system.database, "SELECT count(*) FROM reading"))[0]
        return bool(rows >= count)

    try:
        await until_async(all_there, DRAIN_S)
    except TimeoutError:
        raise AssertionError(f"not all rows came; the agent's log:\n{running.process.tail()}") from None


def _source(path: Path) -> str:
    names = export_reader.fields(path)
    fields = ", ".join(f'{{field={name.removeprefix("field")}, metric="{name}"}}' for name in names)
    return f'''
[[sources]]
kind = "thingspeak_export"
name = "{path.stem}"
path = "{path}"
device = "{path.stem}"
fields = [{fields}]
'''


def _difference(rows: dict[tuple[str, int], float | None], expected: Expected) -> str:
    missing = [item for item in expected.readings.items() if item not in rows.items()]
    extra = [item for item in rows.items() if item not in expected.readings.items()]
    return f"{len(missing)} missing, first {missing[:3]}; {len(extra)} too many, first {extra[:3]}"
