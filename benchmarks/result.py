"""What a benchmark found, and the file all of it is written to."""

import enum
from pathlib import Path

import msgspec

FILE = Path(__file__).parent / "results.json"


class Better(enum.StrEnum):
    HIGHER = "higher"
    LOWER = "lower"


class Result(msgspec.Struct, frozen=True):
    value: float
    unit: str
    better: Better
    limit: float | None = None  # the machine's own, measured in the same run; None: there is none
    goal: float | None = None  # None: only watched

    @property
    def reached(self) -> bool | None:
        if self.goal is None:
            return None
        return self.value >= self.goal if self.better is Better.HIGHER else self.value <= self.goal


Results = dict[str, Result]


def line(name: str, result: Result) -> str:
    """One result for people."""
    sign = "≥" if result.better is Better.HIGHER else "≤"
    goal = (
        "" if result.goal is None else f"  goal {sign} {result.goal:g}{'' if result.reached else ': MISSED'}"
    )
    limit = "" if result.limit is None else f"  limit {result.limit:.4g}"
    return f"{name:<42} {result.value:>10.4g} {result.unit:<22}{limit}{goal}"


def write(results: Results) -> None:
    """Put them in place of those of the same name, so that one question can be asked again."""
    kept = msgspec.json.decode(FILE.read_bytes(), type=Results) if FILE.exists() else {}
    merged = dict(sorted((kept | results).items()))
    FILE.write_bytes(msgspec.json.format(msgspec.json.encode(merged), indent=2) + b"\n")
