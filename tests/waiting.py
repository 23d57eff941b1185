"""Waiting for something to become true, with a deadline: no test waits a fixed time."""

import asyncio
import inspect
import time
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")

_LOOK_S = 0.02  # between two looks


def until(condition: Callable[[], T], timeout_s: float = 10.0, what: str = "") -> T:
    """The first true value of `condition`. Raises TimeoutError that names `what` and the last value."""
    deadline = time.monotonic() + timeout_s
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() >= deadline:
            raise TimeoutError(_sentence(condition, timeout_s, what, found))
        time.sleep(_LOOK_S)


async def until_async(condition: Callable[[], Any], timeout_s: float = 10.0, what: str = "") -> Any:
    """The same inside an event loop; `condition` is a function or a coroutine function."""
    deadline = time.monotonic() + timeout_s
    while True:
        found = condition()
        value = await found if inspect.isawaitable(found) else found
        if value:
            return value
        if time.monotonic() >= deadline:
            raise TimeoutError(_sentence(condition, timeout_s, what, value))
        await asyncio.sleep(_LOOK_S)


def _sentence(condition: Callable[[], object], timeout_s: float, what: str, found: object) -> str:
    return f"not within {timeout_s:g} s: {what or condition.__qualname__} (last: {found!r})"
