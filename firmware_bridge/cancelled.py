"""A cancellation that a library has swallowed: before Python 3.12, asyncio.wait_for does that to one which
comes in the same turn as its result, and whoever then waits for ever would never stop."""

import asyncio


def stop_if_cancelled() -> None:
    """Behind a call that waits with wait_for inside. Raises CancelledError."""
    task = asyncio.current_task()
    if task and task.cancelling():
        raise asyncio.CancelledError
