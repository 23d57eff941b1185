"""`evara-agent doctor`: what is wrong, root cause first, each with one next step. Changes nothing."""

import os
import shutil
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec

from edge_agent import clock
from edge_agent.config import CloudConfig, ConfigError, load, load_credential
from edge_agent.outbox.errors import OutboxError
from edge_agent.outbox.facts import OutboxFacts, read_facts
from edge_agent.technician import judging, probe
from edge_agent.technician.check import Check, Result
from edge_agent.technician.phone import wrap
from edge_agent.technician.running import is_running
from edge_agent.technician.status import LATELY_MS, age
from edge_agent.uplink import state
from edge_agent.uplink.link import Address, LinkError, Trouble
from edge_agent.uplink.uplink import addresses
from edge_agent.uplink.ways import Way
from edge_agent.uplink.window import Patience
from firmware_bridge.thingspeak.thingspeak import ThingSpeak

_NAME_WIDTH = 11
_LITTLE_ROOM = 200 << 20  # bytes free on the outbox's disk
_FEW_DAYS = 14


_MARKS = {Result.GOOD: "✓", Result.WARNING: "!", Result.FAILED: "✗", Result.NOT_CHECKED: "\N{EN DASH}"}


async def examine(path: Path, as_json: bool) -> tuple[int, str]:
    """The exit code and what is printed."""
    checks = await check_all(path)
    text = msgspec.json.encode(checks).decode() if as_json else "\n".join(tell(checks))
    return exit_code(checks), text


async def check_all(path: Path, patience: Patience = probe.PATIENCE) -> list[Check]:
    """In the order in which they depend on one another."""
    return [check async for check in _checks(path, patience)]


def exit_code(checks: list[Check]) -> int:
    """2: something does not work at all; 1: it works, but not as it should."""
    results = {check.result for check in checks}
    return 2 if Result.FAILED in results else int(Result.WARNING in results)


def tell(checks: list[Check]) -> list[str]:
    lines = [f"evara-agent doctor          v{state.versions()['evara']}"]
    for check in checks:
        head = f"{_MARKS[check.result]} {check.name}".ljust(_NAME_WIDTH) + " "
        blank = " " * len(head)
        lines += wrap(check.text, head, blank) or [head.rstrip()]
        if check.step:
            lines += wrap(check.step, f"{blank}→ ", f"{blank}  ")
    problems = sum(check.result in (Result.FAILED, Result.WARNING) for check in checks)
    lines.append("All is well." if not problems else f"{problems} problem{'s' * (problems > 1)}.")
    return lines


async def _checks(path: Path, patience: Patience) -> AsyncIterator[Check]:
    try:
        config = load(path)
    except ConfigError as error:
        yield Check("Settings", Result.FAILED, str(error), "mend this in the file and ask again")
        for name in ("Store", "Cloud"):
            yield Check(name, Result.NOT_CHECKED, "not checked: no settings")
        return
    yield Check("Settings", Result.GOOD, f"{path}, {len(config.sources)} sources")
    for source in config.sources:
        if isinstance(source, ThingSpeak) and source.key_file and may_others_read(Path(source.key_file)):
            yield Check(
                "Key", Result.WARNING, f"others may read the key of {source.name}", _hide(source.key_file)
            )
    store, facts = look_at_store(config.outbox.path, _free(config.outbox.path.parent))
    yield store
    if facts is not None:
        for check in judging.check(judging.rules(facts)):
            yield check
    if config.cloud is None:
        yield Check("Cloud", Result.GOOD, "none is configured: it only records")
        return
    try:
        credential = load_credential(config.cloud.credential_file)
    except ConfigError as error:
        yield Check("Credential", Result.FAILED, str(error), "copy it from the cloud's administrator again")
        yield Check("Cloud", Result.NOT_CHECKED, "not checked: no credential")
        return
    yield _credential(credential.gateway, config.cloud.credential_file)
    running = is_running(config.outbox.path)
    for way, address in addresses(config.cloud).items():
        async for check in _way(way, address, config.cloud, facts, running, patience):
            yield check


def may_others_read(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))
    except OSError:
        return False  # who needs it says what is wrong with it


def _hide(path: Path | str) -> str:
    return f"run `chmod 600 {path}`"


def _credential(gateway: str, path: Path) -> Check:
    if may_others_read(path):
        return Check("Credential", Result.WARNING, f"of {gateway}; others may read it", _hide(path))
    return Check("Credential", Result.GOOD, f"of {gateway}")


def _free(folder: Path) -> int:
    """Bytes; 0 where the folder is not there, which is said first."""
    return shutil.disk_usage(folder).free if folder.exists() else 0


def look_at_store(path: Path, free: int) -> tuple[Check, OutboxFacts | None]:
    """Readable, writable, and with room: `free` bytes on its disk. The facts where there are any yet."""
    folder = path.parent
    if not os.access(path if path.exists() else folder, os.W_OK) or not os.access(folder, os.W_OK):
        return Check(
            "Store",
            Result.FAILED,
            f"{path} can't be written",
            "run this as the agent's user, or give it the directory",
        ), None
    try:
        facts = read_facts(path, clock.now_ms()) if path.exists() else None
    except OutboxError as error:
        what, _, step = str(error).partition(": ")
        return Check("Store", Result.FAILED, what, step), None
    return _room(path, free, facts), facts


def _room(path: Path, free: int, facts: OutboxFacts | None) -> Check:
    held = f"{facts.queue.readings} readings to send" if facts else f"{path} is made at the first start"
    text = f"{free >> 20} MB free, {held}"
    if free < _LITTLE_ROOM:
        return Check("Store", Result.WARNING, text, f"make room on the disk of {path}")
    if facts and facts.queue.parked:
        parked = f"{text}, {facts.queue.parked} batches that the cloud can't read"
        return Check("Store", Result.WARNING, parked, "see `evara-agent status`, and tell the makers")
    return Check("Store", Result.GOOD, text)


async def _way(
    way: Way,
    address: Address,
    cloud: CloudConfig,
    facts: OutboxFacts | None,
    running: bool,
    patience: Patience,
) -> AsyncIterator[Check]:
    """The checks of one way; the first that fails is the cause of all that follow."""
    login = "Broker" if way is Way.MQTT else "HTTPS"
    names = ["Name", "Port", *(["TLS"] if address.secure else []), login, "Receipt"]
    done = 0
    try:
        yield Check("Name", Result.GOOD, f"{address.host} is {(await probe.resolve(address, patience))[0]}")
        done = 1
        await probe.reach(address, patience)
        yield Check("Port", Result.GOOD, f"{address.place} takes connections")
        done = 2
        if address.secure:
            days = await probe.shake_hands(address, cloud, patience)
            yield _certificate(days)
            done = 3
        if running:
            for check in _running(login, address, facts):
                yield check
            return
        took_s = await probe.ask(way, address, cloud, facts, patience)
        yield Check(login, Result.GOOD, "takes the credential")
        yield Check("Receipt", Result.GOOD, f"the cloud answered a birth in {took_s:.1f} s")
    except LinkError as error:
        if error.trouble is Trouble.SILENT:
            yield Check(login, Result.GOOD, "takes the credential")
            done += 1
        yield Check(names[done], Result.FAILED, error.what, error.step)
        for name in names[done + 1 :]:
            yield Check(name, Result.NOT_CHECKED, f"not checked: no {names[done].lower()}")


def _certificate(days: int) -> Check:
    text = f"certificate good for {days} days"
    if days >= _FEW_DAYS:
        return Check("TLS", Result.GOOD, text)
    return Check("TLS", Result.WARNING, text, "have the server's certificate renewed")


def _running(login: str, address: Address, facts: OutboxFacts | None) -> list[Check]:
    """What the agent that runs here found: a second connection with its id would throw it out."""
    notes = facts.notes if facts else {}
    reached_at, now = int(notes.get("reached_at", "0")) or None, clock.now_ms()
    if reached_at is not None and reached_at > now:
        text = "the clock was set back since the cloud answered the running agent"
        return [
            Check(login, Result.WARNING, text, "ask again in a minute, and check this machine's clock"),
            Check("Receipt", Result.NOT_CHECKED, "not checked: nobody knows when it answered"),
        ]
    if reached_at is None or now - reached_at > LATELY_MS:
        what, _, step = notes.get("trouble", "").partition(": ")
        return [
            Check(login, Result.FAILED, what or "the running agent hears nothing", step or "see its log"),
            Check("Receipt", Result.NOT_CHECKED, f"not checked: the cloud answered {age(reached_at, now)}"),
        ]
    if notes.get("link") != address.place:
        text = f"not checked: the running agent uses {notes.get('link')}"
        return [Check(name, Result.NOT_CHECKED, text) for name in (login, "Receipt")]
    return [
        Check(login, Result.GOOD, "the running agent is connected"),
        Check("Receipt", Result.GOOD, f"the cloud answered {age(reached_at, now)}"),
    ]
