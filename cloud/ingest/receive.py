"""From the broker to the door and back: shared subscription, acknowledged after the receipt."""

from cloud.ingest.door import Door
from cloud.ingest.link import BrokerLogin
from cloud.metrics import Metrics


class Receiver:
    def __init__(self, login: BrokerLogin, worker: str, door: Door, metrics: Metrics) -> None:
        """`worker` names this process among those that share the subscription; it must be stable."""

    @property
    def trouble(self) -> str | None:
        """Why nothing arrives now, as a sentence for readiness; None once the canary came back."""
        raise NotImplementedError

    async def run(self) -> None:
        """Receive until `stop`, over as many connections as it takes; then finish what was received."""
        raise NotImplementedError

    def stop(self) -> None:
        """Take no more; `run` returns within 10 s. Stop the receiver before the intake."""
        raise NotImplementedError
