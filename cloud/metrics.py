"""Every metric of the cloud in one struct: built in program, handed down, read by /metrics."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_SPANS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        new = {"registry": self.registry}
        self.messages = Counter("evara_messages", "Messages from gateways.", ["channel"], **new)
        self.batches = Counter(
            "evara_batches",
            "Batches by what became of them: stored, repeated, conflict, stale, undecodable, retry, revoked.",
            ["outcome"],
            **new,
        )
        self.readings = Counter(
            "evara_readings",
            "Readings by what became of them: stored, rejected, conflicting.",
            ["outcome"],
            **new,
        )
        self.group_readings = Histogram(
            "evara_group_readings",
            "Readings that shared one commit.",
            buckets=(1, 10, 100, 500, 1000, 2000, 4000, 6000, 10_000),
            **new,
        )
        self.commit_s = Histogram(
            "evara_commit_seconds", "How long a group took to commit.", buckets=_SPANS, **new
        )
        self.bisections = Counter(
            "evara_group_bisections", "Groups cut in two because one batch could not be stored.", **new
        )
        self.waiting_readings = Gauge(
            "evara_intake_waiting_readings", "Readings taken in and not yet committed.", **new
        )
        self.breaker_open = Gauge(
            "evara_breaker_open", "1 while calls are held back, by what they would reach.", ["name"], **new
        )
        self.broker_connected = Gauge(
            "evara_broker_connected", "1 while the broker has given back the canary.", **new
        )
        self.broker_reconnects = Counter(
            "evara_broker_reconnects", "Connections to the broker that were lost or left.", ["cause"], **new
        )
        self.receipts = Counter("evara_receipts_sent", "Answers published to gateways.", **new)

    def text(self) -> bytes:
        """What /metrics answers."""
        return generate_latest(self.registry)
