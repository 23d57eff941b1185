"""An agent's half below the uplink, to be killed: python -m tests.edge_agent.outbox.recording OUTBOX JOURNAL.

Three sources append, one loop seals, settles and seals again in new epochs, as fast as the disk takes it.
What append returned for is written to the journal, a line `source n` for every reading up to n, and synced.
"""

import asyncio
import os
import random
import sys
from pathlib import Path

from edge_agent.outbox.store import Outbox, open_outbox
from protocol.messages import Lane, Receipt
from protocol.reading import Reading

AT = 1_700_000_000_000
SOURCES = ("calm", "busy", "shared")


def reading(source: str, n: int) -> Reading:
    return Reading(f"{source}/m{n % 3}", AT + n * 1000, n / 10)


async def main(path: Path, journal: Path) -> None:
    file = os.open(journal, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    async with open_outbox(path) as outbox, asyncio.TaskGroup() as tasks:
        for source in SOURCES:
            tasks.create_task(record(outbox, source, file), name=source)
        tasks.create_task(send(outbox), name="send")


async def record(outbox: Outbox, source: str, journal: int) -> None:
    n = int(await outbox.cursor(source) or 0)
    while True:
        size = {"calm": 1, "busy": random.randrange(1, 100), "shared": 10}[source]
        readings = [reading(source, i) for i in range(n + 1, n + 1 + size)]
        n += size
        await outbox.append(source, readings, cursor=str(n), waiting=source != "shared")
        os.write(journal, f"{source} {n}\n".encode())
        os.fsync(journal)


async def send(outbox: Outbox) -> None:
    while True:
        sealed = await outbox.seal(random.choice(list(Lane)), random.randrange(1, 300))
        if sealed and random.random() < 0.7:
            receipt = Receipt(
                epoch=sealed.epoch, number=sealed.number, digest=sealed.digest, incarnation="i", mark=0
            )
            await outbox.settle([receipt])
        if random.random() < 0.02:
            await outbox.reseal()
        if sealed and random.random() < 0.02:
            await outbox.reseal_one(sealed.epoch, sealed.number)
        if random.random() < 0.005:
            await outbox.resend_from(random.randrange(100), "cloud")
        await asyncio.sleep(0)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2])))
