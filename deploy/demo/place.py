"""Where the demo keeps its things between runs, and what its programs are told."""

import json
import os
import socket
from pathlib import Path

import msgspec

PAST_H = 24
CHANNEL = "log"  # of the demo's messages: they are lines of the cloud's log
WEB_PORT = 8080  # or a free one, where it is taken


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """The demo's folder and ports."""

    home: Path
    is_first: bool  # nothing is there from a time before
    web_port: int
    web_link_port: int  # the gateway reaches the cloud through these two, so that a scene can cut them
    broker_port: int
    broker_link_port: int

    @classmethod
    def prepare(cls) -> "Place":
        home = Path(os.environ.get("DEMO_DIR", ".demo")).resolve()
        for folder in (home, home / "gateway"):
            folder.mkdir(parents=True, exist_ok=True)
        (home / "cloud.toml").write_text(f'[[channels]]\nkind = "log"\nname = "{CHANNEL}"\n')
        web, *others = _free_ports()
        return cls(
            home=home,
            is_first=not any((home / "gateway").glob("*.credential")),
            web_port=web,
            web_link_port=others[0],
            broker_port=others[1],
            broker_link_port=others[2],
        )

    @property
    def gateway(self) -> Path:
        return self.home / "gateway"

    @property
    def journal(self) -> Path:
        """Every reading the simulated community gave, written by itself."""
        return self.gateway / "journal.csv"

    @property
    def database(self) -> Path:
        return self.home / "cloud" / "evara.db"

    @property
    def credential(self) -> Path | None:
        return next(self.gateway.glob("*.credential"), None)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "EVARA_CONFIG": str(self.home / "cloud.toml"),
            "EVARA_DATA_DIR": str(self.home / "cloud"),
            "EVARA_LISTEN": f"127.0.0.1:{self.web_port}",
            "EVARA_PUBLIC_URL": f"http://127.0.0.1:{self.web_port}",
            "EVARA_BROKER": f"embedded://127.0.0.1:{self.broker_port}",
        }

    def log(self, name: str) -> Path:
        return self.home / f"{name}.log"

    def write_config(self) -> Path:
        """The agent's configuration, written anew for this run's ports."""
        if self.credential is None:
            raise FileNotFoundError(f"no credential in {self.gateway}")
        path = self.gateway / "agent.toml"
        path.write_text(
            f"""# Written by the demo at every start.
[gateway]
name = "Amba"

[outbox]
path = "outbox.db"

[cloud]
url = "http://127.0.0.1:{self.web_link_port}"
broker = "mqtt://127.0.0.1:{self.broker_link_port}"
credential_file = {json.dumps(self.credential.name)}
seal_every_s = 1
heartbeat_s = 10

[[sources]]
kind = "simulated"
name = "community"
every_s = 5
past_h = {PAST_H}
journal = "journal.csv"
troubles = true
"""
        )
        return path

    @property
    def password(self) -> str:
        """Of `admin`."""
        return (self.home / "cloud" / "admin-password").read_text().strip()

    def introduction(self) -> str:
        return (
            f"\n  Evara      http://127.0.0.1:{self.web_port}\n"
            f"  Sign in    admin  /  {self.password}\n"
            f"  Files      {self.home}\n\n"
            f"{self._beginning()} Kill what you like.\n"
            "Ctrl-C stops all of it.\n"
        )

    def _beginning(self) -> str:
        if self.is_first:
            return (
                f"{PAST_H} h of past are backfilled while you watch: a power cut, a leak and a dead sensor.\n"
                "Their alerts, and who was told, are on the page Alerts."
            )
        return "It goes on with the data of the last time."


def _free_ports() -> list[int]:
    """The web port people know, where it is free, and three more."""
    with socket.socket() as web, socket.socket() as one, socket.socket() as two, socket.socket() as three:
        web.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            web.bind(("127.0.0.1", WEB_PORT))
        except OSError:
            web.bind(("127.0.0.1", 0))
        for other in (one, two, three):
            other.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in (web, one, two, three)]
