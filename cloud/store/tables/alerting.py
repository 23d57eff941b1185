"""Alerts, what keeps them quiet, and what is due. Times are ms UTC."""

from sqlalchemy import JSON, BigInteger, Boolean, Column, Float, ForeignKey, Index, Integer, Table, Text, text

from cloud.store.tables.schema import BigId, metadata, of_organisation

_OPEN = text("ended_at IS NULL")
_UNSETTLED = text("NOT settled")
_OPEN_OVER_SITES = text("ended_at IS NULL AND site_id IS NULL")

# One open alert per rule and point. Its id is that of the member that its judge learned of first.
alert = Table(
    "alert",
    metadata,
    Column("id", Text, primary_key=True),
    of_organisation(),
    Column("member_id", Text, nullable=False),  # the id under which its judge tells it now
    Column("site_id", Integer, ForeignKey("site.id")),  # null: of an area or of several sites
    Column("gateway_id", Text, nullable=False),  # whose judge tells it, or which is offline; "": the cloud
    Column("rule_id", Text, nullable=False),
    Column("rule_version", Integer, nullable=False),
    Column("kind", Text, nullable=False),  # of the rule; "": the rule is not known here
    Column("point", Text, nullable=False),  # device/metric; "": no point; region=… of an area
    Column("severity", Text, nullable=False),  # the highest it had
    Column("state", Text, nullable=False),  # firing (also while clearing), resolved
    Column("stale", Boolean, nullable=False),  # open, and its point is silent or its judge forgot it
    Column("reason", Text, nullable=False),  # of the newest transition, protocol.alert.Reason
    Column("began", BigInteger, nullable=False),  # event time of the first reading that raised
    Column("true_began", BigInteger),  # the same with late readings; null: these changed nothing
    Column("fired_at", BigInteger, nullable=False),  # event time
    Column("learned_at", BigInteger, nullable=False),  # the judge's clock
    Column("received_at", BigInteger, nullable=False),  # the cloud's clock, when it heard of it first
    Column("seen_at", BigInteger, nullable=False),  # newest reading that raised
    Column("ended_at", BigInteger),  # event time; null: it is open
    Column("value", Float),  # what was judged last; null: nothing, or silence
    Column("limit", Float),  # of the rung it reached; null: the rule compares no value
    Column("unit", Text, nullable=False),  # of both
    Column("counter", BigInteger, nullable=False),  # of the newest transition
    Column("paged_by", BigInteger, nullable=False),  # counter of the newest firing, reopening or rise
    Column("occurrences", Integer, nullable=False),
    Column("news_at", BigInteger, nullable=False),  # the cloud's clock, when it heard of `paged_by`
    Column("over_at", BigInteger),  # and of the end; null: it is open
    Column("muted_by", Text),  # the open alert whose child it is now; null: none mutes it
    Column("settled", Boolean, nullable=False),  # it is over, and whom that concerns was told
    Index("ix_alert_unsettled", "site_id", postgresql_where=_UNSETTLED, sqlite_where=_UNSETTLED),
    Index(
        "uq_alert_open",
        "site_id",
        "rule_id",
        "point",
        unique=True,
        postgresql_where=_OPEN,
        sqlite_where=_OPEN,
    ),
    Index(
        "uq_alert_open_over_sites",
        "organisation_id",
        "rule_id",
        "point",
        unique=True,
        postgresql_where=_OPEN_OVER_SITES,
        sqlite_where=_OPEN_OVER_SITES,
    ),
    Index("ix_alert_organisation_id", "organisation_id", "ended_at"),
    Index("ix_alert_site_id", "site_id", "rule_id", "point"),
)

# The ids under which judges told one alert; the alert's own id is among them.
alert_member = Table(
    "alert_member",
    metadata,
    Column("id", Text, primary_key=True),
    Column("alert_id", Text, ForeignKey("alert.id"), nullable=False),
    of_organisation(),
    Column("site_id", Integer, ForeignKey("site.id")),  # null: as of the alert
    Column("gateway_id", Text, nullable=False),
    Column("epoch", Text, nullable=False),  # of the outbox that told it last; "": the cloud's own
    Column("rule_id", Text, nullable=False),
    Column("point", Text, nullable=False),
    Column("began", BigInteger, nullable=False),
    Column("ended_at", BigInteger),  # null: open
    Column("folded", JSON, nullable=False),  # protocol.fold.Folded
    Column("forgotten_at", BigInteger),  # a birth of a later epoch did not list it; null: it is known there
    Index(None, "alert_id"),
    Index("ix_alert_member_site_id", "site_id", "rule_id", "point"),
    Index("ix_alert_member_gateway_id", "gateway_id", postgresql_where=_OPEN, sqlite_where=_OPEN),
)

acknowledgement = Table(
    "acknowledgement",
    metadata,
    Column("id", BigId, primary_key=True),
    of_organisation(),
    Column("alert_id", Text, ForeignKey("alert.id"), nullable=False),
    Column("member_id", Text, nullable=False),  # the id of the alert that was seen
    Column("counter", BigInteger, nullable=False),  # of the newest transition that was seen
    Column("by", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("until", BigInteger),  # null: until it resolves or rises; not after `at`: taken back
    Column("note", Text, nullable=False),  # "": none
    Column("gateway_id", Text, nullable=False),  # where it was made; "": in the cloud
    Column("published_at", BigInteger),  # when it went to the broker for the gateway; null: not yet
    Column("answered_at", BigInteger),  # when the gateway said that it has it; null: not yet
    Index(None, "alert_id"),
)

shelving = Table(
    "shelving",
    metadata,
    Column("id", BigId, primary_key=True),
    of_organisation(),
    Column("alert_id", Text, ForeignKey("alert.id"), nullable=False),
    Column("by", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),  # ending it early moves it
    Index(None, "alert_id"),
)

maintenance = Table(
    "maintenance",
    metadata,
    Column("id", BigId, primary_key=True),
    of_organisation(),
    Column("site_id", Integer, ForeignKey("site.id")),  # null: every site of the organisation
    Column("device", Text, nullable=False),  # "": every one
    Column("point", Text, nullable=False),  # device/metric; "": every one
    Column("rules", JSON, nullable=False),  # ids; none: every rule
    Column("ceiling", Text),  # the highest severity that is kept quiet; null: all
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),  # of the first time, where it repeats
    Column("weekly", Boolean, nullable=False),  # at the same hour in the site's zone
    Column("ended_at", BigInteger),  # it was ended, or repeats no more, from then on; null: not
    Column("reason", Text, nullable=False),  # what people are told; "": nothing
    Column("by", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index(None, "organisation_id"),
)

# Every decision not to tell somebody, and why.
decision = Table(
    "decision",
    metadata,
    Column("id", BigId, primary_key=True),
    of_organisation(),
    Column("alert_id", Text, ForeignKey("alert.id"), nullable=False),
    Column("counter", BigInteger, nullable=False),  # of the transition
    Column("person_id", Integer),  # null: everybody
    Column("reason", Text, nullable=False),  # a word of cloud/alerting/suppress.py
    Column("detail", Text, nullable=False),  # which window, which parent …; "": nothing more to say
    Column("at", BigInteger, nullable=False),
    Index(None, "alert_id"),
)

# What happens at a time with nobody asking. A row is gone once it has happened.
timer = Table(
    "timer",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("subject", Text, primary_key=True),  # an id, or several with a space between
    of_organisation(),
    Column("due_at", BigInteger, nullable=False),
    Column("claimed_by", Text),  # a process at work on it; null: none
    Column("claimed_at", BigInteger),  # null with it; a claim that is a minute old has died
    Index(None, "due_at"),
)
