"""Every metric of the cloud in one struct: built in program, handed down, read by /metrics."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_SPANS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.messages = Counter(
            "evara_messages",
            "Messages from gateways, by the leaf of their topic.",
            ["leaf"],
            registry=self.registry,
        )
        self.batches = Counter(
            "evara_batches",
            "Batches by their answer: receipt, conflict, stale, undecodable, retry, revoked.",
            ["outcome"],
            registry=self.registry,
        )
        self.readings = Counter(
            "evara_readings",
            "Readings of receipted batches: taken, rejected, conflicting; a resent batch counts again.",
            ["outcome"],
            registry=self.registry,
        )
        self.group_readings = Histogram(
            "evara_group_readings",
            "Readings that shared one commit.",
            buckets=(1, 10, 100, 500, 1000, 2000, 4000, 6000, 10_000),
            registry=self.registry,
        )
        self.commit_s = Histogram(
            "evara_commit_seconds", "How long a group took to commit.", buckets=_SPANS, registry=self.registry
        )
        self.bisections = Counter(
            "evara_group_bisections",
            "Groups cut in two because one batch could not be stored.",
            registry=self.registry,
        )
        self.waiting_readings = Gauge(
            "evara_intake_waiting_readings",
            "Readings taken in and not yet committed.",
            registry=self.registry,
        )
        self.breaker_open = Gauge(
            "evara_breaker_open",
            "1 while calls are held back, by what they would reach.",
            ["name"],
            registry=self.registry,
        )
        self.broker_connected = Gauge(
            "evara_broker_connected", "1 while the broker has given back the canary.", registry=self.registry
        )
        self.broker_losses = Counter(
            "evara_broker_losses",
            "Connections to the broker that failed, were lost or were left.",
            registry=self.registry,
        )
        self.transitions = Counter(
            "evara_transitions_merged", "Transitions merged into alerts.", registry=self.registry
        )
        self.merge_s = Histogram(
            "evara_merge_seconds",
            "How long it took to merge what waited.",
            buckets=_SPANS,
            registry=self.registry,
        )
        self.open_alerts = Gauge(
            "evara_alerts_open", "Open alerts, by severity.", ["severity"], registry=self.registry
        )
        self.notifications = Gauge(
            "evara_notifications_waiting",
            "Notifications that are not sent yet, by state: queued, sending, retry.",
            ["state"],
            registry=self.registry,
        )
        self.alerting_troubles = Gauge(
            "evara_alerting_troubles", "Chores of alerting that fail now.", registry=self.registry
        )
        self.receipts = Counter(
            "evara_receipts_sent", "Answers published to gateways.", registry=self.registry
        )
        self.messages_sent = Counter(
            "evara_messages_to_people",
            "Tries to send a message, by channel and how they ended: sent, delivered, retry, dead.",
            ["channel", "outcome"],
            registry=self.registry,
        )

    def text(self) -> bytes:
        """What /metrics answers."""
        return generate_latest(self.registry)
