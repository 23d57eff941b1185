"""A process that delivers and does nothing else, its times scaled: python -m tests.faults.notifier FILE."""

import asyncio
import signal
import sys
from pathlib import Path
from typing import Any

import msgspec
import structlog

from cloud.alerting.deliver import Deliverer
from cloud.alerting.outgoing import Times
from cloud.clock import clock
from cloud.metrics import Metrics
from cloud.senders.senders import AnySender
from cloud.store.database import open_database
from protocol.breaker import Policy


class Order(msgspec.Struct, frozen=True):
    database: str
    worker: str
    channels: list[AnySender]
    times: Times
    policy: Policy


async def run(order: Order) -> None:
    database = await open_database(order.database)
    deliverer = Deliverer(
        database,
        order.channels,
        "https://evara.example.org",
        order.worker,
        Metrics(),
        clock,
        times=order.times,
        policy=order.policy,
    )
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, deliverer.stop)
    try:
        await deliverer.run()
    finally:
        await database.close()


def write(order: Order, file: Path) -> None:
    file.write_bytes(msgspec.json.encode(order, enc_hook=str))


def read(file: Path) -> Order:
    return msgspec.json.decode(file.read_bytes(), type=Order, dec_hook=_decode)


def _decode(kind: type, value: object) -> Any:
    return kind(value)


if __name__ == "__main__":
    structlog.configure(
        processors=[structlog.processors.format_exc_info, structlog.processors.LogfmtRenderer()]
    )
    asyncio.run(run(read(Path(sys.argv[1]))))
