"""Reads a key that stands alone in a file. No error shows a key."""

import re
from pathlib import Path

from firmware_bridge.source import SourceError

_LIMIT = 256  # bytes


def read_key(whose: str, setting: str, path: str, pattern: str, made_of: str) -> str:
    """`whose` key it is and what `pattern` is `made_of`, in words. Raises SourceError."""
    try:
        with Path(path).open("rb") as file:
            key = file.read(_LIMIT + 1).strip().decode("ascii", "replace")
    except OSError as error:
        # Its name is not shown: it may be the key, written where the file is meant.
        raise SourceError(
            f"{whose}: the file that {setting} names cannot be read: {error.strerror}; put the key there"
        ) from error
    if not re.fullmatch(pattern, key):
        raise SourceError(f"{whose}: {setting} {path} holds no key: {made_of} alone are one")
    return key
