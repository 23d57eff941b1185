"""A maintenance window as the API shows it: when it is open, and what it does, in words."""

from collections.abc import Sequence

from cloud.alerting import maintenance, wording
from cloud.alerting.languages.english import ENGLISH
from cloud.alerting.zones import offset_of
from cloud.api.telling_shapes import MaintenanceWindow
from cloud.store.maintenance import Window
from cloud.store.sites import SiteRow


def window_of(one: Window, sites: Sequence[SiteRow], now: int) -> MaintenanceWindow:
    """A window of every site is shown by the clocks of the first of them."""
    site = next((row for row in sites if row.id == one.site_id), None)
    zone = site.zone if site else next((row.zone for row in sites), "UTC")
    offset = offset_of(zone)
    open_until = maintenance.open_until(one, now, offset)
    return MaintenanceWindow(
        id=one.id,
        site_id=one.site_id,
        site=site.name if site else "",
        device=one.device,
        point=one.point,
        rules=one.rules,
        ceiling=one.ceiling,
        since=one.since,
        until=one.until,
        weekly=one.weekly,
        reason=one.reason,
        by=one.by,
        at=one.at,
        ended_at=one.ended_at,
        open_until=open_until,
        next_at=next((since for since, _ in maintenance.openings(one, now, offset) if since > now), None),
        effect=_effect(one, site, zone, open_until),
    )


def _effect(one: Window, site: SiteRow | None, zone: str, open_until: int | None) -> str:
    what = one.point or one.device
    where = site.name if site else "any site"
    subject = f"{what} at {where}" if what else where
    rules = f" by {', '.join(one.rules)}" if one.rules else ""
    ceiling = f" of alerts up to {one.ceiling}" if one.ceiling else ""
    until = wording.clock(ENGLISH, one.until if open_until is None else open_until, zone)
    span = (
        f"until {until}"
        if open_until is not None
        else f"from {wording.clock(ENGLISH, one.since, zone)} until {until}"
    )
    again = ", and again every week" if one.weekly else ""
    return (
        f"Data and alerts are still recorded. Nobody is notified{ceiling} for {subject}{rules} {span}{again}."
    )
