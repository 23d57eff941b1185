"""What a configuration may say of a bus, and how a mistake in it is named."""

import subprocess
import sys
from typing import Any

import msgspec
import pytest

from firmware_bridge.modbus.modbus import Modbus

LEVEL = {"metric": "level", "unit": "cm", "register": 0}
DEVICE = {"device": "oht-1", "unit_id": 1, "first_register": 0, "values": [LEVEL]}
BUS = {"kind": "modbus", "name": "bus", "port": "/dev/ttyUSB0", "devices": [DEVICE]}
TCP = {"kind": "modbus", "name": "bus", "address": "tcp://192.168.1.20:502", "devices": [DEVICE]}


def with_devices(*devices: dict[str, Any], bus: dict[str, Any] = BUS) -> dict[str, Any]:
    return bus | {"devices": [DEVICE | device for device in devices]}


MISTAKES = [
    pytest.param(BUS | {"address": "tcp://a"}, "name either address", id="two links"),
    pytest.param({"kind": "modbus", "name": "bus", "devices": [DEVICE]}, "name either address", id="no link"),
    pytest.param(TCP | {"baud": 19_200}, "those of a port", id="a baud rate over TCP"),
    pytest.param(TCP | {"address": "192.168.1.20"}, "address", id="an address without its kind"),
    pytest.param(TCP | {"address": "tcp://a..b"}, "no host name", id="a name that is none"),
    pytest.param(TCP | {"address": "tcp://a:99999"}, "Port out of range", id="a port that is none"),
    pytest.param(BUS | {"port": "COM3"}, "port", id="a port of another system"),
    pytest.param(BUS | {"baud": 9601}, "9601", id="a baud rate that nobody has"),
    pytest.param(BUS | {"parity": "N"}, "parity", id="parity is written out"),
    pytest.param(with_devices({"unit_id": 0}), "has 1 to 247", id="unit 0 is everybody"),
    pytest.param(with_devices({"unit_id": 300}, bus=TCP), "unit_id", id="no such unit"),
    pytest.param(with_devices({"values": [LEVEL, LEVEL]}), "'level' is given to two", id="a point twice"),
    pytest.param(with_devices({}, {"unit_id": 2}), "'level' is given to two", id="twice in two tables"),
    pytest.param(with_devices({"registr": 1}), "registr", id="misspelt"),
    pytest.param(
        BUS | {"devices": [{"device": "a", "unit_id": 1, "values": [LEVEL]}]},
        "first_register",
        id="how the manual counts is never guessed",
    ),
]


@pytest.mark.parametrize(("settings", "sentence"), MISTAKES)
def test_a_mistake_is_named(settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=sentence):
        msgspec.convert(settings, Modbus)


def test_points_and_measures_are_known_from_the_settings_alone() -> None:
    second = {"every_s": 5, "values": [{"metric": "temperature", "unit": "degF", "register": 1}]}
    bus = msgspec.convert(with_devices({}, second), Modbus)
    assert [(point.name, point.unit, point.interval_s) for point in bus.points()] == [
        ("oht-1/level", "m", 60),
        ("oht-1/temperature", "°C", 5),
    ]
    assert list(bus.measures()) == ["oht-1/level", "oht-1/temperature"]


def test_unit_0_and_255_are_devices_over_tcp() -> None:
    msgspec.convert(with_devices({"unit_id": 255}, bus=TCP), Modbus)
    msgspec.convert(with_devices({"unit_id": 0}, bus=TCP | {"address": "rtu+tcp://plant"}), Modbus)


def test_an_agent_without_a_bus_does_not_pay_for_it() -> None:
    code = "import sys, firmware_bridge.sources; sys.exit('pymodbus' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
