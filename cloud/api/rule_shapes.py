"""What /api/v1 says of rules, their versions and their way to the gateways. Times are ms UTC."""

from typing import Literal

import msgspec

from protocol.rule import Rule, Scope, Severity

RuleState = Literal["draft", "published", "retired"]
RolloutState = Literal["pending", "delivered", "applied", "rejected"]


class RollOut(msgspec.Struct, frozen=True, kw_only=True):
    """How many gateways have the published version; none for a rule that the cloud judges."""

    applied: int
    pending: int  # also those it was delivered to, which have not answered
    rejected: int
    total: int
    sentence: str  # 18 of 20 applied · 1 pending · 1 rejected: there is no point …


class RuleRow(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    sentence: str  # of the version that runs, else of the draft, else of the newest
    severity: Severity  # the highest it may reach at once
    kind: str
    scope: Scope
    state: RuleState  # published, also where there is a draft beside it
    version: int  # of the sentence
    draft_version: int | None  # newer than what runs; null: none
    runs_on: Literal["gateway", "cloud"]
    open_alerts: int
    roll_out: RollOut


class SiteLimit(msgspec.Struct, frozen=True, kw_only=True):
    site_id: int
    site: str
    after_s: int  # a gateway there that is silent for longer is offline


class BuiltInRule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that everybody has: it is neither edited nor retired."""

    id: str
    name: str
    sentence: str
    severity: Severity
    open_alerts: int
    limits: list[SiteLimit]  # by site


class RulesAnswer(msgspec.Struct, frozen=True, kw_only=True):
    server_time: int
    items: list[RuleRow]
    built_in: list[BuiltInRule]


class RuleVersion(msgspec.Struct, frozen=True, kw_only=True):
    version: int
    state: RuleState
    by: str
    at: int
    published_at: int | None
    retired_at: int | None
    sentence: str
    rule: Rule


class RuleOnGateway(msgspec.Struct, frozen=True, kw_only=True):
    gateway_id: str
    label: str
    site_id: int
    site: str
    rule_version: int  # that it is to run
    state: RolloutState
    reason: str  # why it is rejected, or what of it does not fit there; "": nothing
    at: int  # of the state
    digest: str  # of the configuration that it is to run
    running: str | None  # digest of what it says that it runs; null: it never said


class RuleAnswer(msgspec.Struct, frozen=True, kw_only=True):
    server_time: int
    rule: RuleRow
    versions: list[RuleVersion]  # newest first
    gateways: list[RuleOnGateway]


class RuleCheck(msgspec.Struct, frozen=True, kw_only=True):
    """What would become of a rule; nothing is kept."""

    sentence: str
    mistakes: list[str]  # with any of these it is not taken
    warnings: list[str]
    points: int  # that it would watch
    sites: list[int]  # that it reaches
    gateways: int


class RuleWish(msgspec.Struct, forbid_unknown_fields=True):
    """A rule that is asked about."""

    rule: Rule


class PreviewEpisode(msgspec.Struct, frozen=True, kw_only=True):
    """A time in which the rule would have fired at one point."""

    site_id: int
    site: str
    zone: str  # in which its times are shown
    point: str  # device/metric
    point_id: int
    severity: Severity  # the highest
    began: int  # first reading that raised
    fired_at: int
    ended_at: int | None  # null: not by the newest reading


class RulePreview(msgspec.Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """What the rule would have done by the readings that are stored."""

    server_time: int
    from_: int
    to: int
    fired: int  # times
    episodes: list[PreviewEpisode]  # newest first, 50 at most
    points: int  # in its scope
    points_looked_at: int  # 50 at most
    readings: int  # that were looked at, 200,000 at most
    is_cut: bool  # something in its scope was not looked at
    notes: list[str]  # what was not, and what else to know


class RuleTemplate(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    category: str  # tank, borewell, flow meter, water quality, any device
    name: str
    sentence: str
    source: str  # where the limit comes from
    is_active_at_first: bool
    rules: list[str]  # ids of those that watch the same in the same way, and run or are drafts
    rule: Rule
