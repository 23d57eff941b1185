"""Why a serial port can't be opened, in words for whoever stands in front of it."""

import errno
import os

STAYS = "its name under /dev/serial/by-id stays the same when it is plugged in again"
_GONE = f"it is not there; plug it in or correct port ({STAYS})"
_FORBIDDEN = "permission denied; add the agent's user to group dialout and start the agent again"
_TAKEN = "another program has it open; stop that one"
_REASONS = {
    errno.ENOENT: _GONE,
    errno.ENODEV: _GONE,
    errno.ENXIO: _GONE,
    errno.EACCES: _FORBIDDEN,
    errno.EPERM: _FORBIDDEN,
    errno.EBUSY: _TAKEN,
    errno.EAGAIN: _TAKEN,
}


def reason(error: Exception) -> str:
    """The reason and the next step, for an OSError, a ValueError or a termios.error."""
    if isinstance(error, ValueError):
        return "it can't be set to that speed; correct baud"
    number = error.errno if isinstance(error, OSError) else None
    if number is None:  # pyserial's, and termios', where it took no settings
        return "it is no serial port; correct port"
    return _REASONS.get(number, f"{os.strerror(number)}; correct port")
