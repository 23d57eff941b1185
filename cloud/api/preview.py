"""What a rule would have done, before it is published."""

from litestar import post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from cloud.alerting.preview import Firing, Turns, preview
from cloud.alerting.rule_check import check
from cloud.api.parameters import Clock
from cloud.api.rule_shapes import PreviewEpisode, RulePreview, RuleWish
from cloud.errors import Invalid
from cloud.store.database import Database
from cloud.store.sessions import Signed
from protocol.rule import Kind

_SHOWN = 50


@post("/rules/preview", status_code=200)
async def preview_rule(
    data: JSONBody[RuleWish],
    signed: NamedDependency[Signed],
    database: NamedDependency[Database],
    turns: NamedDependency[Turns],
    clock: NamedDependency[Clock],
) -> RulePreview:
    """How often it would have fired in the last seven days, by what is stored; nothing is kept.

    429 while another one is being worked out. A preview that was cut short says so.
    """
    now, own = clock(), signed.organisation_id
    if data.rule.kind is Kind.SITES:
        raise Invalid("a rule over sites judges alerts and no readings: there is no preview of it")
    async with database.reading() as connection:
        found = await check(connection, own, data.rule)
    if found.mistakes:
        raise Invalid("; ".join(found.mistakes))
    with turns.turn():
        seen = await preview(database, own, data.rule, now)
    return RulePreview(
        server_time=now,
        from_=seen.since,
        to=now,
        fired=len(seen.firings),
        episodes=[_episode(one) for one in seen.firings[:_SHOWN]],
        points=seen.points,
        points_looked_at=seen.looked_at,
        readings=seen.readings,
        is_cut=seen.is_cut,
        notes=seen.notes,
    )


def _episode(one: Firing) -> PreviewEpisode:
    return PreviewEpisode(
        site_id=one.site.id,
        site=one.site.name,
        zone=one.site.zone,
        point=one.point,
        point_id=one.point_id,
        severity=one.episode.severity,
        began=one.episode.began,
        fired_at=one.episode.fired_at,
        ended_at=one.episode.ended_at,
    )
