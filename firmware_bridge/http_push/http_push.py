"""Listens for devices that post JSON or SenML over HTTP. 200 means that it is committed.

Without a time of its own a reading is as old as its arrival, also one that a device sends again because it
did not hear the answer: that one is then there twice. With a time of its own it is there once.
"""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, ClassVar, Self

import msgspec
from msgspec import Meta

from firmware_bridge.arrival import arrival
from firmware_bridge.fields import Measure, measures_of, points_of
from firmware_bridge.heard import shown
from firmware_bridge.history import SENT_AGAIN, NotKept
from firmware_bridge.http_push.devices import Device, Taken, decode_json, decode_senml, names_of
from firmware_bridge.http_push.hand import Hand
from firmware_bridge.instant import now_ms
from firmware_bridge.lan.http import Response, serve
from firmware_bridge.lan.listening import place
from firmware_bridge.lan.request import Limits, Request
from firmware_bridge.source import Name, Put, SourceError
from protocol.reading import Point

log = logging.getLogger(__name__)

LIMITS = Limits(body_bytes=524_288)
_SMALL = 8_192  # bytes of a body: some 400 values, milliseconds
_SENML = ("application/senml+json", "application/sensml+json")


class HttpPush(
    msgspec.Struct, tag_field="kind", tag="http_push", frozen=True, kw_only=True, forbid_unknown_fields=True
):
    answers: ClassVar[bool] = True  # for the agent: devices wait for what is put

    name: Name
    listen: str  # host:port
    devices: Annotated[list[Device], Meta(min_length=1, max_length=200)]

    def __post_init__(self) -> None:
        place(self.listen)
        names = [device.device for device in self.devices]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"device {name!r} is there twice; put its fields together")
        names_of(self.devices)

    def located(self, folder: Path) -> Self:
        return msgspec.structs.replace(self, devices=[device.located(folder) for device in self.devices])

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
        devices = [device.opened() for device in self.devices]
        hand = Hand()
        async with asyncio.TaskGroup() as tasks:
            keeping = hand.keep(put, None if cursor else SENT_AGAIN)
            keeper = tasks.create_task(keeping, name=f"keep {self.name}")
            trouble = await self._serve(Desk(self.name, devices, hand))
            keeper.cancel()
        raise trouble

    async def _serve(self, desk: "Desk") -> SourceError:
        try:
            await serve(self.listen, desk.answer, LIMITS)
        except SourceError as error:
            return error
        raise AssertionError("it serves until it is cancelled")


class Desk:
    """Answers what devices post: to /<device>, or SenML that names its devices to /."""

    def __init__(self, name: str, devices: list[Device], hand: Hand, now: Callable[[], int] = now_ms) -> None:
        self._name = name
        self._devices = {device.device: device for device in devices}
        self._names = names_of(devices)
        self._hand = hand
        self._now = now
        self._newest = dict.fromkeys(self._devices, 0)  # by device: when its last post came, ms UTC

    async def answer(self, request: Request) -> Response:
        # Not the query: a key may stand there.
        log.debug(
            "%s: %s %s %s", self._name, request.method, shown(request.path.encode()), shown(request.body)
        )
        addressed = request.path.strip("/")
        if addressed and addressed not in self._devices:
            return _said(404, f"no device {addressed[:60]!r} here; post to /{next(iter(self._devices))}")
        if request.method not in ("POST", "PUT"):
            return _said(405, "post JSON or SenML", {"Allow": "POST, PUT"})
        devices = [self._devices[addressed]] if addressed else [*self._devices.values()]
        key = _key_of(request)
        opened = [device for device in devices if device.is_opened_by(key)]
        if not opened:
            return _said(401, "this needs the device's key: Authorization: Bearer KEY, or ?key=KEY")
        now = self._arrived(opened)
        if len(request.body) <= _SMALL:
            return await self._stored(self._decode(opened, bool(addressed), request, now))
        # In a thread: 30,000 values take a second on a Pi, and the agent has other work.
        return await self._stored(
            await asyncio.to_thread(self._decode, opened, bool(addressed), request, now)
        )

    def _arrived(self, devices: list[Device]) -> int:
        at = arrival(self._now(), max(self._newest[device.device] for device in devices))
        self._newest.update((device.device, at) for device in devices)
        return at

    def _decode(self, opened: list[Device], is_addressed: bool, request: Request, now: int) -> Taken:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if is_addressed and kind not in _SENML:
            return decode_json(opened[0], request.body, now)
        if is_addressed:  # whatever its names are, they are this device's
            return decode_senml(names_of(opened, True), ("",), request.body, now)
        names = self._names if len(opened) == len(self._devices) else names_of(opened)
        return decode_senml(names, tuple(device.start for device in opened), request.body, now)

    async def _stored(self, taken: Taken) -> Response:
        try:
            if taken.readings or taken.rejects:
                await self._hand.take(taken.readings, taken.rejects)
        except NotKept as error:
            return _said(503, str(error), {"Retry-After": "60"})
        said = f"{len(taken.readings)} stored"
        if taken.rejects:
            said += f", {len(taken.rejects)} rejected: {taken.rejects[0].reason}"
        return _said(400 if taken.rejects and not taken.readings else 200, said)


def _key_of(request: Request) -> str:
    """The key that was shown; "": none."""
    scheme, _, key = request.headers.get("authorization", "").strip().partition(" ")
    return key.strip() if scheme.lower() == "bearer" else request.query.get("key", "")


def _said(status: int, text: str, headers: dict[str, str] | None = None) -> Response:
    return Response(status=status, body=f"{text}\n".encode("utf-8", "replace"), headers=headers or {})
