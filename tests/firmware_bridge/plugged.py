"""A serial port that is plugged in and unplugged: a pseudo-terminal behind a name that stays."""

import os
import pty
import tty
from pathlib import Path


class Plug:
    """What is at the other end of the port. `path` is there while it is plugged in."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._far = self._near = -1
        self.plug_in()

    def plug_in(self) -> None:
        self._far, self._near = pty.openpty()
        tty.setraw(self._near)
        self.path.symlink_to(os.ttyname(self._near))

    def unplug(self) -> None:
        """The name goes, and whoever has it open is hung up on."""
        self.path.unlink()
        os.close(self._near)
        os.close(self._far)

    def say(self, text: bytes) -> None:
        os.write(self._far, text)
