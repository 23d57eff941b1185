"""The kinds of local actions that agent.toml may name: what each is set to, and how it is carried out.

An action is a state that is wanted, on or off, and it may be asked for the same one again: after a restart,
after a failure, after a result that nobody could keep. What it switches must go to its safe state by itself
when nothing asks any more (a relay with a timer, a normally closed valve): an agent can be dead.
"""

import asyncio
import contextlib
import json
import os
import signal
from typing import Annotated, Literal, Protocol
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from firmware_bridge.cancelled import heeding_cancellation
from protocol.reading import Label

_ANSWER_BYTES = 2_048  # of what it says, for people
_SHOWN = 200  # characters of that
_END_S = 1.0  # for what was killed to be gone
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

Span = Annotated[float, Meta(ge=1, le=604_800)]  # seconds
Timeout = Annotated[float, Meta(ge=0.1, le=300)]
Person = Annotated[str, Meta(min_length=1, max_length=128, pattern=r"^[^\0]*$")]
Word = Annotated[str, Meta(min_length=1, max_length=1_024, pattern=r"^[^\0]*$")]


class ActionError(Exception):
    """It was not carried out: one sentence."""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked, and why; a command finds it in its environment, the others in JSON."""

    action: str
    state: Literal["on", "off"]
    alert: str  # id of the alert that changed it last; "": none ever did
    rule: str
    point: str
    severity: str


class Action(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def timeout_s(self) -> float: ...

    @property
    def on_stale(self) -> Literal["on", "off"]: ...

    @property
    def max_on_s(self) -> float | None: ...

    @property
    def min_rest_s(self) -> float: ...

    @property
    def tells(self) -> str | None: ...

    async def carry_out(self, order: Order) -> str:
        """What it said to that. Raises ActionError."""
        ...


class _Switched(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: Label  # as rules name it
    timeout_s: Timeout = 10.0
    on_stale: Literal["on", "off"] = "on"  # while every alert that wants it has a silent point
    max_on_s: Span | None = None  # then it is off until an alert fires anew; None: as long as it takes
    min_rest_s: Annotated[float, Meta(ge=0, le=604_800)] = 0.0  # off for so long before it is on again
    # Whom it tells when it is on, as the cloud calls them: they are not told once more from there.
    tells: Person | None = None


class Command(_Switched, frozen=True, kw_only=True, tag_field="kind", tag="command"):
    """A program of this machine; no shell reads its words. Exit code 0 is success."""

    argv: Annotated[list[Word], Meta(min_length=1, max_length=64)]  # `{state}` in a word: on or off

    async def carry_out(self, order: Order) -> str:
        words = [word.replace("{state}", order.state) for word in self.argv]
        environment = {f"EVARA_{key.upper()}": text for key, text in msgspec.structs.asdict(order).items()}
        try:
            process = await asyncio.create_subprocess_exec(
                *words,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                env={"PATH": _PATH, **environment},
                start_new_session=True,
            )
        except OSError as error:
            raise ActionError(f"{words[0]} can't be started: {error.strerror}") from error
        try:
            said = await _said(process)
            code = await process.wait()
        finally:
            await _end(process)
        if code:
            raise ActionError(f"{words[0]} ended with {code}: {said}")
        return said


class Webhook(_Switched, frozen=True, kw_only=True, tag_field="kind", tag="webhook"):
    """A POST in the site's own network. 2xx is success."""

    url: Word

    async def carry_out(self, order: Order) -> str:
        import httpx  # here: half a second of a Pi's start, for what most agents have none of

        try:
            async with (
                httpx.AsyncClient(trust_env=False, timeout=self.timeout_s) as client,
                client.stream("POST", self.url, json=msgspec.to_builtins(order)) as answer,
            ):
                said = b""
                async for chunk in answer.aiter_raw():
                    said += chunk
                    if len(said) > _ANSWER_BYTES:
                        break
                if not answer.is_success:
                    code = answer.status_code
                    raise ActionError(f"{_host(self.url)} answers with HTTP {code}: {_text(said)}")
                return _text(said)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            why = str(error) or type(error).__name__
            raise ActionError(f"{_host(self.url)} can't be reached: {why}") from error


class Mqtt(_Switched, frozen=True, kw_only=True, tag_field="kind", tag="mqtt"):
    """A message to a broker in the site's own network, QoS 1."""

    host: Word
    port: Annotated[int, Meta(ge=1, le=65_535)] = 1883
    topic: Word
    on: str = "on"  # what is published; "json": why, too
    off: str = "off"
    retain: bool = True  # who comes later hears what is wanted

    async def carry_out(self, order: Order) -> str:
        import aiomqtt

        text = self.on if order.state == "on" else self.off
        payload = json.dumps(msgspec.to_builtins(order)) if text == "json" else text
        try:
            with heeding_cancellation():
                async with aiomqtt.Client(self.host, self.port, timeout=self.timeout_s) as client:
                    await client.publish(
                        self.topic, payload, qos=1, retain=self.retain, timeout=self.timeout_s
                    )
        except (aiomqtt.MqttError, OSError, UnicodeError, ValueError) as error:
            raise ActionError(f"{self.host}:{self.port} did not take it: {error}") from error
        return ""


AnyAction = Command | Webhook | Mqtt


async def _said(process: asyncio.subprocess.Process) -> str:
    """The beginning of it; the rest is read too, or the program would wait for us."""
    said = b""
    while process.stdout is not None and (more := await process.stdout.read(_ANSWER_BYTES)):
        said = (said + more)[:_ANSWER_BYTES]
    return _text(said)


async def _end(process: asyncio.subprocess.Process) -> None:
    """It and what it started. Its pipe is read to the end, or it would stay open."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    # What left its group may hold the pipe for as long as it likes.
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_END_S):
            await _said(process)
            await process.wait()


def _text(said: bytes) -> str:
    return " ".join(said.decode("utf-8", "replace").split())[:_SHOWN]


def _host(url: str) -> str:
    """Without what may be a secret in its path."""
    return urlsplit(url).netloc.rpartition("@")[2]
