"""One `evara-cloud serve` in a process of its own."""

import contextlib
import ssl
import sys
from collections.abc import Mapping
from pathlib import Path

import httpx

from tests.server import Server

COMMAND = [sys.executable, "-m", "cloud"]


class CloudProcess(Server):
    """One `evara-cloud serve`."""

    def __init__(
        self,
        directory: Path,
        settings: Mapping[str, str],
        mode: str,
        trusted: ssl.SSLContext | None,
        port: int | None = None,
    ) -> None:
        super().__init__(directory, port)
        self.mode = mode
        self.trusted = trusted
        self.url = f"{'https' if trusted else 'http'}://127.0.0.1:{self.port}"
        self.settings = {**settings, "EVARA_MODE": mode, "EVARA_LISTEN": f"127.0.0.1:{self.port}"}
        self.fault_point = ""  # name:n for the next start

    @property
    def log(self) -> Path:
        return self.directory / f"{self.mode}-{self.port}.log"

    def command(self) -> list[str]:
        fault = {"FAULT_POINT": self.fault_point} if self.fault_point else {}
        return [
            "env",
            *(f"{name}={value}" for name, value in (self.settings | fault).items()),
            *COMMAND,
            "serve",
        ]

    def accepts(self) -> bool:
        if not super().accepts():
            return False
        with contextlib.suppress(httpx.HTTPError):
            answer = httpx.get(f"{self.url}/health/ready", verify=self.trusted or True, timeout=5)
            return answer.status_code == 200
        return False
