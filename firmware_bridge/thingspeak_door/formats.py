"""Answers as JSON, CSV and XML, in ThingSpeak's shapes. Pure: it knows nothing of requests or stores."""

import re
from collections.abc import Mapping, Sequence

import msgspec

Row = Mapping[str, str | int | None]  # in the order in which it is written

_XML_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
# XML 1.0 has no place for these at all, not even escaped.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_XML_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
# How Rails marks what is no text.
_XML_TYPES = {
    "created-at": "dateTime",
    "updated-at": "dateTime",
    "latitude": "decimal",
    "longitude": "decimal",
}


def json_row(row: Row) -> bytes:
    return msgspec.json.encode(row)


def json_feed(channel: Row, rows: Sequence[Row]) -> bytes:
    return msgspec.json.encode({"channel": channel, "feeds": rows})


def csv_rows(columns: Sequence[str], rows: Sequence[Row]) -> bytes:
    lines = [",".join(columns)] + [",".join(_csv(row[column]) for column in columns) for row in rows]
    return "".join(f"{line}\n" for line in lines).encode()


def xml_row(tag: str, row: Row) -> bytes:
    return f"{_XML_HEAD}<{tag}>\n{_xml(row, '  ')}</{tag}>\n".encode()


def xml_feed(channel: Row, rows: Sequence[Row]) -> bytes:
    feeds = "".join(f"    <feed>\n{_xml(row, '      ')}    </feed>\n" for row in rows)
    array = f'  <feeds type="array">\n{feeds}  </feeds>\n' if rows else '  <feeds type="array"/>\n'
    return f"{_XML_HEAD}<channel>\n{_xml(channel, '  ')}{array}</channel>\n".encode()


def _csv(value: str | int | None) -> str:
    """Null is empty; the csv module would leave a lone carriage return without quotes."""
    text = "" if value is None else str(value)
    return '"' + text.replace('"', '""') + '"' if re.search('[",\r\n]', text) else text


def _xml(row: Row, indent: str) -> str:
    return "".join(f"{indent}{_element(key.replace('_', '-'), value)}\n" for key, value in row.items())


def _element(tag: str, value: str | int | None) -> str:
    if value is None:
        return f'<{tag} nil="true"/>'
    kind = _XML_TYPES.get(tag) or ("integer" if isinstance(value, int) else "")
    text = _NO_XML.sub("\ufffd", str(value)).translate(_XML_ESCAPES)
    return f'<{tag} type="{kind}">{text}</{tag}>' if kind else f"<{tag}>{text}</{tag}>"
