"""The directory of the embedded database, for one server at a time."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from cloud.errors import Unready


@contextlib.contextmanager
def lock(directory: Path) -> Iterator[None]:
    """Hold the directory; a second server is refused. The lock goes with the process, however it ends."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        file = (directory / "lock").open("a+")
    except OSError as error:
        raise Unready(f"{directory} can't be used: {error.strerror}; correct EVARA_DATA_DIR") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise Unready(
                f"{directory.absolute()} is in use by process {file.read().strip() or 'unknown'}: "
                "stop that server, or give this one a data_dir of its own"
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
