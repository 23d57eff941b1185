"""Another machine, as far as the network is concerned: a namespace behind a pair of virtual cables."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import pytest


class Elsewhere(msgspec.Struct, frozen=True):
    here: str  # our address on the cable
    there: str
    inside: list[str]  # what to put before a command to run it there


@contextmanager
def elsewhere() -> Iterator[Elsewhere]:
    """Skips the test with the reason where it can't be made."""
    if os.geteuid() != 0:
        pytest.skip("a network namespace needs root")
    number = os.getpid() % 16_000
    name, near, far = f"evara-{number}", f"evn{number}", f"evf{number}"
    # One of the networks of four addresses in 10.213.0.0/16.
    high, low = divmod(number * 4, 256)
    here, there = f"10.213.{high}.{low + 1}", f"10.213.{high}.{low + 2}"
    try:
        _ip("netns", "add", name)
    except (FileNotFoundError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no network namespace can be made here: {getattr(error, 'stderr', '') or error}")
    try:
        _ip("link", "add", near, "type", "veth", "peer", "name", far, "netns", name)
        _ip("address", "add", f"{here}/30", "dev", near)
        _ip("link", "set", near, "up")
        for words in (f"address add {there}/30 dev {far}", f"link set {far} up", "link set lo up"):
            _ip("-n", name, *words.split())
        yield Elsewhere(here, there, ["ip", "netns", "exec", name])
    finally:
        _ip("netns", "delete", name)  # the cable goes with it


def _ip(*words: str) -> None:
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
    subprocess.run(
        ["ip", *words],
        check=True,
        capture_output=True,
        text=True,
        timeout=20,
        env=os.environ | {"PATH": path},
    )
