"""One thing that `doctor` has looked at, and what it found."""

import enum

import msgspec


class Result(enum.StrEnum):
    GOOD = "good"
    WARNING = "warning"
    FAILED = "failed"
    NOT_CHECKED = "not checked"


class Check(msgspec.Struct, frozen=True):
    name: str
    result: Result
    text: str
    step: str = ""  # what to do next
