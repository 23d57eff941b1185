"""Golden cases: devices as they are, settings as a technician writes them, what comes of it.

A case is a folder with `source.toml`, the settings without the link; `registers.json`, what stands in which
unit's tables on the wire, in hex; `expected.json`, the readings as [point, value, quality words] and the
rejects as [where, text, reason]. The devices are pymodbus's simulator.
"""

import tomllib
from pathlib import Path

import msgspec
import pytest
from pymodbus.simulator import SimDevice

from firmware_bridge.modbus.modbus import Modbus
from protocol.reading import words
from tests.firmware_bridge.modbus_plant import device, reading, serial_plant, tcp_plant
from tests.firmware_bridge.taken import Taken
from tests.waiting import until_async

CASES = Path(__file__).parent / "cases" / "modbus"
Tables = dict[str, dict[str, list[str]]]  # holding, inputs, bits, coils -> first on the wire -> words in hex


def devices(case: Path) -> list[SimDevice]:
    units = msgspec.json.decode((case / "registers.json").read_bytes(), type=dict[str, Tables])
    return [
        device(
            int(unit),
            **{
                table: {int(start): [int(word, 16) for word in some] for start, some in blocks.items()}
                for table, blocks in tables.items()
            },
        )
        for unit, tables in units.items()
    ]


@pytest.mark.parametrize("case", sorted(CASES.iterdir()), ids=lambda case: case.name)
async def test_case(case: Path) -> None:
    expected = msgspec.json.decode((case / "expected.json").read_bytes())
    settings = tomllib.loads((case / "source.toml").read_text())
    is_serial = "port" in settings
    async with (serial_plant if is_serial else tcp_plant)(*devices(case)) as plant:
        taken, bus = Taken(), msgspec.convert(settings | plant.link, Modbus)
        async with reading(bus, taken):
            await until_async(lambda: taken.sizes, 10, "a round")
    assert [[one.point, one.value, words(one.quality)] for one in taken.readings] == expected["readings"]
    assert [[one.where, one.text, one.reason] for one in taken.rejects] == expected["rejects"]
