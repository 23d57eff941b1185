"""What was found, written as it was asked for. Pure.

What does not exist is -1 with 404, so that no client takes -1 for a value.
"""

from collections.abc import Sequence

import msgspec

from firmware_bridge.history import ChannelFacts, Entry
from firmware_bridge.lan.http import CSV, JSON, TEXT, XML, Response
from firmware_bridge.thingspeak_door import formats, moment, rows
from firmware_bridge.thingspeak_door.channel import Channel
from firmware_bridge.thingspeak_door.formats import Row
from firmware_bridge.thingspeak_door.paths import Asked
from firmware_bridge.thingspeak_door.query import Query

_JAVASCRIPT = "application/javascript; charset=utf-8"

NOT_FOUND = Response(status=404, body=b"-1")


class Answers(msgspec.Struct, frozen=True):
    """To one question about one channel."""

    asked: Asked
    query: Query
    channel: Channel
    facts: ChannelFacts

    def channel_view(self) -> Response:
        return self._row("channel", self._channel_row())

    def feed(self, entries: Sequence[Entry]) -> Response:
        found = rows.feed_rows(entries, self._shown(), self.query, self._stamp)
        if self.asked.extension == "csv":
            columns = rows.columns_of(self._shown(), self.query)
            return Response(body=formats.csv_rows(columns, found), content_type=CSV)
        about = rows.name_row(self.channel) if self.asked.place == "status" else self._channel_row()
        if self.asked.extension == "xml":
            return Response(body=formats.xml_feed(about, found), content_type=XML)
        return self._json(formats.json_feed(about, found))

    def single(self, entry: Entry) -> Response:
        """A single field in a form without names is its bare value."""
        row = rows.entry_row(entry, self._shown(), self.query, self._stamp)
        if self.asked.field is None or self.asked.extension not in ("", "txt"):
            return self._row("feed", row)
        value = row[f"field{self.asked.field}"]
        return NOT_FOUND if value is None else Response(body=str(value).encode())

    def age(self, entry: Entry, now: int) -> Response:
        """In whole seconds; 0 where the device's clock is a little ahead."""
        age_s = str(max(0, now - entry.at) // 1000)
        if self.asked.extension in ("", "txt"):
            return Response(body=age_s.encode())
        return self._row("feed", {"last_data_age": age_s, "last_data_age_units": "s"})

    def _shown(self) -> list[int]:
        if self.asked.place == "status":
            return []
        return rows.fields_of(self.channel, self.facts) if self.asked.field is None else [self.asked.field]

    def _channel_row(self) -> Row:
        row = rows.channel_row(self.channel, self.facts, self._stamp)
        # A channel of the gateway has none.
        return {**row, "metadata": None} if self.query.metadata else row

    def _row(self, tag: str, row: Row) -> Response:
        if self.asked.extension == "csv":
            return Response(body=formats.csv_rows(list(row), [row]), content_type=CSV)
        if self.asked.extension == "xml":
            return Response(body=formats.xml_row(tag, row), content_type=XML)
        return self._json(formats.json_row(row))

    def _json(self, body: bytes) -> Response:
        """Also for .txt and for no extension, where what was asked for has no text of its own."""
        if self.query.callback:
            return Response(body=b"%s(%s)" % (self.query.callback.encode(), body), content_type=_JAVASCRIPT)
        return Response(body=body, content_type=TEXT if self.asked.extension == "txt" else JSON)

    def _stamp(self, at: int) -> str:
        write = moment.csv_text if self.asked.extension == "csv" else moment.text
        return write(at, self.query.zone)
