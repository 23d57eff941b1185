"""What devices publish on a LAN broker: on which topics, in which shape, and what a message says. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import tzinfo
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta

from firmware_bridge import json_record
from firmware_bridge.fields import Interval, Measure, RawValue, check, number, reading
from firmware_bridge.instant import zone_of
from firmware_bridge.source import REJECT_TEXT_LIMIT, Reject
from protocol import units
from protocol.reading import Label, Reading
from protocol.units import Quantity

PAYLOAD_LIMIT = 65_536  # bytes; a Tasmota with every sensor sends about 2,000

# Whole topics only: which device a message of `+/level` is about would be a guess.
Topic = Annotated[str, Meta(pattern=r"^[^+#\x00$][^+#\x00]{0,199}$")]
_Path = Annotated[str, Meta(min_length=1, max_length=100)]


class TopicField(Measure, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A value by its topic; `field` is its dotted path where the payload is JSON, as `battery.voltage`."""

    topic: Topic
    field: _Path | None = None  # None: the payload is the value


class NodeField(Measure, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A value by its name at the node: ESPHome's object id, the dotted path in Tasmota's JSON."""

    field: _Path


class Value(NamedTuple):
    """Where one value stands in a payload."""

    measure: Measure
    path: str | None  # None: the payload is the value


class Route(NamedTuple):
    """What the messages of one topic say about one device."""

    device: str
    values: list[Value]
    time_key: str | None = None  # the path of the device's own time; None: it has none that can be trusted
    zone: tzinfo | None = None  # of times that name none
    unit_key: str | None = None  # where the payload names the unit of its temperatures: C or F


class Topics(
    msgspec.Struct, tag_field="shape", tag="topics", frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """Any topics."""

    device: Label
    fields: Annotated[list[TopicField], Meta(min_length=1, max_length=64)]
    time_key: _Path | None = None
    timezone: str | None = None  # IANA name, for times without a zone
    interval_s: Interval | None = None  # expected time between its readings; None: irregular

    def __post_init__(self) -> None:
        check(self.fields)
        _zone(self.timezone)

    def routes(self) -> Iterator[tuple[str, Route]]:
        values: dict[str, list[Value]] = defaultdict(list)
        for field in self.fields:
            values[field.topic].append(Value(field, field.field))
        for topic, found in values.items():
            yield topic, Route(self.device, found, self.time_key, _zone(self.timezone))

    def presence(self) -> str | None:
        return None


class EspHome(
    msgspec.Struct, tag_field="shape", tag="esphome", frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """`<node>/sensor/<field>/state` holds the value, `<node>/status` online or offline (ESPHome, `mqtt:`)."""

    device: Label
    node: Topic  # its topic_prefix; by default its name
    fields: Annotated[list[NodeField], Meta(min_length=1, max_length=64)]
    interval_s: Interval | None = None

    def __post_init__(self) -> None:
        check(self.fields)

    def routes(self) -> Iterator[tuple[str, Route]]:
        for field in self.fields:
            yield f"{self.node}/sensor/{field.field}/state", Route(self.device, [Value(field, None)])

    def presence(self) -> str | None:
        return f"{self.node}/status"


class Tasmota(
    msgspec.Struct, tag_field="shape", tag="tasmota", frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """`tele/<node>/SENSOR` holds JSON, `tele/<node>/LWT` Online or Offline (Tasmota's default FullTopic).

    Its `Time` is local and names no zone: it counts only where `timezone` says which.
    """

    device: Label
    node: Topic  # its Topic
    fields: Annotated[list[NodeField], Meta(min_length=1, max_length=64)]
    timezone: str | None = None  # IANA name of what its Timezone is set to
    interval_s: Interval | None = None

    def __post_init__(self) -> None:
        check(self.fields)
        _zone(self.timezone)

    def routes(self) -> Iterator[tuple[str, Route]]:
        values = [Value(field, field.field) for field in self.fields]
        zone = _zone(self.timezone)
        yield (
            f"tele/{self.node}/SENSOR",
            Route(self.device, values, "Time" if zone else None, zone, "TempUnit"),
        )

    def presence(self) -> str | None:
        return f"tele/{self.node}/LWT"


AnyDevice = Topics | EspHome | Tasmota


def routes_of(devices: Iterable[AnyDevice]) -> dict[str, list[Route]]:
    """By topic: a bridge may say what several devices measured in one message."""
    routes: dict[str, list[Route]] = defaultdict(list)
    for device in devices:
        for topic, route in device.routes():
            routes[topic].append(route)
    return dict(routes)


def decode(
    route: Route, topic: str, payload: bytes, arrived: int | None
) -> tuple[list[Reading], list[Reject]]:
    """The readings of one message. `arrived` is in ms UTC; None: the broker had kept it for whoever comes,
    since nobody knows when, and only a payload with a time of its own says anything."""
    if len(payload) > PAYLOAD_LIMIT:
        return [], [reject(topic, payload, f"longer than {PAYLOAD_LIMIT} bytes")]
    if not payload.strip(b" \t\r\n\0"):
        return [], []  # how a kept message is deleted
    try:
        record = json_record.parse(payload) if _is_json(route) else None
        at = (
            json_record.own_time(json_record.find(record, route.time_key), route.zone)
            if route.time_key
            else None
        )
    except ValueError as error:
        return [], [reject(topic, payload, str(error))]
    at = arrived if at is None else at
    if at is None:
        return [], []
    readings, rejects = [], []
    for value in route.values:
        try:
            found = number(_raw(record, value.path, payload))
            if found is not None:
                _check_unit(record, route.unit_key, value.measure)
                readings.append(reading(f"{route.device}/{value.measure.metric}", at, found, value.measure))
        except ValueError as error:
            place = f"{topic} {value.path}" if value.path else topic
            rejects.append(reject(place, payload, str(error)))
    return readings, rejects


def _is_json(route: Route) -> bool:
    return route.time_key is not None or any(value.path for value in route.values)


def _raw(record: Any, path: str | None, payload: bytes) -> RawValue:
    return payload.decode("utf-8", "replace") if path is None else json_record.find(record, path)


def _check_unit(record: Any, unit_key: str | None, measure: Measure) -> None:
    """Raises ValueError where the payload says that its temperatures are in another unit than was set."""
    if unit_key is None or not measure.unit:
        return
    unit, said = units.find(measure.unit), json_record.find(record, unit_key)
    if unit.quantity is Quantity.TEMPERATURE and said in ("C", "F") and unit != units.find(f"deg{said}"):
        raise ValueError(f'{unit_key} is {said}; set unit = "deg{said}"')


def reject(where: str, payload: bytes, reason: str) -> Reject:
    text = payload[: 4 * REJECT_TEXT_LIMIT].decode("utf-8", "replace")[:REJECT_TEXT_LIMIT]
    return Reject(where[:REJECT_TEXT_LIMIT], text, reason)


def _zone(name: str | None) -> tzinfo | None:
    return zone_of(name) if name else None
