"""Who is told: addresses and routes; and what was sent to whom, try by try. Times are ms UTC."""

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
    text,
)

from cloud.store.tables.schema import BigId, metadata, of_organisation

_DUE = text("state IN ('queued', 'retry', 'sending')")

address = Table(
    "address",
    metadata,
    Column("id", Integer, primary_key=True),
    of_organisation(),
    Column("person_id", Integer, ForeignKey("person.id"), nullable=False),
    Column("channel", Text, nullable=False),  # its name in the settings
    Column("value", Text, nullable=False),  # as that sender takes it; may hold a secret
    Column("verified_at", BigInteger),  # null: no message to it was confirmed yet
    UniqueConstraint("person_id", "channel", "value"),
)

# A person subscribes. Who is in several routes is told once.
route = Table(
    "route",
    metadata,
    Column("id", Integer, primary_key=True),
    of_organisation(),
    Column("person_id", Integer, ForeignKey("person.id"), nullable=False),
    Column("site_id", Integer, ForeignKey("site.id")),  # null: every site with these tags
    Column("tags", JSON, nullable=False),  # of the site; all of them; none: every site
    Column("min_severity", Text, nullable=False),
    Column("hours", JSON(none_as_null=True)),  # protocol.hours.Hours in the site's zone; null: always
    Column("channels", JSON, nullable=False),  # their names; none: every address of the person
    Column("escalate_after_s", Float),  # without an acknowledgement; null: never
    Column("next_id", Integer, ForeignKey("route.id")),  # told then; null: nobody
    # Told by escalation only: not by the alert itself.
    Column("stand_by", Boolean, nullable=False),
    Index(None, "organisation_id"),
)

# One row per (alert, transition, person, channel): the row is the queue.
notification = Table(
    "notification",
    metadata,
    Column("id", BigId, primary_key=True),
    of_organisation(),
    Column("key", Text, nullable=False, unique=True),  # idempotency key, the same on every try
    Column("alert_id", Text, ForeignKey("alert.id")),  # null: a test, or a digest of several
    Column("member_id", Text, nullable=False),  # the id under which it was told then; "": without an alert
    Column("site_id", Integer),  # null: of no single site
    Column("counter", BigInteger, nullable=False),  # of the transition told; 0 without an alert
    Column("occasion", Text, nullable=False),  # page, resolve, repeat, escalation, catch_up, test
    Column("is_over", Boolean, nullable=False),  # it tells that the alert has resolved
    Column("severity", Text, nullable=False),
    Column("person_id", Integer, ForeignKey("person.id"), nullable=False),
    Column("channel", Text, nullable=False),  # as address.channel
    Column("address", Text, nullable=False),  # as it was when this was decided
    Column("language", Text, nullable=False),
    Column("state", Text, nullable=False),  # queued, sending, sent, delivered, retry, dead, superseded
    # The notification whose message tells this too: of its group, or newer; null: it has its own.
    Column("carried_by", BigInteger),
    Column("subject", Text, nullable=False),  # "": not worded yet
    Column("body", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("due_at", BigInteger),  # of the next try; null: not to be claimed
    Column("expires_at", BigInteger, nullable=False),  # not worth sending later
    Column("claimed_by", Text),  # null: nobody is at it
    Column("claimed_at", BigInteger),  # null with it
    Column("tries", Integer, nullable=False),
    Column("sent_at", BigInteger),  # null: not yet
    Index("ix_notification_due_at", "due_at", postgresql_where=_DUE, sqlite_where=_DUE),
    Index(None, "alert_id"),
    Index(None, "person_id", "site_id"),
    Index(None, "carried_by"),
)

attempt = Table(
    "attempt",
    metadata,
    Column("id", BigId, primary_key=True),
    of_organisation(),
    Column("notification_id", BigInteger, ForeignKey("notification.id"), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("channel", Text, nullable=False),
    Column("outcome", Text, nullable=False),  # sent, delivered, retry, dead
    Column("answer", Text, nullable=False),  # what the provider said, cut
    Column("parts", Integer, nullable=False),  # of an SMS; else 0
    Index(None, "notification_id"),
)
