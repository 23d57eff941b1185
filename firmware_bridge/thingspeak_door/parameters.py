"""What a request says: in its query, in a form, in JSON, or in all of them. Pure."""

from collections.abc import Mapping

import msgspec

from firmware_bridge.lan.form import form
from firmware_bridge.lan.request import Request

_RECORD = msgspec.json.Decoder(dict[str, msgspec.Raw])
_TEXT = msgspec.json.Decoder(str)


def parameters_of(request: Request) -> dict[str, str]:
    """Of a name that stands in both, the body's value. Raises ValueError for JSON that can't be read."""
    return {**request.query, **_body(request)}


def texts_of(record: Mapping[str, msgspec.Raw]) -> dict[str, str]:
    """Values of JSON as they were written: 23.50000 stays so. null was not sent."""
    found = {}
    for name, raw in record.items():
        value = bytes(raw)
        if value != b"null":
            found[name] = _TEXT.decode(value) if value.startswith(b'"') else value.decode()
    return found


def as_json(body: bytes) -> bytes:
    """Text of sketches that is no UTF-8 is Latin-1."""
    try:
        body.decode()
    except UnicodeDecodeError:
        return body.decode("latin-1").encode()
    return body


def _body(request: Request) -> dict[str, str]:
    """What looks like JSON is: sketches copy their Content-Type from anywhere."""
    body = request.body.strip(b" \t\r\n\0")
    if not body.startswith(b"{") and (not body or "json" not in request.headers.get("content-type", "")):
        return form(request.body)
    try:
        return texts_of(_RECORD.decode(as_json(body)))
    except (msgspec.DecodeError, RecursionError) as error:
        raise ValueError(f"no JSON object: {error}") from error
