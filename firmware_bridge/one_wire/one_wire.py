"""Reads DS18B20 thermometers on a 1-Wire bus, as Linux shows them in sysfs."""

import asyncio
import contextlib
import logging
import re
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, NamedTuple, Self

import msgspec
from msgspec import Meta

from firmware_bridge.fields import Measure, check, measures_of, points_of
from firmware_bridge.heard import shown
from firmware_bridge.instant import now_ms
from firmware_bridge.one_wire import ds18b20
from firmware_bridge.reject_fold import Fold
from firmware_bridge.source import Name, Put, Reject, SourceError
from protocol.reading import Label, Point, Reading

log = logging.getLogger(__name__)

# A conversion takes 0.75 s, and the sensors of a bus take turns; the kernel repeats a broken one by itself.
READ_S = 30.0
SHOWN_LIMIT = 4096  # bytes: sysfs shows a page at most

GONE = "it is not on the bus; check its cable and its id"
SILENT = f"it did not answer within {READ_S:g} s; check its cable"

_ID = re.compile(r"28-[0-9a-f]{12}")


class Sensor(Measure, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A thermometer by the number that is burned into it."""

    id: Annotated[str, Meta(pattern=r"^28-[0-9a-f]{12}$")]  # its folder in sysfs
    device: Label
    metric: Label = "temperature"
    unit: Literal["degC"] = "degC"


class OneWire(
    msgspec.Struct, tag_field="kind", tag="one_wire", frozen=True, kw_only=True, forbid_unknown_fields=True
):
    name: Name
    root: Annotated[str, Meta(min_length=1)] = "/sys/bus/w1/devices"
    every_s: Annotated[float, Meta(ge=1, le=86_400)] = 60.0
    sensors: Annotated[list[Sensor], Meta(min_length=1, max_length=64)]

    def __post_init__(self) -> None:
        ids = [sensor.id for sensor in self.sensors]
        if twice := [sensor_id for sensor_id in ids if ids.count(sensor_id) > 1]:
            raise ValueError(f"sensor {twice[0]} is there twice; name each sensor once")
        for device in {sensor.device for sensor in self.sensors}:
            check([sensor for sensor in self.sensors if sensor.device == device])

    def located(self, folder: Path) -> Self:
        return msgspec.structs.replace(self, root=str(folder / self.root))

    def points(self) -> list[Point]:
        return [p for sensor in self.sensors for p in points_of(sensor.device, [sensor], self.every_s)]

    def measures(self) -> dict[str, Measure]:
        return {k: m for sensor in self.sensors for k, m in measures_of(sensor.device, [sensor]).items()}

    async def feed(self, put: Put, cursor: str | None) -> None:
        root = Path(self.root)
        if not await asyncio.to_thread(root.is_dir):
            raise SourceError(
                f"{self.root} is not there; write dtoverlay=w1-gpio into /boot/firmware/config.txt "
                "and restart the Pi"
            )
        found: asyncio.Queue[_Outcome] = asyncio.Queue(len(self.sensors))
        probes = [_Probe(self.name, sensor, root, found) for sensor in self.sensors]
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._measure(root, probes, tasks), name=f"measure {self.name}")
            while True:
                outcomes = [await found.get()]
                while not found.empty():
                    outcomes.append(found.get_nowait())
                readings = [reading for outcome in outcomes for reading in outcome.readings]
                rejects = [reject for outcome in outcomes for reject in outcome.rejects]
                if readings or rejects:
                    await put(readings, None, rejects)

    async def _measure(self, root: Path, probes: Sequence["_Probe"], tasks: asyncio.TaskGroup) -> None:
        """All sensors again and again; one that is silent is left alone, and keeps nobody waiting."""
        known = {sensor.id for sensor in self.sensors}
        while True:
            for probe in probes:
                if not probe.is_busy:
                    tasks.create_task(probe.measure(), name=f"measure {probe.sensor.id}")
            for stranger in await asyncio.to_thread(_there, root) - known:
                log.info("source %s: %s is there and not in the settings", self.name, stranger)
                known.add(stranger)
            await asyncio.sleep(self.every_s)


class _Outcome(NamedTuple):
    """What came of asking a sensor."""

    readings: list[Reading]
    rejects: list[Reject]


class _Silent(Exception):
    """The sensor gave nothing at all; why, and the next step."""


class _Probe:
    """One sensor, and what is remembered of it."""

    def __init__(self, source: str, sensor: Sensor, root: Path, found: asyncio.Queue[_Outcome]) -> None:
        self.sensor = sensor
        self._is_measuring = False
        self._is_asking = False  # perhaps for longer than anybody waits
        self._source = source
        self._path = root / sensor.id / "w1_slave"
        self._found = found
        self._fold = Fold()
        self._before: float | None = None  # the last good temperature, °C
        self._heard = ""

    @property
    def is_busy(self) -> bool:
        return self._is_measuring or self._is_asking

    async def measure(self) -> None:
        """Hand over what it measures now; what it does not is a reject."""
        self._is_measuring = True
        readings, now_s = [], asyncio.get_running_loop().time()
        try:
            readings.append(self._reading(await self._temperature()))
        except (ds18b20.Garbled, _Silent) as error:
            self._fold.add(str(error), Reject(self.sensor.id, self._heard, str(error)), now_s)
        await self._found.put(_Outcome(readings, self._fold.due(now_s)))  # waits while the store takes none
        self._is_measuring = False

    def _reading(self, temperature: float | None) -> Reading:
        quality = ds18b20.quality(temperature, self._before)
        if not quality:
            self._before = temperature
        return Reading(f"{self.sensor.device}/{self.sensor.metric}", now_ms(), temperature, int(quality))

    async def _temperature(self) -> float | None:
        """°C; None where the sensor has none."""
        try:
            return ds18b20.decode(await self._read())
        except ds18b20.Garbled:  # a click on a long cable, more often than not
            return ds18b20.decode(await self._read())

    async def _read(self) -> bytes:
        self._heard = ""
        try:
            async with asyncio.timeout(READ_S):
                found = await self._ask()
        except TimeoutError as error:
            raise _Silent(SILENT) from error
        except FileNotFoundError as error:
            raise _Silent(GONE) from error
        except OSError as error:
            raise _Silent(f"it cannot be read ({error.strerror}); check its cable") from error
        self._heard = shown(found)
        log.debug("%s: %s %s", self._source, self.sensor.id, self._heard)
        return found

    def _ask(self) -> asyncio.Future[bytes]:
        """In a thread that nobody waits for at the end: a bus may hang, and the agent must stop."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[bytes] = loop.create_future()
        self._is_asking = True

        def told(result: bytes | OSError) -> None:
            self._is_asking = False
            if answer.done():  # too late
                return
            if isinstance(result, OSError):
                answer.set_exception(result)
            else:
                answer.set_result(result)

        def work() -> None:
            with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(told, _shown(self._path))

        threading.Thread(target=work, name=f"read {self.sensor.id}", daemon=True).start()
        return answer


def _shown(path: Path) -> bytes | OSError:
    try:
        with path.open("rb") as file:
            return file.read(SHOWN_LIMIT)
    except OSError as error:
        return error


def _there(root: Path) -> set[str]:
    try:
        return {path.name for path in root.iterdir() if _ID.fullmatch(path.name)}
    except OSError:  # the sensors say it each by itself
        return set()
