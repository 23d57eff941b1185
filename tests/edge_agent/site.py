"""A site for tests: an outbox that is filled, and an uplink on it that is as patient as a test can be."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from edge_agent.config import CloudConfig
from edge_agent.outbox.store import Outbox
from edge_agent.rules import Rules
from edge_agent.uplink.uplink import uplink
from edge_agent.uplink.window import Patience
from edge_agent.watch.stage import Watching
from protocol.reading import Reading
from tests.waiting import until_async

# As in the field, times thirty.
QUICK = Patience(
    connect_s=1.0,
    accept_s=1.0,
    receipt_s=0.3,
    longest_receipt_s=2.0,
    silence_s=1.5,
    reconnect_s=0.05,
    longest_reconnect_s=0.5,
    mqtt_again_s=3600.0,
    farewell_s=1.0,
)
GATEWAY = "amba-7k3q"
SECRET = "VGhlIHNlY3JldCBvZiBhbWJhLCAzMiBieXRlcyBsb25n"
CREDENTIAL = f"{GATEWAY}:{SECRET}"
NOON = 1_700_000_000_000

Key = tuple[str, int, float | None]


class Site:
    """An outbox with an uplink on it."""

    def __init__(
        self, outbox: Outbox, folder: Path, point: str = "oht-1/level", watching: Watching | None = None
    ) -> None:
        self.outbox = outbox
        self.rules = Rules(outbox, watching or Watching([], [], NOON), {})
        self.folder = folder
        self.point = point
        self.taken: set[Key] = set()
        self.stopping = asyncio.Event()

    async def record(self, count: int) -> None:
        """So many new readings, committed."""
        start = len(self.taken)
        readings = [Reading(self.point, NOON + 1000 * i, float(i)) for i in range(start, start + count)]
        await self.outbox.append("test", readings)
        self.taken |= {(reading.point, reading.at, reading.value) for reading in readings}

    @contextlib.asynccontextmanager
    async def linked(
        self,
        broker: str | None = None,
        url: str | None = None,
        *,
        patience: Patience = QUICK,
        ca_file: Path | None = None,
        seal_every_s: float = 0.1,
        heartbeat_s: float = 60.0,
    ) -> AsyncIterator[None]:
        """With its uplink running; at the end the farewell is said."""
        credential = self.folder / f"{GATEWAY}.credential"
        credential.write_text(CREDENTIAL + "\n")
        credential.chmod(0o600)
        cloud = CloudConfig(
            credential_file=credential,
            url=url,
            broker=broker,
            ca_file=ca_file,
            seal_every_s=seal_every_s,
            heartbeat_s=heartbeat_s,
        )
        self.stopping = asyncio.Event()
        task = asyncio.create_task(uplink(self.outbox, self.rules, ["test"], cloud, self.stopping, patience))
        try:
            yield
            self.stopping.set()
            async with asyncio.timeout(5):
                await task
        finally:
            task.cancel()
            await asyncio.wait([task])

    async def is_empty(self) -> bool:
        return (await self.outbox.queue()).readings == 0

    async def drained(self, timeout_s: float = 20.0) -> None:
        await until_async(self.is_empty, timeout_s, "the outbox is empty")

    async def noted(self, name: str, text: str) -> None:
        """Wait until there is a note that has this in it."""

        async def is_noted() -> bool:
            found = (await self.outbox.notes()).get(name)
            return bool(found) and text in str(found)

        await until_async(is_noted, 15, f"the note {name} has {text!r}")
