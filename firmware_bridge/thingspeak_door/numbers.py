"""Numbers in values that are free text: what counts as one, and how one is written back. Pure."""

import math
from typing import NamedTuple

from firmware_bridge import fields


class Number(NamedTuple):
    value: float  # finite
    comma: bool = False  # it was written with a decimal comma, and is written back with one


def number(text: str | None) -> Number | None:
    """The number that a value is; None for text, nan and infinities, which no aggregate counts."""
    if text is None:
        return None
    comma = "," in text and "." not in text
    try:
        value = fields.number(text.replace(",", ".", 1) if comma else text)
    except ValueError:
        return None
    return Number(value, comma) if value is not None and math.isfinite(value) else None


def text_of(value: float, comma: bool, places: int | None = None) -> str:
    """`places` behind the point; None: as many as tell it from every other float."""
    text = repr(value) if places is None else f"{value:.{places}f}"
    return text.replace(".", ",") if comma else text


def rounded(text: str | None, places: int) -> str | None:
    """What is no number stays as it came."""
    found = number(text)
    return text_of(found.value, found.comma, places) if found else text


def is_within(values: tuple[str | None, ...], least: float, most: float) -> bool:
    """Whether no number among them lies outside; what is no number is not judged."""
    numbers = [found.value for found in map(number, values) if found]
    return all(least <= value <= most for value in numbers)
