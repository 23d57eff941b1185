"""Reads the entries of a feeds.json, which is one line however long the channel is."""

from collections.abc import Iterator, Sequence
from typing import BinaryIO

import msgspec

from firmware_bridge import instant
from firmware_bridge.fields import RawValue
from firmware_bridge.thingspeak_export.records import Cut, NoExport, Record, json_records, json_start

_ENTRY = msgspec.json.Decoder(dict[str, RawValue])


def records(file: BinaryIO, start: int, keys: Sequence[str]) -> Iterator[Record]:
    """The entries from `start` on, 0 being all; their values in the order of `keys`.

    Raises NoExport for a file without the list `feeds`, before the first entry.
    """
    first = json_start(file)
    if first is None:
        raise NoExport('no list "feeds" in it')
    return (_entry(cut, keys) for cut in json_records(file, max(start, first)))


def _entry(cut: Cut, keys: Sequence[str]) -> Record:
    text = cut.raw.decode("utf-8", "replace")
    try:
        if cut.wrong:
            raise ValueError(cut.wrong)
        entry = _ENTRY.decode(text)
        created_at = entry.get("created_at")
        if not isinstance(created_at, str):
            raise ValueError("no created_at in it")
        for key in keys:
            if key not in entry:
                raise ValueError(f"no {key} in it")
        return Record(cut.end, text, instant.parse(created_at), [entry[key] for key in keys])
    except ValueError as error:  # msgspec's errors are ValueErrors
        return Record(cut.end, text, wrong=str(error))
