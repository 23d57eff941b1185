"""E-mail over SMTP. TLS is always used and always verified: there is no plain text to fall back to."""

import asyncio
import hashlib
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from pathlib import Path
from typing import ClassVar, Literal, Self

import aiosmtplib
import msgspec

from cloud.senders.sender import (
    Answer,
    Message,
    Mistake,
    Name,
    Port,
    SendError,
    read_secret,
    said,
    secret_mistakes,
    trust,
)
from protocol.hosts import is_name

SEND_S = 30.0  # for all of it
QUIT_S = 2.0

_ADDRESS = re.compile(r"[^\s@<>(),;:\"\\\[\]]{1,64}@[^\s@<>(),;:\"\\\[\]]{1,253}")


class Mail(
    msgspec.Struct, tag_field="kind", tag="mail", frozen=True, kw_only=True, forbid_unknown_fields=True
):
    sms_parts_a_day: ClassVar[None] = None
    name: Name
    host: str
    port: Port = 587
    security: Literal["starttls", "tls"] = "starttls"  # tls: from the first byte, usually port 465
    sender: str  # the address that it comes from
    credential_file: Path | None = None  # one line USER:PASSWORD; None: the server knows us by our address
    ca_file: Path | None = None  # None: the system's authorities

    def located(self, folder: Path) -> Self:
        return msgspec.structs.replace(
            self,
            credential_file=folder / self.credential_file if self.credential_file else None,
            ca_file=folder / self.ca_file if self.ca_file else None,
        )

    def mistakes(self) -> Iterator[Mistake]:
        if not is_name(self.host):
            yield "host", f"{self.host!r} can't be looked up: write the name of the mail server alone"
        if address_mistake(self.sender):
            yield "sender", f"{self.sender!r} is no address: write evara@example.org, in ASCII"
        if self.ca_file and not self.ca_file.is_file():
            yield "ca_file", f"{self.ca_file} is not there or is no file: correct the path"
        if self.credential_file:
            yield from secret_mistakes("credential_file", self.credential_file, 3)

    async def address_mistake(self, address: str) -> str | None:
        return address_mistake(address)

    def line(self, address: str) -> str:
        return self.name

    async def send(self, message: Message) -> Answer:
        mail = compose(message, self.sender, datetime.now(UTC))
        client = await asyncio.to_thread(self._prepare)
        try:
            async with asyncio.timeout(SEND_S):
                await client.connect()
                _, answer = await client.send_message(mail, sender=self.sender, recipients=[message.address])
        except TimeoutError as error:
            raise self._trouble(f"no answer within {SEND_S:g} s", error) from error
        except aiosmtplib.SMTPRecipientsRefused as error:
            first = error.recipients[0]
            raise self._trouble(f"{first.code} {first.message}", error, first.code >= 500) from error
        except aiosmtplib.SMTPDataError as error:
            raise self._trouble(f"{error.code} {error.message}", error, error.code >= 500) from error
        except aiosmtplib.SMTPResponseException as error:
            # A login or a sender that is refused: the channel is at fault, and the message can wait for it.
            raise self._trouble(f"{error.code} {error.message}", error) from error
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise self._trouble(str(error), error) from error
        finally:
            await _leave(client)
        return Answer(said(f"250 {answer}"))

    def _prepare(self) -> aiosmtplib.SMTP:
        """With login and trust as their files say now."""
        user, password = self._login()
        return aiosmtplib.SMTP(
            hostname=self.host,
            port=self.port,
            username=user,
            password=password,
            use_tls=self.security == "tls",
            start_tls=self.security == "starttls",
            tls_context=trust(self.ca_file),
            timeout=SEND_S,
        )

    def _login(self) -> tuple[str | None, str | None]:
        if self.credential_file is None:
            return None, None
        user, _, password = read_secret(self.credential_file).partition(":")
        if not (user and password):
            raise SendError(f"{self.credential_file}: write one line USER:PASSWORD into it", permanent=False)
        return user, password

    def _trouble(self, what: str, cause: Exception, permanent: bool = False) -> SendError:
        text = said(what) or type(cause).__name__
        return SendError(f"{self.host}:{self.port}: {text}", permanent=permanent)


def address_mistake(address: str) -> str | None:
    """None: nothing is wrong with it."""
    if "=?" in address or not address.isascii():  # a header would take it for an encoded word
        return f"{address!r} can't stand in a mail: write it in ASCII, without =?"
    return None if _ADDRESS.fullmatch(address) else f"{address!r} is no mail address: correct it"


def compose(message: Message, sender: str, now: datetime) -> EmailMessage:
    """The mail. Its Message-ID comes from the key: mailboxes know a second try by it. Raises SendError."""
    mistake = address_mistake(message.address)
    if mistake:
        raise SendError(mistake, permanent=True)
    mail = EmailMessage(policy=SMTP)
    mail["From"] = formataddr(("Evara", sender))
    mail["To"] = message.address
    mail["Subject"] = " ".join(message.subject.split())
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = message_id(message.key, sender)
    mail["Content-Language"] = message.language
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nothing that is out of office answers
    mail.set_content(f"{message.text}\n\n{message.link}\n" if message.link else f"{message.text}\n")
    return mail


def message_id(key: str, sender: str) -> str:
    """Hashed, because a key may hold what no Message-ID may."""
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@{sender.rpartition('@')[2]}>"


async def _leave(client: aiosmtplib.SMTP) -> None:
    """In good manners, but whether the mail was taken has been said before."""
    with suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
        async with asyncio.timeout(QUIT_S):
            if client.is_connected:
                await client.quit()
    client.close()
