"""Payloads that must not hurt their neighbours, and what the cloud must say to each. Bytes are made by hand:
our own codec refuses to write most of them."""

import random
import zlib
from collections.abc import Iterator
from typing import Any

import msgspec

from protocol.reading import EARLIEST_AT, LATEST_AT
from tests.faults.load import points


class Poison(msgspec.Struct, frozen=True):
    """One payload."""

    name: str
    payload: bytes
    rejected: dict[int, str] | None  # place -> code of a batch that is taken; None: refused as undecodable
    stored: list[tuple[str, int, float]] = []  # what of it is good all the same
    number: int = 0  # of a batch that is taken


def poisons(gateway: str, epoch: str, now: int, chance: random.Random) -> Iterator[Poison]:
    yield from _undecodable(chance)
    numbers = iter(range(1, 1000))
    table = [[point.name, point.unit, 1.0] for point in points(gateway)]
    first, at = table[0][0], now - 60_000

    def batch(
        name: str, series: list[Any], rejected: dict[int, str], stored: Any = (), **more: Any
    ) -> Poison:
        number = next(numbers)
        body = {"type": "batch", "epoch": epoch, "number": number, "points": table, "series": series} | more
        return Poison(name, msgspec.msgpack.encode(body), rejected, list(stored), number)

    yield batch(
        "NaN and infinities among good ones",
        [[0, at, [1, 0, 0, 0], None, [1.5, float("nan"), 2.5, float("inf"), float("-inf")]]],
        {1: "not_finite", 3: "not_finite", 4: "not_finite"},
        [(first, at, 1.5), (first, at + 2, 2.5)],
    )
    yield batch(
        "years outside 2000 to 2099",
        [[0, EARLIEST_AT - 1, [], 0, [7]], [0, LATEST_AT, [], 0, [8]], [0, at + 10, [], 0, [9]]],
        {0: "time_out_of_range", 1: "time_out_of_range"},
        [(first, at + 10, 9.0)],
    )
    yield batch(
        "times that run past 64 bits",
        [[0, 2**62, [2**62, 2**62], 0, [1, 1, 1]], [0, at + 20, [], 0, [10]]],
        {0: "time_out_of_range", 1: "time_out_of_range", 2: "time_out_of_range"},
        [(first, at + 20, 10.0)],
    )
    yield batch(
        "values that run past a float's whole numbers",
        [[0, at + 30, [1], 9, [2**62, 2**62]]],
        {},
        [(first, at + 30, 2**62 / 10**9), (first, at + 31, 2**63 / 10**9)],
    )
    yield batch(
        "a series outside its points table",
        [[99, at, [1], 0, [1, 1]], [0, at + 40, [], 0, [11]]],
        {0: "no_such_series", 1: "no_such_series"},
        [(first, at + 40, 11.0)],
    )
    yield batch("no value and no fault", [[0, at + 50, [], 0, [None]]], {0: "no_value"})
    for text in ("", "no-slash", "/", "tank/", "a\nb/c", "x" * 65 + "/m"):
        if text:
            yield batch(
                f"a point called {text[:12]!r}",
                [[len(table), at, [], 0, [1]], [0, at + 60 + len(text), [], 0, [12]]],
                {0: "bad_point_name"},
                [(first, at + 60 + len(text), 12.0)],
                points=[*table, [text, "", None]],
            )
    yield batch("nothing at all", [], {}, points=[])


def _undecodable(chance: random.Random) -> Iterator[Poison]:
    head = {"type": "batch", "epoch": "poison", "number": 1, "points": [["a/b", "", 1.0]]}
    series = [0, 1_700_000_000_000, [], 0, [1]]

    def packed(name: str, **more: Any) -> Poison:
        return Poison(name, msgspec.msgpack.encode(head | more), None)

    yield Poison("bad JSON", b'{"type": "batch", "epoch": ', None)
    yield Poison("JSON of something else", b'{"hello": "world"}', None)
    yield Poison("random bytes", chance.randbytes(500), None)
    yield Poison("cut-off zlib", zlib.compress(b"x" * 5000)[:-4], None)
    yield Poison("a bomb of 50 MB", zlib.compress(bytes(50_000_000), 9), None)
    yield Poison("260 kB", b"\x81" + chance.randbytes(260_000), None)
    yield Poison("nested a thousand deep", b"\x91" * 1000 + b"\xc0", None)
    yield packed("number as text", number="1", series=[series])
    yield packed("value as text", series=[[0, 1_700_000_000_000, [], 0, ["1.5"]]])
    yield packed("number 0", number=0, series=[series])
    yield packed("number 2**63", number=2**63, series=[series])
    yield packed("10 000 series", series=[series] * 10_000)
    yield packed("more values than steps", series=[[0, 1_700_000_000_000, [], 0, [1, 2, 3]]])
    yield packed("NUL in the epoch", epoch="a\x00b", series=[series])
    yield packed("NUL in a point's unit", points=[["a/b", "m\x00", 1.0]], series=[series])
    yield packed("NUL in a loss", losses=[{"id": "a\x00", "since": 1, "until": 2, "count": 1}])
    yield packed("epoch of 10 kB", epoch="e" * 10_000, series=[series])
