"""`evara-agent try NAME`: what a source gives, live, before any of it is recorded."""

import asyncio
import logging
import signal
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from edge_agent import clock
from edge_agent.config import ConfigError, load
from edge_agent.mistakes import hint
from edge_agent.technician.phone import wrap
from firmware_bridge.history import ChannelFacts, Draft, Entry, NotKept, Serves
from firmware_bridge.refine.stage import Stage
from firmware_bridge.source import Answering, Archive, Described, Reject, Source, SourceError
from protocol.reading import FUTURE_MS, Reading, words

_VALUE = 17  # columns for a number of ten digits and its unit: 2222.222222 L/min
_LINES = 20  # shown of what comes at once: a channel hands over its years
_RECENT_MS = 3_600_000  # shown of what a service holds
_TRIAL = "this is a trial, nothing is recorded"
_NOTHING = "nothing came: is the device on and in reach, and is it the port, address or channel you mean?"


async def run(path: Path, name: str, say: Callable[[str], None]) -> int:
    """Read and `say` until Ctrl-C; the exit code: 0 readings came, 1 none came, 2 it can't be read.

    Raises ConfigError.
    """
    source = _find(path, name)
    screen = Screen(source, say)
    logger = logging.getLogger("firmware_bridge")
    logger.addHandler(screen)
    logger.setLevel(logging.DEBUG)
    say(f"trying {source.name}; nothing is recorded; Ctrl-C ends it")
    if isinstance(source, Archive):
        say("what was measured in the last hour, then what is new:")
    _end_on_signals()
    try:
        if isinstance(source, Serves):
            await source.serve(Unkept(screen), screen.put)
        else:
            answers = isinstance(source, Answering) and source.answers
            recent = source.cursor_from(clock.now_ms() - _RECENT_MS) if isinstance(source, Archive) else None
            await source.feed(screen.put_unkept if answers else screen.put, recent)
    except SourceError as error:
        say(f"✗ {error}")
        return 2
    except asyncio.CancelledError:
        say("")
    if not screen.has_readings:
        say(_NOTHING)
    return 0 if screen.has_readings else 1


class Screen(logging.Handler):
    """Says what the source hears, as it heard it, and what becomes of that."""

    def __init__(self, source: Described, say: Callable[[str], None]) -> None:
        super().__init__(logging.DEBUG)
        self.has_readings = False
        self._say = say
        self._stage = Stage(source.measures())
        points = source.points()
        self._units = {point.name: point.unit for point in points}
        self._width = max((len(point.name) for point in points), default=0)

    def emit(self, record: logging.LogRecord) -> None:
        self._say(f"{_moment(clock.now_ms())}  heard  {record.getMessage()}")

    async def put(
        self, readings: Sequence[Reading], cursor: str | None = None, rejects: Sequence[Reject] = ()
    ) -> None:
        self.has_readings = self.has_readings or bool(readings)
        refined = self._stage.refine(readings, clock.now_ms() + FUTURE_MS)
        lines = [self._reading(reading) for reading in refined.readings]
        lines += [_reject(reject) for reject in [*rejects, *refined.rejects]]
        if len(lines) > _LINES:
            self._say(f"… {len(lines) - _LINES} before these")
        for line in lines[-_LINES:]:
            self._say(line)

    async def put_unkept(
        self, readings: Sequence[Reading], cursor: str | None = None, rejects: Sequence[Reject] = ()
    ) -> None:
        """For devices that would take its return for a receipt."""
        await self.put(readings, cursor, rejects)
        raise NotKept(_TRIAL)

    def _reading(self, reading: Reading) -> str:
        unit = self._units.get(reading.point, "")
        value = "no value" if reading.value is None else f"{reading.value:.10g} {unit}".rstrip()
        quality = ", ".join(words(reading.quality)) or "good"
        return f"{_moment(reading.at)}  {reading.point:<{self._width}}  {value:<{_VALUE}} {quality}"


class Unkept:
    """The history of a trial: a number would tell a device that its entry is kept, so it gets none."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen

    async def keep(self, drafts: Sequence[Draft]) -> list[int | None]:
        readings = [reading for draft in drafts for reading in draft.readings]
        rejects = [reject for draft in drafts for reject in draft.rejects]
        await self._screen.put(readings, None, rejects)
        raise NotKept(_TRIAL)

    async def entries(self, channel: int, since: int, until: int, newest: int) -> list[Entry]:
        return []

    async def last(self, channel: int, field: int | None = None) -> Entry | None:
        return None

    async def entry(self, channel: int, number: int) -> Entry | None:
        return None

    async def facts(self, channel: int) -> ChannelFacts:
        return ChannelFacts()


def _end_on_signals() -> None:
    """Ctrl-C cancels the trial, also where whoever started us had it ignored, as a shell does for `&`."""
    trial = asyncio.current_task()
    assert trial is not None  # noqa: S101 - for the type checker
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, trial.cancel)


def _find(path: Path, name: str) -> Source | Serves:
    sources = {source.name: source for source in load(path).sources}
    if name in sources:
        return sources[name]
    raise ConfigError(f"{path} has no source {name!r}; {hint(name, list(sources))}")


def _reject(reject: Reject) -> str:
    return "\n".join(wrap(f"✗ {reject.where}: {reject.reason} ({reject.text!r})", rest="  "))


def _moment(at: int) -> str:
    """In the gateway's own zone; with its day where that is not today."""
    moment = datetime.fromtimestamp(at / 1000).astimezone()
    is_today = moment.date() == datetime.now().astimezone().date()
    return moment.strftime("%H:%M:%S" if is_today else "%Y-%m-%d %H:%M:%S")
