"""Counts the pulses on pins of a Raspberry Pi. Knows no totals and no cursor."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from typing import Any, NamedTuple

from firmware_bridge.source import SourceError


class Pin(NamedTuple):
    number: int  # BCM's: GPIO17 is 17
    pull_up: bool
    bounce_s: float | None  # how long its level must stay to be one; None: any change is one


class Count:
    """Pulses since its pin was opened. One thread of gpiozero's counts, others look, without a lock."""

    def __init__(self) -> None:
        self.pulses = 0

    def add(self) -> None:
        self.pulses += 1


@asynccontextmanager
async def open_pins(pins: Sequence[Pin]) -> AsyncIterator[list[Count]]:
    """A count for each pin. Raises SourceError."""
    with ExitStack() as devices:
        # In a thread: to load gpiozero takes a Pi half a second.
        yield await asyncio.to_thread(_open, pins, devices)


def _open(pins: Sequence[Pin], devices: ExitStack) -> list[Count]:
    gpiozero, refusals = _library()
    counts = []
    for pin in pins:
        count = Count()
        try:
            device = gpiozero.DigitalInputDevice(pin.number, pull_up=pin.pull_up, bounce_time=pin.bounce_s)
            devices.callback(device.close)
            device.when_activated = count.add
        except refusals as error:
            raise SourceError(
                f"GPIO{pin.number} can't be used ({error}); correct pin or pull_up, "
                "and let no other program have it"
            ) from error
        counts.append(count)
    return counts


def _library() -> tuple[Any, tuple[type[Exception], ...]]:
    """gpiozero, with its pins opened; and what it raises."""
    import gpiozero  # type: ignore[import-untyped]

    if gpiozero.Device.pin_factory is not None:
        return gpiozero, _refusals(gpiozero)
    # Not the first of gpiozero's own choice that loads: its last resort looks at pins now and then.
    try:
        from gpiozero.pins.lgpio import LGPIOFactory  # type: ignore[import-untyped]
    except ImportError as error:
        raise SourceError(
            f"there are no pins to count on ({error}); pulses are counted on a Raspberry Pi with lgpio"
        ) from error
    except OSError as error:  # it makes a pipe as it loads
        raise SourceError(
            f"lgpio can't write where the agent was started ({error.strerror}); "
            "start it in a folder that its user may write"
        ) from error
    refusals = _refusals(gpiozero)
    try:
        gpiozero.Device.pin_factory = LGPIOFactory()
    except refusals as error:
        raise SourceError(
            f"the pins can't be used ({error}); add the agent's user to group gpio and start the agent again"
        ) from error
    return gpiozero, refusals


def _refusals(gpiozero: Any) -> tuple[type[Exception], ...]:
    try:
        import lgpio  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        return (gpiozero.GPIOZeroError, OSError)
    return (gpiozero.GPIOZeroError, OSError, lgpio.error)
