"""Every table of the cloud, for SQLite and PostgreSQL. Times are ms UTC unless a column says otherwise."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
    }
)

# SQLite gives out row ids only for the type INTEGER; ids that grow with readings or events are 64 bit.
_BigId = BigInteger().with_variant(Integer, "sqlite")


def _organisation() -> Column[int]:
    """Who owns the row: nothing crosses from one organisation to another."""
    return Column("organisation_id", Integer, ForeignKey("organisation.id"), nullable=False)


organisation = Table(
    "organisation",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("created_at", BigInteger, nullable=False),
)

# Facts about this database as a whole: `incarnation` (a UUID made with it).
fact = Table(
    "fact",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

site = Table(
    "site",
    metadata,
    Column("id", Integer, primary_key=True),
    _organisation(),
    Column("name", Text, nullable=False),
    Column("zone", Text, nullable=False),  # IANA name; days and pages are cut in it
    Column("tags", JSON, nullable=False),  # region, distributor …: name -> text
    Column("offline_after_s", Integer, nullable=False),  # a gateway silent for longer is offline
    Column("created_at", BigInteger, nullable=False),
    UniqueConstraint("organisation_id", "name"),
)

gateway = Table(
    "gateway",
    metadata,
    Column("id", Text, primary_key=True),  # the credential's name: MQTT user, client id, topic level
    _organisation(),
    Column("site_id", Integer, ForeignKey("site.id"), nullable=False),
    Column("label", Text, nullable=False),  # for people
    Column("secret_hash", Text, nullable=False),  # as in identity/secrets.py
    Column("created_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),  # null: active
    # State as last reported; an older (session, counter) of the same epoch never replaces a newer one.
    Column("epoch", Text),  # null: never seen
    Column("session", BigInteger, nullable=False, server_default="0"),
    Column("counter", BigInteger, nullable=False, server_default="0"),
    Column("last_contact_at", BigInteger),  # the cloud's clock at the last message; null: never seen
    Column("dead", Boolean, nullable=False, server_default="0"),  # a last will came since
    Column("heartbeat_s", Float, nullable=False, server_default="60"),
    Column("version", Text),  # of evara-agent; null: never seen
    Column("backlog_readings", BigInteger, nullable=False, server_default="0"),
    Column("backlog_oldest_at", BigInteger),  # null: no backlog
    Column("parked", Integer, nullable=False, server_default="0"),  # batches refused for good
    Column("clock_offset_ms", BigInteger),  # gateway minus cloud; null: never seen
    Column("breakers", JSON, nullable=False, server_default="[]"),  # [[source, state] …]
    Index(None, "site_id"),
)

device = Table(
    "device",
    metadata,
    Column("id", Integer, primary_key=True),
    _organisation(),
    Column("site_id", Integer, ForeignKey("site.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("category", Text),  # OHT, Sump, Borewell …; null: not said yet
    UniqueConstraint("site_id", "name"),
)

point = Table(
    "point",
    metadata,
    Column("id", Integer, primary_key=True),
    _organisation(),
    Column("site_id", Integer, ForeignKey("site.id"), nullable=False),
    Column("device_id", Integer, ForeignKey("device.id"), nullable=False),
    Column("metric", Text, nullable=False),
    Column("unit", Text, nullable=False),  # "": not known
    Column("interval_s", Float),  # expected time between readings; null: irregular
    UniqueConstraint("device_id", "metric"),
    Index(None, "site_id"),
)

# Who feeds a point, from when to when: a replaced gateway keeps the history.
point_owner = Table(
    "point_owner",
    metadata,
    Column("point_id", Integer, ForeignKey("point.id"), primary_key=True),
    Column("since", BigInteger, primary_key=True),
    _organisation(),
    Column("gateway_id", Text, ForeignKey("gateway.id"), nullable=False),
    Column("until", BigInteger),  # null: still
)

# The ledger: what was counted already. One row per life of an outbox; never forgets by time.
ledger = Table(
    "ledger",
    metadata,
    Column("gateway_id", Text, ForeignKey("gateway.id"), primary_key=True),
    Column("epoch", Text, primary_key=True),
    _organisation(),
    Column("mark", BigInteger, nullable=False),  # every number up to it is settled
    Column("above", JSON, nullable=False),  # settled numbers above the mark, sorted
    Column("digests", JSON, nullable=False),  # [[number, digest] …] of the newest 64, sorted
)

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
    _organisation(),
    Column("at", BigInteger),  # newest reading that is not in the future; null: none yet
    Column("value", Float),
    Column("quality", SmallInteger),
    Column("received_at", BigInteger),  # the cloud's clock when it was committed
    Column("newest_at", BigInteger),  # greatest time stored, the future included: above it nothing repeats
)

# Readings whose (point, at) has another value already: the first stays, these are kept aside.
conflicting = Table(
    "conflicting",
    metadata,
    Column("id", _BigId, primary_key=True),
    _organisation(),
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

# Readings that can't be taken, each by its place in its batch.
rejected = Table(
    "rejected",
    metadata,
    Column("gateway_id", Text, primary_key=True),
    Column("epoch", Text, primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("place", Integer, primary_key=True, autoincrement=False),
    _organisation(),
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
    Column("id", _BigId, primary_key=True),
    _organisation(),
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
    _organisation(),
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
    _organisation(),
    Column("at", BigInteger, nullable=False),  # event time
    Column("content", JSON, nullable=False),  # protocol.messages.Transition
    Column("received_at", BigInteger, nullable=False),
)

# What is left of readings that a full gateway had to thin.
thinned = Table(
    "thinned",
    metadata,
    Column("point_id", Integer, ForeignKey("point.id"), primary_key=True, autoincrement=False),
    Column("since", BigInteger, primary_key=True, autoincrement=False),
    Column("until", BigInteger, primary_key=True, autoincrement=False),
    _organisation(),
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
    _organisation(),
    Column("min", Float),  # null: no reading in it has a value
    Column("max", Float),
    Column("sum", Float, nullable=False),
    Column("count", Integer, nullable=False),  # readings with a value
    sqlite_with_rowid=False,
)

person = Table(
    "person",
    metadata,
    Column("id", Integer, primary_key=True),
    _organisation(),
    Column("name", Text, nullable=False, unique=True),
    Column("password_hash", Text, nullable=False),  # argon2id
    Column("role", Text, nullable=False),  # administrator; more follow
    Column("created_at", BigInteger, nullable=False),
)

session = Table(
    "session",
    metadata,
    Column("digest", Text, primary_key=True),  # SHA-256 of the cookie: a stolen table signs nobody in
    _organisation(),
    Column("person_id", Integer, ForeignKey("person.id"), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Index(None, "person_id"),
)

api_token = Table(
    "api_token",
    metadata,
    Column("id", Integer, primary_key=True),
    _organisation(),
    Column("person_id", Integer, ForeignKey("person.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("digest", Text, nullable=False, unique=True),  # SHA-256 of the token
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),  # null: never
    Column("last_used_at", BigInteger),  # to the hour; null: never used
)

# Failed sign-ins, so that guessing slows down in every process alike.
sign_in_failure = Table(
    "sign_in_failure",
    metadata,
    Column("name", Text, primary_key=True),  # as typed, cut to 128 characters
    Column("count", Integer, nullable=False),
    Column("last_at", BigInteger, nullable=False),
)
