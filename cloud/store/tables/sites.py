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
    Column("config_hash", Text),  # digest of the configuration that runs there; null: never said
    # Ids that its newest birth listed; null: alerting has looked at them.
    Column("open_alerts", JSON(none_as_null=True)),
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

# What gateways say that they derive points of; by names, for a gateway says it before the first reading.
point_origin = Table(
    "point_origin",
    metadata,
    Column("site_id", Integer, ForeignKey("site.id"), primary_key=True),
    Column("name", Text, primary_key=True),  # of the derived point: device/metric
    of_organisation(),
    Column("gateway_id", Text, ForeignKey("gateway.id"), nullable=False),  # who said so
    Column("derived_of", Text, nullable=False),  # device/metric
    Column("kind", Text, nullable=False),  # level_from_distance …
    Column("calibrations", JSON, nullable=False),  # [from when each one holds …], ms UTC, oldest first
    Index(None, "gateway_id"),
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
