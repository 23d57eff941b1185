"""Decodes what stands behind a "?" and in the body of a form, also where nobody encoded it. Pure."""

from urllib.parse import unquote_to_bytes

PAIRS_LIMIT = 256  # what comes after so many is not looked at


def form(data: bytes) -> dict[str, str]:
    """Values by name; of a name that comes twice the first. Never fails.

    MathWorks' Arduino library encodes nothing: `status=5% left, pump on`. So "%" without two hex digits is
    itself, and "+" is a blank only where no blank stands as one.
    """
    plus = b"+" if b" " in data else b" "
    found: dict[str, str] = {}
    for pair in data.split(b"&", PAIRS_LIMIT)[:PAIRS_LIMIT]:
        name, _, value = pair.partition(b"=")
        found.setdefault(text(name.replace(b"+", plus)).strip(), text(value.replace(b"+", plus)))
    found.pop("", None)
    return found


def text(raw: bytes) -> str:
    """Percent-decoded; UTF-8, or else Latin-1: a degree sign must not cost a value."""
    raw = unquote_to_bytes(raw)
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
