"""What /api/v1 says, field by field: the names are those of the OpenAPI document. Times are ms UTC."""

from typing import Literal

import msgspec

from cloud.store.devices import DeviceRow, PointRow
from cloud.store.gateways import GatewayRow
from cloud.store.sites import SiteRow as StoredSite
from protocol.reading import words

Quality = Literal["suspect", "fault", "clock_uncertain"]
GatewayState = Literal["never seen", "online", "quiet", "offline", "catching up", "revoked"]

IRREGULAR_S = 3600.0  # a point that gives no interval is stale after an hour


class Latest(msgspec.Struct, frozen=True, kw_only=True):
    at: int
    value: float | None  # null only with fault
    quality: list[Quality]
    received_at: int


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    of: str  # the point that it is derived of: device/metric
    kind: str  # how: level_from_distance …
    calibrations: list[int]  # from when each one holds, oldest first


class Point(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    site_id: int
    device: str
    metric: str
    unit: str  # "" where unknown
    interval_s: float | None  # null: irregular
    origin: Origin | None  # null: it is not derived
    stale_after_s: float  # a latest value that is older is stale
    latest: Latest | None


class Device(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    site_id: int
    name: str
    category: str  # "": not said yet
    points: list[Point]


class Backlog(msgspec.Struct, frozen=True, kw_only=True):
    readings: int
    oldest_at: int | None


class GatewayBreaker(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    state: str


class Gateway(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    label: str
    site_id: int
    site: str
    state: GatewayState
    last_contact_at: int | None
    dead: bool  # its last will came
    heartbeat_s: float
    offline_after_s: int
    version: str  # "": never seen
    backlog: Backlog
    parked: int  # batches the cloud refused for good
    clock_offset_ms: int | None
    breakers: list[GatewayBreaker]
    revoked_at: int | None


class Site(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    name: str
    zone: str  # IANA
    tags: dict[str, str]
    offline_after_s: int


class SiteRow(Site, frozen=True, kw_only=True):
    points: int
    newest_at: int | None
    headline: Point | None
    gateways: list[Gateway]


class Person(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    name: str
    role: str


class Organisation(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    name: str


class SessionAnswer(msgspec.Struct, frozen=True, kw_only=True):
    person: Person
    organisation: Organisation
    server_time: int


class SitesAnswer(msgspec.Struct, frozen=True, kw_only=True):
    server_time: int
    items: list[SiteRow]


class SiteAnswer(msgspec.Struct, frozen=True, kw_only=True):
    server_time: int
    site: Site
    devices: list[Device]
    gateways: list[Gateway]


class GatewaysAnswer(msgspec.Struct, frozen=True, kw_only=True):
    server_time: int
    items: list[Gateway]


class PointAnswer(msgspec.Struct, frozen=True, kw_only=True):
    server_time: int
    point: Point
    site: Site


class ReadingsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Oldest first; `next` is the cursor of the page after it, null on the last one."""

    items: list[tuple[int, float | None, list[Quality]]]  # at, value, quality
    next: str | None


class Buckets(msgspec.Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """Dense: one place per step; min, avg and max are null together where a step has no value."""

    from_: int
    to: int
    step_s: int
    at: list[int]
    min: list[float | None]
    avg: list[float | None]
    max: list[float | None]
    count: list[int]


class Token(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    name: str
    created_at: int
    expires_at: int | None


class NewToken(Token, frozen=True, kw_only=True):
    token: str  # shown this once


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Every answer that is an error."""

    detail: str  # a sentence with the next step
    reference: str  # stands in the server's log too


def gateway_state(row: GatewayRow, now: int) -> GatewayState:
    """A gateway in one word. The last contact decides; a last will only hastens "quiet"."""
    if row.revoked_at is not None:
        return "revoked"
    if row.last_contact_at is None:
        return "never seen"
    silent_s = (now - row.last_contact_at) / 1000
    if silent_s > row.offline_after_s:
        return "offline"
    if row.dead or silent_s > 2 * row.heartbeat_s:
        return "quiet"
    return "catching up" if row.backlog_readings else "online"


def gateway_of(row: GatewayRow, now: int) -> Gateway:
    return Gateway(
        id=row.id,
        label=row.label,
        site_id=row.site_id,
        site=row.site,
        state=gateway_state(row, now),
        last_contact_at=row.last_contact_at,
        dead=row.dead,
        heartbeat_s=row.heartbeat_s,
        offline_after_s=row.offline_after_s,
        version=row.version or "",
        backlog=Backlog(readings=row.backlog_readings, oldest_at=row.backlog_oldest_at),
        parked=row.parked,
        clock_offset_ms=row.clock_offset_ms,
        breakers=[GatewayBreaker(name=name, state=state) for name, state in row.breakers],
        revoked_at=row.revoked_at,
    )


def point_of(row: PointRow) -> Point:
    return Point(
        id=row.id,
        site_id=row.site_id,
        device=row.device,
        metric=row.metric,
        unit=row.unit,
        interval_s=row.interval_s,
        origin=_origin_of(row),
        stale_after_s=(2 * row.interval_s if row.interval_s else IRREGULAR_S) + (row.seal_every_s or 0),
        latest=_latest_of(row),
    )


def device_of(row: DeviceRow, points: list[PointRow]) -> Device:
    return Device(
        id=row.id,
        site_id=row.site_id,
        name=row.name,
        category=row.category or "",
        points=[point_of(point) for point in points if point.device_id == row.id],
    )


def site_of(row: StoredSite) -> Site:
    return Site(id=row.id, name=row.name, zone=row.zone, tags=row.tags, offline_after_s=row.offline_after_s)


def quality_of(flags: int) -> list[Quality]:
    return words(flags)  # type: ignore[return-value]  # the names of the flags are these words


def _origin_of(row: PointRow) -> Origin | None:
    if row.derived_of is None:
        return None
    return Origin(of=row.derived_of, kind=row.derivation or "", calibrations=row.calibrations or [])


def _latest_of(row: PointRow) -> Latest | None:
    if row.at is None or row.received_at is None:
        return None
    return Latest(
        at=row.at, value=row.value, quality=quality_of(row.quality or 0), received_at=row.received_at
    )
