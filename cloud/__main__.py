"""evara-cloud: the server, and what its operator does from the command line."""

import argparse
import asyncio
import getpass
import logging
import os
import signal
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import structlog

from cloud import config
from cloud.config import Settings
from cloud.errors import CloudError


def main() -> None:
    arguments = _parser().parse_args()
    _set_up_logging()
    try:
        settings = config.load(os.environ)
        sys.exit(_run(settings, arguments))
    except CloudError as error:
        print(f"evara-cloud: {error}", file=sys.stderr)
        sys.exit(2)


def _run(settings: Settings, arguments: argparse.Namespace) -> int:
    if arguments.command == "serve":
        return asyncio.run(_serve(settings))
    # Imported here: the server needs none of it.
    from cloud import commands

    if arguments.command == "openapi":
        print(commands.openapi(settings))
    elif arguments.command == "gateway" and arguments.action == "add":
        document, hint = asyncio.run(
            commands.add_gateway(settings, arguments.name, arguments.site, arguments.zone, arguments.out)
        )
        print(document, end="")
        print(hint, file=sys.stderr)
    else:
        print(asyncio.run(_work(settings, arguments)))
    return 0


def _work(settings: Settings, arguments: argparse.Namespace) -> Coroutine[Any, Any, str]:
    from cloud import commands

    if arguments.command == "migrate":
        return commands.migrate(settings)
    if arguments.command == "mosquitto":
        return commands.write_mosquitto(settings, arguments.directory)
    if arguments.command == "password":
        return commands.change_password(settings, arguments.name, _ask_password())
    if arguments.action == "list":
        return commands.list_gateways(settings)
    return commands.revoke_gateway(settings, arguments.id)


async def _serve(settings: Settings) -> int:
    from cloud import program

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        await program.serve(settings, stop)
    except ExceptionGroup as died:
        structlog.get_logger().error(
            "a job died: the server ends, its supervisor starts it again", exc_info=died
        )
        return 1
    return 0


def _ask_password() -> str:
    if sys.stdin.isatty():
        return getpass.getpass("new password: ")
    return sys.stdin.readline().rstrip("\n")


def _set_up_logging() -> None:
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.WARNING)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("evara-cloud", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="run the server; settings: cloud.toml and EVARA_*")
    commands.add_parser("migrate", help="bring the database up to date")
    commands.add_parser("openapi", help="print the API's description")
    mosquitto = commands.add_parser(
        "mosquitto", help="write mosquitto's configuration, passwords and access list"
    )
    mosquitto.add_argument("directory", type=Path)
    password = commands.add_parser(
        "password", help="give a person a new password, typed or from standard input"
    )
    password.add_argument("name")
    actions = commands.add_parser("gateway", help="add, list, revoke").add_subparsers(
        dest="action", required=True
    )
    add = actions.add_parser("add", help="make a gateway: prints its agent.toml, writes its credential file")
    add.add_argument("name", help="a label; the id is made from it")
    add.add_argument("--site", required=True, help="the community it stands in; made if it is new")
    add.add_argument("--zone", default="UTC", help="time zone of a new site, for example Asia/Kolkata")
    add.add_argument("--out", type=Path, default=Path(), help="where the credential file is written")
    actions.add_parser("list")
    actions.add_parser("revoke").add_argument("id")
    return parser


if __name__ == "__main__":
    main()
