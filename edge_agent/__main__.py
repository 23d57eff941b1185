"""The commands of evara-agent. Exit 0 fine, 1 warnings, 2 failures."""

import argparse
import asyncio
import getpass
import logging
import os
import signal
import sys
import time
from pathlib import Path

from edge_agent.config import ConfigError, load
from edge_agent.outbox.errors import OutboxError

_PLACES = (Path("agent.toml"), Path("/etc/evara/agent.toml"))
_WATCH_S = 2.0
_LEFT = 128 + signal.SIGPIPE  # as the shell says it of other programs


def main() -> None:
    arguments = _parse(sys.argv[1:])
    if arguments.command == "sources":
        sys.exit(_sources(arguments.kind))
    path = arguments.config or next((place for place in _PLACES if place.exists()), _PLACES[0])
    match arguments.command:
        case "run":
            code = _run(path, arguments.send_only)
        case "status":
            code = _status(path, arguments.json, arguments.watch)
        case "acknowledge":
            code = _acknowledge(path, arguments.alert, arguments.by)
        case "action":
            code = _action(path, arguments)
        case "try":
            code = _try(path, arguments.name)
        case _:
            code = _doctor(path, arguments.json)
    sys.stdout.flush()
    sys.stderr.flush()
    # Everything is committed and closed. A thread that waits for a name server would hold us up to a minute.
    os._exit(code)


def _parse(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="evara-agent", description="Records a site, forwards to the cloud.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    settings = argparse.ArgumentParser(add_help=False)
    settings.add_argument("--config", type=Path, metavar="FILE", help="default: ./agent.toml, /etc/evara/…")
    run = commands.add_parser("run", parents=[settings], help="record and forward until stopped")
    run.add_argument("--send-only", action="store_true", help="read no source: before a card is swapped")
    status = commands.add_parser("status", parents=[settings], help="what is recorded and sent")
    status.add_argument("--watch", action="store_true", help="again every 2 s, until Ctrl-C")
    seen = commands.add_parser("acknowledge", parents=[settings], help="that somebody here has seen an alert")
    seen.add_argument("alert", nargs="?", metavar="ALERT", help="its id or the beginning, or all")
    action = commands.add_parser("action", parents=[settings], help="switch a local action by hand")
    action.add_argument("name", nargs="?", metavar="NAME", help="as in the configuration; none: list them")
    action.add_argument("state", nargs="?", choices=("on", "off", "auto"), help="auto: what alerts want")
    action.add_argument("--for", dest="span", default="1h", metavar="TIME", help="30m, 2h, 1d; default 1h")
    for command in (seen, action):
        command.add_argument("--by", metavar="NAME", help="who says so; default: who is signed in")
    doctor = commands.add_parser("doctor", parents=[settings], help="what is wrong, and what to do")
    trial = commands.add_parser("try", parents=[settings], help="what a source gives, before it is recorded")
    trial.add_argument("name", metavar="NAME", help="of a source in the configuration")
    kinds = commands.add_parser("sources", help="the kinds of sources, with their settings and an example")
    kinds.add_argument("kind", nargs="?", metavar="KIND", help="one of them, in full")
    for command in (status, doctor):
        command.add_argument("--json", action="store_true", help="for programs")
    return parser.parse_args(words)


def _run(path: Path, sends_only: bool) -> int:
    from edge_agent import agent

    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", datefmt="%H:%M:%S"
    )
    # What paho, aiomqtt, httpx and pymodbus have to say reaches us as errors of calls.
    for library in ("edge_agent.uplink.link.mqtt", "httpx", "httpcore", "pymodbus"):
        logging.getLogger(library).setLevel(logging.CRITICAL)
    try:
        # Not asyncio.run: it waits for threads that nobody needs any more.
        asyncio.Runner().run(agent.run(load(path), sends_only=sends_only))
    except (ConfigError, OutboxError) as error:
        return _fail(error)
    return 0


def _status(path: Path, as_json: bool, watch: bool) -> int:
    from edge_agent.technician import status

    try:
        while True:
            code, text = status.look(load(path), as_json)
            _say(text)
            if not watch:
                return code
            time.sleep(_WATCH_S)
            _say("")
    except (ConfigError, OutboxError) as error:
        return _fail(error)
    except KeyboardInterrupt:
        return 0


def _acknowledge(path: Path, alert: str | None, by: str | None) -> int:
    from edge_agent.technician import seen

    try:
        outbox = load(path).outbox.path
        _say(seen.acknowledge(outbox, alert, by or _person()) if alert else seen.listing(outbox))
    except (ConfigError, OutboxError, seen.NotSeen) as error:
        return _fail(error)
    return 0


def _action(path: Path, given: argparse.Namespace) -> int:
    from edge_agent.technician import switch

    try:
        config = load(path)
        if given.name is None:
            _say(switch.listing(config))
        elif given.state is None:
            raise switch.NotSwitched(f"say what {given.name} is to be: on, off or auto")
        else:
            _say(switch.switch(config, given.name, given.state, given.span, given.by or _person()))
    except (ConfigError, OutboxError, switch.NotSwitched) as error:
        return _fail(error)
    return 0


def _person() -> str:
    return os.environ.get("SUDO_USER") or getpass.getuser()


def _doctor(path: Path, as_json: bool) -> int:
    from edge_agent.technician import doctor

    logging.disable(logging.CRITICAL)
    code, text = asyncio.Runner().run(doctor.examine(path, as_json))
    _say(text)
    return code


def _try(path: Path, name: str) -> int:
    from edge_agent.technician import trial

    try:
        return asyncio.Runner().run(trial.run(path, name, _say))
    except ConfigError as error:
        return _fail(error)


def _sources(kind: str | None) -> int:
    from edge_agent.technician import kinds

    try:
        _say(kinds.example(kind).rstrip() if kind else kinds.listing())
    except kinds.UnknownKind as error:
        return _fail(error)
    return 0


def _say(text: str) -> None:
    try:
        print(text, flush=True)
    except BrokenPipeError:  # whoever read has seen enough, as `| head`; what had to be committed is
        os._exit(_LEFT)


def _fail(error: Exception) -> int:
    print(f"evara-agent: {error}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    main()
