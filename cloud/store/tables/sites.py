"""Sites and what stands there: gateways, devices and points."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)

from cloud.store.tables.schema import metadata, of_organisation

site = Table(
    "site",
    metadata,
    Column("id", Integer, primary_key=True),
    of_organisation(),
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
    of_organisation(),
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
    Column("seal_every_s", Float, nullable=False, server_default="0"),  # how often its readings come
    Column("version", Text),  # of evara-agent; null: never seen
    Column("backlog_readings", BigInteger, nullable=False, server_default="0"),
    Column("backlog_oldest_at", BigInteger),  # null: no backlog
    Column("parked", Integer, nullable=False, server_default="0"),  # batches refused for good
    Column("clock_offset_ms", BigInteger),  # gateway minus cloud; null: never seen
    Column("breakers", JSON, nullable=False),  # [[source, state] …]
    Index(None, "site_id"),
)

device = Table(
    "device",
    metadata,
    Column("id", Integer, primary_key=True),
    of_organisation(),
    Column("site_id", Integer, ForeignKey("site.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("category", Text),  # OHT, Sump, Borewell …; null: not said yet
    UniqueConstraint("site_id", "name"),
)

point = Table(
    "point",
    metadata,
    Column("id", Integer, primary_key=True),
    of_organisation(),
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
    of_organisation(),
    Column("gateway_id", Text, ForeignKey("gateway.id"), nullable=False),
    Column("until", BigInteger),  # null: still
)
