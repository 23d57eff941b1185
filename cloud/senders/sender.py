"""The contracts between a channel that carries messages and the loop that sends them. Knows no alerts."""

import ssl
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Protocol, Self

import msgspec
from msgspec import Meta

ANSWER_LIMIT = 300  # characters of a provider's answer that are kept
SECRET_LIMIT = 4_096  # bytes of a secret's file

Name = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$")]  # of a channel, on every page
Port = Annotated[int, Meta(ge=1, le=65_535)]

Mistake = tuple[str, str]  # setting, sentence


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One message for one person, in that person's language."""

    key: str  # idempotency key: the same on every try, so that whoever gets it twice can tell
    person: str  # as people call them
    address: str  # of that person on this channel
    subject: str  # what and where, one line; with the link it is all that an SMS says
    text: str
    link: str = ""  # to the alert; "": there is none
    language: str = "en"


class Answer(msgspec.Struct, frozen=True):
    """What a provider said when it took a message."""

    text: str
    is_delivered: bool = False  # it has arrived, not only been taken on


class SendError(Exception):
    """A message was not taken: one sentence with the provider's own answer."""

    def __init__(self, sentence: str, *, permanent: bool, wait_s: float | None = None) -> None:
        super().__init__(sentence)
        self.permanent = permanent  # this message to this address will never be taken
        self.wait_s = wait_s  # for so long the provider wants to hear nothing; None: it did not say


class Sender(Protocol):
    """A frozen settings struct that can send over the channel which it describes."""

    @property
    def name(self) -> str: ...

    @property
    def sms_parts_a_day(self) -> int | None:
        """Set: it sends SMS, and so many parts in any 24 hours."""
        ...

    def located(self, folder: Path) -> Self:
        """The same settings, with relative file names taken from `folder`."""
        ...

    def mistakes(self) -> Iterator[Mistake]:
        """What can't work, known before anything is sent."""
        ...

    async def address_mistake(self, address: str) -> str | None:
        """Why nothing can be sent there, as far as it is known beforehand."""
        ...

    def line(self, address: str) -> str:
        """What a failure says something about: the whole channel, or the one host behind it."""
        ...

    async def send(self, message: Message) -> Answer:
        """Returns once the provider has taken it, within a time-out of its own. Raises SendError."""
        ...


def said(text: str) -> str:
    """A provider's answer as it is kept: one line, cut."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text[: 4 * ANSWER_LIMIT]).split())
    return line if len(line) <= ANSWER_LIMIT else line[: ANSWER_LIMIT - 1] + "…"


def secret_mistakes(setting: str, path: Path, shortest: int) -> Iterator[Mistake]:
    """Whether that file holds a secret of at least so many characters."""
    try:
        secret = read_secret(path)
    except SendError as error:
        yield setting, str(error)
        return
    if len(secret) < shortest:
        yield setting, f"{path} holds fewer than {shortest} characters: write the whole secret into it"


def trust(ca_file: Path | None) -> ssl.SSLContext:
    """Who is believed: that authority, or the system's, as their file says now. Raises SendError."""
    try:
        return _context(ca_file, ca_file.stat().st_mtime_ns if ca_file else 0)
    except OSError as error:
        raise SendError(f"{ca_file} can't be read: {error}", permanent=False) from error


@lru_cache(maxsize=16)  # reading the system's authorities takes longer than a message does
def _context(ca_file: Path | None, changed_at: int) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(ca_file) if ca_file else None)


def read_secret(path: Path) -> str:
    """Read at every use: a changed secret needs no restart. Raises SendError, which never shows it."""
    try:
        with path.open("rb") as file:
            return file.read(SECRET_LIMIT).decode("utf-8").strip()
    except OSError as error:
        problem = error.strerror
    except UnicodeDecodeError:
        problem = "it is no UTF-8"
    raise SendError(f"{path} can't be read ({problem}): correct the path or the file", permanent=False)
