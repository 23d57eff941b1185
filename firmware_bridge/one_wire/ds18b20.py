"""Decodes what Linux's w1_therm shows of a DS18B20 in `w1_slave`. Pure: bytes in, a temperature out."""

import re

from protocol.reading import Quality

# 4d 01 4b 46 7f ff 0c 10 8e : crc=8e YES
# 4d 01 4b 46 7f ff 0c 10 8e t=20812
_SHOWN = re.compile(
    rb"((?:[0-9a-f]{2} ){9}): crc=[0-9a-f]{2} (YES|NO)\n(?:[0-9a-f]{2} ){9}t=(-?[0-9]{1,6})\n?", re.IGNORECASE
)

LEAST, MOST = -55.0, 125.0  # °C; outside it the chip measures nothing: -127 disconnected, 127.94 failed
POWER_ON = 85.0  # °C in its register from power-on until a conversion ends
NEAR = 5.0  # K from one reading to the next: then 85 °C was measured

WRONG_CHECKSUM = "its checksum is wrong: a long or bad cable, or a pull-up of another value than 4.7 kOhm"
NOTHING = "no DS18B20's answer"


class Garbled(Exception):
    """What was read is no temperature; why, and what to look at."""


def decode(shown: bytes) -> float | None:
    """°C; None where the sensor says that it has none. Raises Garbled."""
    match = _SHOWN.fullmatch(shown)
    if match is None:
        raise Garbled(NOTHING)
    register, is_right, thousandths = match.groups()
    if is_right.upper() != b"YES":
        raise Garbled(WRONG_CHECKSUM)
    # The checksum of nothing but zeros is right: a data line that lies at ground would measure 0 °C.
    if not register.strip(b"0 "):
        return None
    temperature = int(thousandths) / 1000
    return temperature if LEAST <= temperature <= MOST else None


def quality(temperature: float | None, before: float | None) -> Quality:
    """`before` is the last good one; None: there was none yet."""
    if temperature is None:
        return Quality.FAULT
    if temperature == POWER_ON and (before is None or abs(before - POWER_ON) > NEAR):
        return Quality.SUSPECT
    return Quality.GOOD
