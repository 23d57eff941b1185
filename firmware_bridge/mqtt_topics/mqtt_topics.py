"""Listens to a broker on the LAN: plain values, JSON, ESPHome, Tasmota.

A message is acknowledged after its commit. To MQTT 5 the broker keeps for 60 s what was published with QoS 1
and not acknowledged, so a killed agent misses none of it; what was committed just before is then sent twice,
and is a second reading unless its payload has a time. With QoS 0, as ESPHome and Tasmota publish by default,
and with MQTT 3.1.1, what is sent while the agent is away is lost, and what it had not committed when killed.

What the broker had kept for whoever comes (retained) is of unknown age: no reading, unless its payload says
when it was measured.
"""

import asyncio
import hashlib
import logging
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import SplitResult, urlsplit

import msgspec
from msgspec import Meta

from firmware_bridge.arrival import arrival
from firmware_bridge.fields import Measure, measures_of, points_of
from firmware_bridge.heard import shown
from firmware_bridge.instant import now_ms
from firmware_bridge.mqtt_topics.devices import AnyDevice, decode, reject, routes_of
from firmware_bridge.mqtt_topics.hand import Hand, Message
from firmware_bridge.source import Name, Put, Reject, SourceError
from protocol.hosts import is_name
from protocol.reading import Point, Reading

log = logging.getLogger(__name__)

CREDENTIAL_LIMIT = 1_024  # bytes of its file


class MqttTopics(
    msgspec.Struct, tag_field="kind", tag="mqtt_topics", frozen=True, kw_only=True, forbid_unknown_fields=True
):
    name: Name
    broker: str  # mqtt://host[:port], plain text as devices on a LAN speak it, or mqtts://
    credential_file: str | None = None  # `user:password`, alone in a file
    ca_file: str | None = None  # for mqtts; None: the system's authorities
    devices: Annotated[list[AnyDevice], Meta(min_length=1, max_length=200)]

    def __post_init__(self) -> None:
        _split(self.broker)
        if ":" in Path(self.credential_file or "").name:
            raise ValueError(
                "credential_file holds a password itself; put it alone into a file and write that one's name"
            )
        names = [device.device for device in self.devices]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"device {name!r} is there twice; put its fields together")

    def located(self, folder: Path) -> Self:
        return msgspec.structs.replace(
            self,
            credential_file=str(folder / self.credential_file) if self.credential_file else None,
            ca_file=str(folder / self.ca_file) if self.ca_file else None,
        )

    def points(self) -> list[Point]:
        return [
            point
            for device in self.devices
            for point in points_of(device.device, device.fields, device.interval_s)
        ]

    def measures(self) -> dict[str, Measure]:
        return {
            name: measure
            for device in self.devices
            for name, measure in measures_of(device.device, device.fields).items()
        }

    async def feed(self, put: Put, cursor: str | None) -> None:
        # Here, for aiomqtt: most agents have no such source, and all must start fast.
        from firmware_bridge.mqtt_topics.link import open_link

        if cursor is None:
            # Who we are to the broker: random, for two who are the same to it throw each other out.
            cursor = secrets.token_hex(8)
            await put([], cursor)
        credential = _read_credential(Path(self.credential_file)) if self.credential_file else None
        ear = Ear(self.name, self.devices)
        async with open_link(
            _split(self.broker), _identifier(cursor), credential, self.ca_file, ear.topics, ear.hear
        ) as link:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(ear.hand.keep(put), name=f"keep {self.name}")
                trouble = await link.lost()
                ear.hand.close()  # what has arrived is still kept
            raise trouble


class Ear:
    """Takes apart what the broker sends, as it comes."""

    def __init__(self, name: str, devices: Sequence[AnyDevice]) -> None:
        self.hand = Hand()
        self._name = name
        self._routes = routes_of(devices)
        self._presence = {topic: device.device for device in devices if (topic := device.presence())}
        self._newest: dict[str, int] = {}  # by topic: when the last message came, ms UTC

    @property
    def topics(self) -> list[str]:
        return [*self._routes, *self._presence]

    def hear(self, message: Message) -> None:
        kept = " (retained)" if message.is_retained else ""
        log.debug("%s: %s%s %s", self._name, shown(message.topic.encode()), kept, shown(message.payload))
        if message.topic in self._presence:
            self._note_presence(message)
        arrived = None if message.is_retained else self._arrived(message.topic)
        try:
            readings, rejects = self._decode(message, arrived)
        except Exception:  # paho would hand us the message for ever, and the broker at every start
            log.exception("%s: a message on %s met a bug", self._name, shown(message.topic.encode()))
            readings, rejects = [], [reject(message.topic, message.payload, "it met a bug: see the log")]
        self.hand.take(readings, rejects, message.acknowledge)

    def _decode(self, message: Message, arrived: int | None) -> tuple[list[Reading], list[Reject]]:
        readings: list[Reading] = []
        rejects: list[Reject] = []
        for route in self._routes.get(message.topic, ()):
            found, wrong = decode(route, message.topic, message.payload, arrived)
            readings += found
            rejects += wrong
        return readings, rejects

    def _arrived(self, topic: str) -> int:
        self._newest[topic] = arrival(now_ms(), self._newest.get(topic, 0))
        return self._newest[topic]

    def _note_presence(self, message: Message) -> None:
        """What the broker says of a device's connection explains a silence; it is no reading."""
        log.info("%s: %s is %s", self._name, self._presence[message.topic], shown(message.payload[:20]))


def _identifier(cursor: str) -> str:
    """A client id that every broker takes, also where another kind of source left the cursor."""
    return "evara" + hashlib.sha256(cursor.encode()).hexdigest()[:16]


def _split(broker: str) -> SplitResult:
    """Raises ValueError where it is no broker's address."""
    if "@" in broker:  # first, for every other sentence shows the address
        raise ValueError("broker holds a name or a password; they belong into credential_file")
    url = urlsplit(broker)
    if url.scheme not in ("mqtt", "mqtts") or not is_name(url.hostname or "") or url.port == 0:
        raise ValueError(f"broker {broker} is no address; write mqtt://host or mqtts://host:port")
    if url.path.strip("/") or url.query or url.fragment:
        raise ValueError(f"broker {broker} has more than a host and a port; topics stand at the devices")
    return url


def _read_credential(path: Path) -> tuple[str, str]:
    try:
        with path.open("rb") as file:
            text = file.read(CREDENTIAL_LIMIT).decode("utf-8").strip()
    except OSError as error:
        # Its name is not shown: it may be a password, written where the file is meant.
        raise SourceError(
            f"the file that credential_file names cannot be read: {error.strerror}; put user:password there"
        ) from error
    except UnicodeDecodeError as error:
        raise SourceError(f"credential_file {path} is no text; put user:password there") from error
    user, colon, password = text.partition(":")
    if not (user and colon and text.isprintable()):
        raise SourceError(f"credential_file {path} holds no user:password; put that there, alone")
    return user, password
