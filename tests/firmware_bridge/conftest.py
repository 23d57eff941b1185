"""A Raspberry Pi's pins, as gpiozero has them for tests."""

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture
def board() -> Iterator[Any]:
    """The pins that gpiozero uses: `board.pin(17).drive_low()` is what a contact to ground does."""
    import gpiozero  # type: ignore[import-untyped]
    from gpiozero.pins.mock import MockFactory  # type: ignore[import-untyped]

    gpiozero.Device.pin_factory = MockFactory()
    yield gpiozero.Device.pin_factory
    gpiozero.Device.pin_factory.close()
    gpiozero.Device.pin_factory = None
