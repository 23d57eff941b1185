"""A mail server that keeps what it is given: TLS at once or by STARTTLS, one login, troubles told."""

import asyncio
import email
import email.policy
import ssl
import warnings
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from typing import cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.certificates import ServerFiles

USER, PASSWORD = "evara", "a password: with a colon"
UNKNOWN = "nobody@example.org"  # a mailbox that is not there


class MailServer:
    """Tests look at `mails` and add to `troubles`: what is said to the next mails instead of 250."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.troubles: deque[str] = deque()
        self.hangs = False  # says nothing more after a mail has come
        self.port = 0

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        login = cast(LoginPassword, data)
        is_right = (login.login, login.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=is_right, handled=is_right)  # not handled: the library says 535

    async def handle_RCPT(  # noqa: N802 - as the library calls it
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address == UNKNOWN:
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = cast(bytes, envelope.content)
        self.mails.append(email.message_from_bytes(content, policy=email.policy.default))
        if self.hangs:
            await asyncio.Event().wait()
        return self.troubles.popleft() if self.troubles else "250 2.0.0 queued as 4711"


@asynccontextmanager
async def mail_server(files: ServerFiles, security: str = "starttls") -> AsyncIterator[MailServer]:
    """`security`: starttls, tls, or none: it offers no TLS at all."""
    fake = MailServer()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)
    loop = asyncio.get_running_loop()

    def speak() -> SMTP:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a login without STARTTLS: it knows no TLS from the first byte
            return SMTP(
                fake,
                hostname="localhost",
                tls_context=context if security == "starttls" else None,
                require_starttls=security == "starttls",
                auth_required=True,
                auth_require_tls=security == "starttls",
                authenticator=fake.authenticate,
                enable_SMTPUTF8=True,
                loop=loop,
            )

    server = await loop.create_server(speak, "127.0.0.1", 0, ssl=context if security == "tls" else None)
    fake.port = server.sockets[0].getsockname()[1]
    async with server:
        yield fake
