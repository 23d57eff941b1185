"""What time it is, on the wall and since boot, and whether the wall clock may be believed."""

import ctypes
import time
from functools import cache
from pathlib import Path

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")

# adjtimex(2): the state it returns while nothing disciplines the clock.
_TIME_ERROR = 5


def now_ms() -> int:
    """Wall time, ms since 1970, UTC."""
    return time.time_ns() // 1_000_000


def boot_ms() -> int:
    """ms since boot, counting sleep: the one clock of a Pi that nobody can set."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000


@cache
def boot_id() -> str:
    """The kernel's name for this boot, 32 hex digits."""
    return _BOOT_ID.read_text("ascii").strip().replace("-", "")


class _Timex(ctypes.Structure):
    """struct timex, of which only `modes` is set: 0 asks and changes nothing. Larger than any libc's."""

    _fields_ = (("modes", ctypes.c_uint), ("rest", ctypes.c_char * 508))


def is_synchronised() -> bool:
    """Whether something (NTP, a GPS receiver) keeps the kernel's clock right."""
    return bool(ctypes.CDLL(None).adjtimex(ctypes.byref(_Timex())) not in (-1, _TIME_ERROR))
