"""Messages as lines of the log, for a demo: nobody is told anything."""

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, Self

import msgspec
import structlog

from cloud.senders.sender import Answer, Message, Mistake, Name

log = structlog.get_logger()


class Log(msgspec.Struct, tag_field="kind", tag="log", frozen=True, kw_only=True, forbid_unknown_fields=True):
    sms_parts_a_day: ClassVar[None] = None
    name: Name

    def located(self, folder: Path) -> Self:
        return self

    def mistakes(self) -> Iterator[Mistake]:
        yield from ()

    async def address_mistake(self, address: str) -> str | None:
        return None

    def line(self, address: str) -> str:
        return self.name

    async def send(self, message: Message) -> Answer:
        log.info(
            "message",
            channel=self.name,
            person=message.person,
            address=message.address,
            subject=message.subject,
            text=message.text,
            link=message.link,
            key=message.key,
        )
        return Answer("written to the log", is_delivered=True)
