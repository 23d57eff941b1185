"""A cancellation that a library has swallowed: before Python 3.12, asyncio.wait_for does that to one which
comes in the same turn as its result, and whoever then waits for ever would never stop."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def heeding_cancellation() -> Iterator[None]:
    """Around a call that waits with wait_for inside: what it swallowed is raised behind it.

    Counted from here on: 3.11's TaskGroup, one of whose tasks fails as it ends, leaves its own one counted.
    """
    task = asyncio.current_task()
    before = task.cancelling() if task else 0
    try:
        yield
    finally:
        if task and task.cancelling() > before:
            raise asyncio.CancelledError
