"""How many parts an SMS takes, and what fits into two. Pure.

A part holds 160 characters of the GSM alphabet (3GPP TS 23.038), or 70 where one character is outside it, as
all of Hindi is. A longer text is sent in parts of 153 or 67: the rest of each says how they belong together.
"""

from math import ceil

PARTS_LIMIT = 2

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_ESCAPED = frozenset("^{}\\[~]|€\f")  # two places each
_MORE = "..."  # the GSM alphabet has no ellipsis


def parts(text: str) -> int:
    """How many parts an SMS with this text is sent and paid in."""
    if _is_gsm(text):
        return _parts_of(_places(text), 160, 153)
    return _parts_of(_places(text), 70, 67)


def fitted(text: str, link: str = "", limit: int = PARTS_LIMIT) -> str:
    """The text and the link in `limit` parts; the text is cut where both do not fit, the link never.

    A link that fills the parts by itself is left out: half a link is none.
    """
    tail = f" {link}" if link else ""
    whole = text + tail
    if parts(whole) <= limit:
        return whole
    if tail and parts(_MORE + tail) > limit:
        return fitted(text, "", limit)
    low, high = 0, len(text)  # so many characters fit; so many do not
    while high - low > 1:
        middle = (low + high) // 2
        if parts(_cut(text, middle, tail)) <= limit:
            low = middle
        else:
            high = middle
    return _cut(text, low, tail)


def _cut(text: str, length: int, tail: str) -> str:
    return text[:length].rstrip() + _MORE + tail


def _is_gsm(text: str) -> bool:
    return all(c in _BASIC or c in _ESCAPED for c in text)


def _places(text: str) -> int:
    if _is_gsm(text):
        return sum(2 if c in _ESCAPED else 1 for c in text)
    return len(text.encode("utf-16-be")) // 2  # what lies outside the first plane takes two


def _parts_of(places: int, alone: int, together: int) -> int:
    return 1 if places <= alone else ceil(places / together)
