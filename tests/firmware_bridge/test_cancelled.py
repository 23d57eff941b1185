"""What counts as a cancellation that a library swallowed, and what does not."""

import asyncio

from firmware_bridge.cancelled import heeding_cancellation


async def fails() -> None:
    await asyncio.sleep(0)
    raise ValueError


async def test_what_a_group_of_tasks_left_counted_is_no_cancellation() -> None:
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(fails())
    except* ValueError:
        pass
    with heeding_cancellation():
        await asyncio.sleep(0)
