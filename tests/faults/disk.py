"""A file system of its own whose power can be cut: what was not synced to the device is gone.

An ext4 image on a loop device. What a program writes stays in the kernel's cache until it syncs; a copy of
the image at the moment of the cut therefore holds what a disk would hold, and is mounted in its place.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

SIZE = 256 << 20  # bytes; sparse

# The file system's own clock must not save what the program forgot to sync; the default is 5 s.
_OPTIONS = "loop,commit=600"


class Disk:
    def __init__(self, place: Path) -> None:
        self.path = place / "mounted"
        self._image = place / "image"
        self._cuts = 0

    def cut_power(self) -> None:
        """Everything that had it open must be dead already."""
        self._cuts += 1
        survived = self._image.with_name(f"image-{self._cuts}")
        _run("cp", "--sparse=always", str(self._image), str(survived))
        self.unmount()
        self._image.unlink()
        self._image = survived
        self.mount()

    def sync(self) -> None:
        """What is there now survives: a test begins with a database that is."""
        _run("sync", "-f", str(self.path))

    def make(self) -> None:
        with self._image.open("wb") as image:
            image.truncate(SIZE)
        _run("mkfs.ext4", "-q", "-F", str(self._image))
        self.path.mkdir()

    def mount(self) -> None:
        _run("mount", "-o", _OPTIONS, str(self._image), str(self.path))

    def unmount(self) -> None:
        _run("umount", str(self.path))


@contextmanager
def disk(place: Path) -> Iterator[Disk]:
    """A mounted disk; skips the test with the reason where it can't be."""
    if os.geteuid() != 0:
        pytest.skip("a loop device needs root")
    one = Disk(place)
    try:
        one.make()
        one.mount()
    except (FileNotFoundError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no loop device can be mounted here: {getattr(error, 'stderr', '') or error}")
    try:
        yield one
    finally:
        one.unmount()
        shutil.rmtree(place, ignore_errors=True)


def _run(*command: str) -> None:
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
    subprocess.run(
        command, check=True, capture_output=True, text=True, timeout=60, env=os.environ | {"PATH": path}
    )
