"""Rules, and which gateway runs which of them."""

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Index, Integer, Table, Text

from cloud.store.tables.schema import metadata, of_organisation

# Every version that was ever written; none is deleted. Of a rule at most one is a draft, one published.
rule_version = Table(
    "rule_version",
    metadata,
    Column("organisation_id", Integer, ForeignKey("organisation.id"), primary_key=True),
    Column("rule_id", Text, primary_key=True),  # the same in two organisations are two rules
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("body", JSON, nullable=False),  # protocol.rule.Rule
    Column("state", Text, nullable=False),  # draft, published, retired
    Column("by", Text, nullable=False),  # who wrote it
    Column("at", BigInteger, nullable=False),
    Column("published_at", BigInteger),  # null: never was
    Column("retired_at", BigInteger),  # null: it is not
    Index("ix_rule_version_published", "organisation_id", "state"),
)

# What a gateway was to run, newest version last. The newest is what it should run.
rollout = Table(
    "rollout",
    metadata,
    Column("gateway_id", Text, ForeignKey("gateway.id"), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),  # counts up per gateway
    of_organisation(),
    Column("digest", Text, nullable=False),  # protocol.codec.digest of the document
    Column("document", Text),  # JSON: zone, rules; null: superseded, no longer kept
    Column("rules", JSON, nullable=False),  # in it: rule id -> version
    Column("state", Text, nullable=False),  # pending, delivered, applied, rejected, superseded
    Column("reason", Text, nullable=False),  # of the rejection, as the gateway gave it; "": none
    Column("at", BigInteger, nullable=False),  # of the state
    Index("ix_rollout_state", "state"),
)
