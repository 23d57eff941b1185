"""SMS, Telegram and the hundred others that Apprise speaks. Its library is loaded by the first message only.

The file of a channel holds one Apprise URL, in which {address} stands for whom a message is for and {key} for
its idempotency key, where the service takes one: tgram://TOKEN/{address}, json://host/?+Idempotency-Key={key}.
"""

import asyncio
import logging
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import quote, unquote

import msgspec
from msgspec import Meta

from cloud.senders import parts
from cloud.senders.sender import (
    Answer,
    Message,
    Mistake,
    Name,
    SendError,
    read_secret,
    said,
    secret_mistakes,
)

SEND_S = 25.0

Result = tuple[bool, list[str]]  # whether it was sent, what Apprise had to say

_ADDRESS = re.compile(r"[+@#\w.:-]{1,128}")  # no comma, no slash: an address is one, and stays in its place
_SECRET_CHARACTERS = 4  # shorter pieces of a URL are words such as "json"


class Apprise(
    msgspec.Struct, tag_field="kind", tag="apprise", frozen=True, kw_only=True, forbid_unknown_fields=True
):
    name: Name
    url_file: Path
    # Set: the channel sends SMS, by the fixed template "SUBJECT LINK", and so many parts in any 24 hours.
    sms_parts_a_day: Annotated[int, Meta(ge=1, le=100_000)] | None = None

    def located(self, folder: Path) -> Self:
        return msgspec.structs.replace(self, url_file=folder / self.url_file)

    def mistakes(self) -> Iterator[Mistake]:
        yield from secret_mistakes("url_file", self.url_file, 8)
        try:
            is_url = "://" in read_secret(self.url_file)
        except SendError:
            return
        if not is_url:
            yield (
                "url_file",
                f"{self.url_file} holds no Apprise URL: write one such as tgram://TOKEN/{{address}}",
            )

    async def address_mistake(self, address: str) -> str | None:
        if _ADDRESS.fullmatch(address):
            return None
        return f"{address!r} is no address for {self.name}: correct it"

    def line(self, address: str) -> str:
        return self.name

    async def send(self, message: Message) -> Answer:
        mistake = await self.address_mistake(message.address)
        if mistake:
            raise SendError(mistake, permanent=True)
        url = await asyncio.to_thread(read_secret, self.url_file)
        filled = url.replace("{address}", quote(message.address, safe="")).replace(
            "{key}", quote(message.key, safe="")
        )
        title, body = ("", sms(message)) if self.sms_parts_a_day else (message.subject, _full(message))
        try:
            async with asyncio.timeout(SEND_S):
                is_sent, lines = await _in_thread(lambda: _notify(filled, title, body))
        except TimeoutError as error:
            raise SendError(f"{self.name}: no answer within {SEND_S:g} s", permanent=False) from error
        text = said("; ".join(lines))
        if not is_sent:
            raise SendError(f"{self.name}: {text or 'refused, and nothing was said'}", permanent=False)
        return Answer(text or "taken")


def sms(message: Message) -> str:
    """What an SMS says, in two parts at most."""
    return parts.fitted(" ".join(message.subject.split()), message.link)


def _full(message: Message) -> str:
    return f"{message.text}\n{message.link}" if message.link else message.text


def _notify(url: str, title: str, body: str) -> Result:
    """Runs in a thread of its own; what Apprise has to say it says in its log."""
    import apprise  # here: it is large, and most clouds never send by it

    lines: list[str] = []
    listener = _Listener(lines)
    logger = logging.getLogger("apprise")
    logger.propagate = False  # what it says may hold the URL
    logger.addHandler(listener)
    try:
        service = apprise.Apprise.instantiate(url, asset=apprise.AppriseAsset(storage_mode="memory"))
        if service is None:
            return False, ["this is no URL that Apprise can use: correct the file"]
        if not service.verify_certificate:
            return False, ["the URL says verify=no, and TLS is always verified: remove that"]
        is_sent = bool(service.notify(body=body, title=title))
        return is_sent, [_without_secrets(line, url) for line in lines]
    finally:
        logger.removeHandler(listener)


class _Listener(logging.Handler):
    """Keeps what this thread's message was answered: others are sent at the same time."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._lines = lines
        self._thread = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread and len(self._lines) < 10:
            self._lines.append(record.getMessage())


async def _in_thread(work: Callable[[], Result]) -> Result:
    """In a thread that nobody waits for at the end: a service that hangs must hold up neither the pool that
    others share nor the program's stop. Apprise's own time-outs end it."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Result] = loop.create_future()

    def finish(result: Result) -> None:
        if not done.done():  # else nobody waits any more
            done.set_result(result)

    def run() -> None:
        result = False, ["the service's module crashed: its traceback is in the log"]
        try:
            result = work()
        finally:
            if not loop.is_closed():
                loop.call_soon_threadsafe(finish, result)

    threading.Thread(target=run, name="apprise", daemon=True).start()
    return await done


def _without_secrets(text: str, url: str) -> str:
    """The text with nothing in it that only the URL's file may hold."""
    for piece in sorted(re.split(r"[/:@?&=]+|\{address\}|\{key\}", url), key=len, reverse=True):
        for form in {piece, unquote(piece)}:
            if len(form) > _SECRET_CHARACTERS:
                text = text.replace(form, "***")
    return text
