"""The named moments at which a test may kill the process: FAULT_POINT=name:n aborts at the n-th passage.

In order: received, decoded, ledger_done, copy_half, copy_done, before_commit, commit_sent, committed,
receipt_sent, puback_sent; of a message to a person: claimed, sent, marked. Without FAULT_POINT every call
returns at once.
"""

import asyncio
import os
import signal
from collections.abc import Coroutine
from typing import Any

_name, _, _nth = os.environ.get("FAULT_POINT", "").partition(":")
ARMED = bool(_name)
_left = {_name: int(_nth or 1)} if _name else {}


def reach(name: str) -> None:
    """Die here if this is the moment: by SIGKILL, so that nothing is tidied up."""
    if name not in _left:
        return
    _left[name] -= 1
    if _left[name] <= 0:
        os.kill(os.getpid(), signal.SIGKILL)


async def while_sent(name: str, sending: Coroutine[Any, Any, None]) -> None:
    """Await `sending`; the moment lies after its first step has left the process and before its answer."""
    if name not in _left:
        await sending
        return
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(sending)
        tasks.create_task(_reach_next(name))


async def _reach_next(name: str) -> None:
    reach(name)
