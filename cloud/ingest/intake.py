"""The group committer: batches from MQTT and HTTPS share one transaction. Bounded; knows no transport."""

from collections.abc import Callable

from cloud.ingest.write import Stored
from cloud.metrics import Metrics
from cloud.store.database import Database
from cloud.store.partitions import Partitions
from cloud.store.points import PointIds
from protocol.messages import Batch, Receipt, Refusal, RetryAfter


class Intake:
    def __init__(
        self,
        database: Database,
        ids: PointIds,
        incarnation: str,
        metrics: Metrics,
        on_stored: Callable[[dict[int, Stored]], None],
        partitions: Partitions,
    ) -> None:
        """`on_stored` is called after each commit, by site id; it must not wait or raise."""

    @property
    def trouble(self) -> str | None:
        """Why nothing is taken now, as a sentence for readiness; None while all is well."""
        raise NotImplementedError

    async def run(self) -> None:
        """Commit what is taken until `stop`; then what is still waiting, and return."""
        raise NotImplementedError

    def stop(self) -> None:
        """From now on answer RetryAfter; `run` returns once what is waiting is committed."""
        raise NotImplementedError

    async def take(self, gateway: str, payload: bytes) -> Receipt | Refusal | RetryAfter | None:
        """The answer to a payload of `up/batch`, after the commit; None for a revoked gateway."""
        raise NotImplementedError

    async def submit(self, gateway: str, batch: Batch, digest: str) -> Receipt | Refusal | RetryAfter | None:
        """The same for a batch that is decoded; `digest` is of its body."""
        raise NotImplementedError
