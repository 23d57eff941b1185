"""What came with batches besides readings: the ledger, events, and what could not be taken."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from cloud.store.tables.schema import BigId, metadata, of_organisation

_UNMERGED = text("merged_at IS NULL")
_IN_TROUBLE = text("trouble IS NOT NULL")

# The ledger: what was counted already. One row per life of an outbox; never forgets by time.
ledger = Table(
    "ledger",
    metadata,
    Column("gateway_id", Text, ForeignKey("gateway.id"), primary_key=True),
    Column("epoch", Text, primary_key=True),
    of_organisation(),
    Column("mark", BigInteger, nullable=False),  # every number up to it is settled
    Column(
        "above", LargeBinary, nullable=False
    ),  # settled numbers above it, sorted: 8 bytes each, big endian
    # Of the newest 64, sorted: 24 bytes each, the number (big endian) and its hash. As JSON the row would
    # outgrow what PostgreSQL keeps in place, and it is written with every batch.
    Column("digests", LargeBinary, nullable=False),
    postgresql_with={"fillfactor": 50},  # room for the next version of a row beside it: no index to touch
)

# Readings that can't be taken, each by its place in its batch.
rejected = Table(
    "rejected",
    metadata,
    Column("gateway_id", Text, primary_key=True),
    Column("epoch", Text, primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("place", Integer, primary_key=True, autoincrement=False),
    of_organisation(),
    Column("code", Text, nullable=False),
    Column("point", Text, nullable=False),  # device/metric as sent; "": outside the points table
    Column("at", Text, nullable=False),  # as sent: may lie outside 64 bits
    Column("value", Text, nullable=False),  # as sent: may be no number
    Column("received_at", BigInteger, nullable=False),
)

# Payloads that can't be decoded, kept with their cause; the newest 100 of a gateway.
undecodable = Table(
    "undecodable",
    metadata,
    Column("id", BigId, primary_key=True),
    of_organisation(),
    Column("gateway_id", Text, nullable=False),
    Column("digest", Text, nullable=False),  # of the payload as it arrived
    Column("cause", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),  # at most its first 64 KiB
    Column("received_at", BigInteger, nullable=False),
    UniqueConstraint("gateway_id", "digest"),
)

loss = Table(
    "loss",
    metadata,
    Column("gateway_id", Text, primary_key=True),
    Column("id", Text, primary_key=True),  # made by the gateway: keeps it single
    of_organisation(),
    Column("point", Text, nullable=False),  # "": every point of the gateway
    Column("since", BigInteger, nullable=False),  # inclusive
    Column("until", BigInteger, nullable=False),  # inclusive
    Column("count", BigInteger, nullable=False),
    Column("exact", Boolean, nullable=False),  # false: at least `count`
    Column("reason", Text, nullable=False),
)

transition = Table(
    "transition",
    metadata,
    Column("gateway_id", Text, primary_key=True),
    Column("id", Text, primary_key=True),  # made by the judge: keeps it single
    of_organisation(),
    Column("at", BigInteger, nullable=False),  # event time
    Column("content", JSON, nullable=False),  # protocol.messages.Transition
    Column("received_at", BigInteger, nullable=False),
    Column("epoch", Text),  # of the outbox; null: the cloud's own, or not known
    Column("merged_at", BigInteger),  # into its alert; null: not yet
    Column("alert", Text),  # the id its judge gave the alert; null: not merged
    Column("trouble", Text),  # why it is in no alert, as a sentence; null: it is in one
    Index("ix_transition_unmerged", "received_at", postgresql_where=_UNMERGED, sqlite_where=_UNMERGED),
    Index("ix_transition_trouble", "trouble", postgresql_where=_IN_TROUBLE, sqlite_where=_IN_TROUBLE),
    Index(None, "alert"),
)
