"""Reads meters and controllers over Modbus: RTU on a serial line (RS-485), or TCP."""

from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from firmware_bridge.fields import Measure, check, measures_of, points_of
from firmware_bridge.modbus.plan import Device
from firmware_bridge.source import Name, Put
from protocol.hosts import is_name
from protocol.reading import Point

Baud = Literal[1200, 2400, 4800, 9600, 19_200, 38_400, 57_600, 115_200]
Parity = Literal["none", "even", "odd"]


class Modbus(
    msgspec.Struct, tag_field="kind", tag="modbus", frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """One bus. Only one source may use a port, so all its devices stand here."""

    name: Name
    # tcp://192.168.1.20:502; rtu+tcp:// for a converter that only passes on what the serial line says.
    address: Annotated[str, Meta(pattern=r"^(tcp|rtu\+tcp)://[^/?#@\s]+$", max_length=300)] | None = None
    port: Annotated[str, Meta(pattern=r"^/", max_length=300)] | None = None  # /dev/serial/by-id/…
    baud: Baud = 9600  # of the port, and all its devices
    parity: Parity = "none"  # meters often have "even"
    stop_bits: Literal[1, 2] = 1
    every_s: Annotated[float, Meta(ge=0.1, le=86_400)] = 60.0
    # How long a device may think. A radio between the two ends needs more.
    timeout_s: Annotated[float, Meta(ge=0.05, le=5.0)] = 1.0
    devices: Annotated[list[Device], Meta(min_length=1, max_length=247)]

    def __post_init__(self) -> None:
        if (self.address is None) == (self.port is None):
            raise ValueError('name either address = "tcp://192.168.1.20:502" or port = "/dev/ttyUSB0"')
        if self.address:
            self._check_address(self.address)
        else:
            self._check_units()
        for measures in self._by_device().values():
            check(measures)

    def located(self, folder: Path) -> Self:
        return self

    def points(self) -> list[Point]:
        return [
            point
            for device in self.devices
            for point in points_of(device.device, device.values, device.every_s or self.every_s)
        ]

    def measures(self) -> dict[str, Measure]:
        return {
            point: measure
            for device, measures in self._by_device().items()
            for point, measure in measures_of(device, measures).items()
        }

    async def feed(self, put: Put, cursor: str | None) -> None:
        # Here, for pymodbus: a good part of a Pi's start, and most agents have no bus.
        from firmware_bridge.modbus.bus import Bus
        from firmware_bridge.modbus.link import Line, Link

        place = self.address or Line(self.port or "", self.baud, self.parity, self.stop_bits)
        link = Link(place, self.timeout_s)
        try:
            devices = [(device, device.every_s or self.every_s) for device in self.devices]
            await Bus(self.name, link, devices, self._hint).run(put)
        finally:
            link.close()

    @property
    def _hint(self) -> str:
        """What is wrong where nobody answers."""
        if self.port:
            return (
                f"on {self.port} at {self.baud} baud, parity {self.parity}; check their power, "
                "whether the wires A and B are swapped, baud and parity, and unit_id"
            )
        return f"at {self.address}; check unit_id, and what is wired behind that address"

    def _by_device(self) -> dict[str, list[Measure]]:
        """A device may stand in several tables."""
        measures: dict[str, list[Measure]] = {}
        for device in self.devices:
            measures.setdefault(device.device, []).extend(device.values)
        return measures

    def _check_address(self, address: str) -> None:
        url = urlsplit(address)
        # `port` is checked when it is asked for.
        if not is_name(url.hostname or "") or url.port == 0:
            raise ValueError(f"address {address} has no host name that can be looked up")
        if (self.baud, self.parity, self.stop_bits) != (9600, "none", 1):
            raise ValueError("baud, parity and stop_bits are those of a port; an address has none")

    def _check_units(self) -> None:
        for device in self.devices:
            if not 1 <= device.unit_id <= 247:
                raise ValueError(f"unit_id {device.unit_id} of {device.device}: a serial line has 1 to 247")
