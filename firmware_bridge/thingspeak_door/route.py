"""What each path of ThingSpeak's API leads to, and what every answer has in common."""

import logging
import re
from collections.abc import Mapping, Sequence
from functools import partial

import msgspec

from firmware_bridge.heard import shown
from firmware_bridge.history import History, NotKept
from firmware_bridge.instant import now_ms
from firmware_bridge.lan.http import JSON, Response
from firmware_bridge.lan.request import Request
from firmware_bridge.thingspeak_door import answers, reads
from firmware_bridge.thingspeak_door.bulk import bulk
from firmware_bridge.thingspeak_door.bulk_body import BadBulk
from firmware_bridge.thingspeak_door.channel import Channel
from firmware_bridge.thingspeak_door.drafts import says_something
from firmware_bridge.thingspeak_door.keys import key_of
from firmware_bridge.thingspeak_door.large_reads import LargeReads
from firmware_bridge.thingspeak_door.pace import Pace
from firmware_bridge.thingspeak_door.parameters import parameters_of
from firmware_bridge.thingspeak_door.refusals import Refusals
from firmware_bridge.thingspeak_door.trouble import trouble
from firmware_bridge.thingspeak_door.update import BODY_LIMIT, refused, update

log = logging.getLogger(__name__)

# Dashboards ask from pages of other origins.
_FOR_ALL = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Content-Type, X-THINGSPEAKAPIKEY, THINGSPEAKAPIKEY",
}

_UPDATE = re.compile(r"/update(?:\.(json|xml|txt))?")
_CHANNEL = re.compile(r"/channels/([0-9]{1,16})(?:[/.].*)?", re.DOTALL)
_BULK = re.compile(r"/channels/[0-9]+/bulk_update\.(json|csv)")
_TALKBACK = re.compile(r"/talkbacks/[0-9]+/commands/(?:execute|last)(\.json)?")


class Route:
    def __init__(self, name: str, channels: Sequence[Channel], history: History) -> None:
        self._name = name
        self._by_id = {channel.id: channel for channel in channels}
        self._by_key = {channel.write_key: channel for channel in channels}
        self._history = history
        self._pace = Pace()
        self._large = LargeReads()
        self.refusals = Refusals()

    async def answer(self, request: Request) -> Response:
        if match := _UPDATE.fullmatch(request.path):
            return await self._update(request, "" if match[1] == "txt" else match[1] or "")
        return _for_all(await self._other(request))

    async def _update(self, request: Request, extension: str) -> Response:
        if request.method == "OPTIONS":
            return _for_all(Response())
        if request.method not in ("GET", "POST"):
            return _for_all(trouble(405, "an update is a GET or a POST"))
        if request.lacks_body:
            self.refusals.note("/update", _sent(request.query), "its body has no length")
            return _for_all(refused(400, extension))
        if len(request.body) > BODY_LIMIT:
            self.refusals.note("/update", f"{len(request.body)} bytes", "an update that is too long")
            return _for_all(refused(413, extension))
        try:
            parameters = parameters_of(request)
        except ValueError as error:
            self.refusals.note("/update", str(error), "an update that cannot be read")
            return _for_all(refused(400, extension))
        response = await self._take(parameters, key_of(request.headers, parameters), extension)
        return response if parameters.get("headers") == "false" else _for_all(response)

    async def _take(self, parameters: dict[str, str], key: str, extension: str) -> Response:
        channel = self._by_key.get(key)
        if channel is None:
            log.debug("%s: an update whose key is no channel's write key", self._name)
            self.refusals.note("/update", _sent(parameters), "its key is no channel's write key")
            return refused(400, extension)
        self._hear(channel, parameters)
        try:
            return await update(parameters, channel, extension, self._history, self._pace, now_ms())
        except NotKept:
            return refused(503, extension)

    async def _other(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response()
        if match := _CHANNEL.fullmatch(request.path):
            return await self._channel(request, int(match[1]))
        if match := _TALKBACK.fullmatch(request.path):  # a queue that is always empty
            return Response(body=b"{}", content_type=JSON) if match[1] else Response()
        return trouble(404, "there is nothing at this path")

    async def _channel(self, request: Request, number: int) -> Response:
        channel = self._by_id.get(number)
        is_bulk = _BULK.fullmatch(request.path)
        if channel is None:
            return trouble(404, f"there is no channel {number}") if is_bulk else answers.NOT_FOUND
        try:
            if is_bulk:
                if request.method != "POST":
                    return trouble(405, "a bulk update is a POST")
                return await bulk(request, channel, is_bulk[1], self._history, self._pace, now_ms())
            if request.method not in ("GET", "HEAD"):
                return trouble(405, "a channel is read with GET")
            read = partial(reads.answer, request, channel, self._history, now_ms())
            return await (self._large.one(read) if reads.is_large(request) else read())
        except BadBulk as bad:
            self.refusals.note(f"channel {channel.id} bulk_update", str(bad), "a bulk update was refused")
            return trouble(bad.status, str(bad))
        except NotKept as error:
            return trouble(503, str(error))

    def _hear(self, channel: Channel, parameters: dict[str, str]) -> None:
        if log.isEnabledFor(logging.DEBUG):
            log.debug("%s: channel %d %s", self._name, channel.id, _sent(parameters))


def is_whole(head: Request) -> bool:
    """Nothing that an update must have is missing: a key, and where a body may come, a value."""
    if not _UPDATE.fullmatch(head.path):
        return True
    return bool(key_of(head.headers, head.query)) and (head.method == "GET" or says_something(head.query))


def _sent(parameters: Mapping[str, str]) -> str:
    """Only what is no key, neither by its name nor as one."""
    sent = [f"{name}={text}" for name, text in parameters.items() if text and "key" not in name.lower()]
    return shown("&".join(sent).encode())


def _for_all(response: Response) -> Response:
    return msgspec.structs.replace(response, headers=_FOR_ALL)
