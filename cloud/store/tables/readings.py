"""Readings and what is kept of them."""

from sqlalchemy import BigInteger, Column, Float, ForeignKey, Index, Integer, SmallInteger, Table, Text

from cloud.store.tables.schema import BigId, metadata, of_organisation

# Every reading, once. On PostgreSQL in day partitions over `at` (store/partitions.py).
reading = Table(
    "reading",
    metadata,
    Column("point_id", Integer, primary_key=True, autoincrement=False),
    Column("at", BigInteger, primary_key=True, autoincrement=False),
    Column("value", Float),  # in the point's unit; null only with the fault flag
    Column("organisation_id", Integer, nullable=False),
    Column("quality", SmallInteger, nullable=False),  # flags of protocol.reading.Quality
    postgresql_partition_by="RANGE (at)",
    sqlite_with_rowid=False,
)

latest = Table(
    "latest",
    metadata,
    Column("point_id", Integer, ForeignKey("point.id"), primary_key=True, autoincrement=False),
    of_organisation(),
    Column("at", BigInteger),  # newest reading that is not in the future; null: none yet
    Column("value", Float),
    Column("quality", SmallInteger),
    Column("received_at", BigInteger),  # the cloud's clock when it was committed
    Column("newest_at", BigInteger),  # greatest time stored, the future included: above it nothing repeats
    postgresql_with={"fillfactor": 50},  # as for the ledger
)

# Readings whose (point, at) has another value already: the first stays, these are kept aside.
conflicting = Table(
    "conflicting",
    metadata,
    Column("id", BigId, primary_key=True),
    of_organisation(),
    Column("point_id", Integer, ForeignKey("point.id"), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("value", Float),  # null only with the fault flag
    Column("quality", SmallInteger, nullable=False),
    Column("gateway_id", Text, nullable=False),
    Column("epoch", Text, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Index(None, "point_id", "at"),
)

# What is left of readings that a full gateway had to thin.
thinned = Table(
    "thinned",
    metadata,
    Column("point_id", Integer, ForeignKey("point.id"), primary_key=True, autoincrement=False),
    Column("since", BigInteger, primary_key=True, autoincrement=False),
    Column("until", BigInteger, primary_key=True, autoincrement=False),
    of_organisation(),
    Column("min", Float, nullable=False),
    Column("mean", Float, nullable=False),
    Column("max", Float, nullable=False),
    Column("count", BigInteger, nullable=False),
)

# Base buckets of 15 minutes that a commit touched and the roll-up has not yet counted again.
dirty_bucket = Table(
    "dirty_bucket",
    metadata,
    Column("point_id", Integer, primary_key=True, autoincrement=False),
    Column("since", BigInteger, primary_key=True, autoincrement=False),  # start of the bucket
    Column("organisation_id", Integer, nullable=False),
)

bucket = Table(
    "bucket",
    metadata,
    Column("point_id", Integer, ForeignKey("point.id"), primary_key=True, autoincrement=False),
    Column("since", BigInteger, primary_key=True, autoincrement=False),  # start; 15 minutes long
    of_organisation(),
    Column("min", Float),  # null: no reading in it has a value
    Column("max", Float),
    Column("sum", Float, nullable=False),
    Column("count", Integer, nullable=False),  # readings with a value
    sqlite_with_rowid=False,
)
