"""Bytes as they come off a link, cut into lines. Pure; bounded whatever comes."""

import re
from typing import NamedTuple

LINE_LIMIT = 1024  # bytes: a LoRa packet has 255, an ESP writes its boot text in lines of 80

TOO_LONG = f"no line end within {LINE_LIMIT} bytes: noise, or another baud"

_ENDS = re.compile(rb"[\r\n]+")  # LF, CRLF and CR: an empty line is none


class Cut(NamedTuple):
    raw: bytes
    wrong: str = ""  # why it is no line


class Splitter:
    """Drops what comes before the first line end: it may be half a line, and half a number is a number."""

    def __init__(self) -> None:
        self._rest = b""
        self._is_skipping = True  # up to the next line end

    def begin_whole(self) -> None:
        """Nothing was being said when the link was opened: the first byte begins a line."""
        self._is_skipping = False

    def split(self, data: bytes) -> list[Cut]:
        """The lines that end in `data`."""
        # NULs are what a UART makes of a break, and of a node that is being plugged in.
        *pieces, rest = _ENDS.split(self._rest + data.replace(b"\0", b""))
        if pieces and self._is_skipping:
            pieces, self._is_skipping = pieces[1:], False
        cuts = [Cut(piece) if len(piece) <= LINE_LIMIT else _long(piece) for piece in pieces if piece.strip()]
        if self._is_skipping:
            rest = b""
        elif len(rest) > LINE_LIMIT:
            cuts.append(_long(rest))
            rest, self._is_skipping = b"", True
        self._rest = rest
        return cuts


def _long(piece: bytes) -> Cut:
    return Cut(piece[:LINE_LIMIT], TOO_LONG)
