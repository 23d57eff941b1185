"""evara-agent: run, status, doctor. Exit 0 fine, 1 warnings, 2 failures."""

import argparse
import asyncio
import logging
import os
import sys
import time
from pathlib import Path

from edge_agent.config import ConfigError, load
from edge_agent.outbox.errors import OutboxError

_PLACES = (Path("agent.toml"), Path("/etc/evara/agent.toml"))
_WATCH_S = 2.0


def main() -> None:
    arguments = _parse(sys.argv[1:])
    path = arguments.config or next((place for place in _PLACES if place.exists()), _PLACES[0])
    match arguments.command:
        case "run":
            code = _run(path)
        case "status":
            code = _status(path, arguments.json, arguments.watch)
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
    commands.add_parser("run", parents=[settings], help="record and forward until stopped")
    status = commands.add_parser("status", parents=[settings], help="what is recorded and sent")
    status.add_argument("--watch", action="store_true", help="again every 2 s, until Ctrl-C")
    doctor = commands.add_parser("doctor", parents=[settings], help="what is wrong, and what to do")
    for command in (status, doctor):
        command.add_argument("--json", action="store_true", help="for programs")
    return parser.parse_args(words)


def _run(path: Path) -> int:
    from edge_agent import agent

    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", datefmt="%H:%M:%S"
    )
    # What paho, aiomqtt and httpx have to say reaches us as errors of calls.
    for library in ("edge_agent.uplink.link.mqtt", "httpx", "httpcore"):
        logging.getLogger(library).setLevel(logging.CRITICAL)
    try:
        # Not asyncio.run: it waits for threads that nobody needs any more.
        asyncio.Runner().run(agent.run(load(path)))
    except (ConfigError, OutboxError) as error:
        return _fail(error)
    return 0


def _status(path: Path, as_json: bool, watch: bool) -> int:
    from edge_agent.technician import status

    try:
        while True:
            code, text = status.look(load(path), as_json)
            print(text, flush=True)
            if not watch:
                return code
            time.sleep(_WATCH_S)
            print()
    except (ConfigError, OutboxError) as error:
        return _fail(error)
    except KeyboardInterrupt:
        return 0


def _doctor(path: Path, as_json: bool) -> int:
    from edge_agent.technician import doctor

    logging.disable(logging.CRITICAL)
    code, text = asyncio.Runner().run(doctor.examine(path, as_json))
    print(text)
    return code


def _fail(error: Exception) -> int:
    print(f"evara-agent: {error}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    main()
