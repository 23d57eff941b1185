"""A disk that is soon full."""

from pathlib import Path

DISK_BYTES = 6_291_456


def fill(folder: Path) -> Path:
    """Somebody else's file that takes all that is free."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError:
            return filler
    raise AssertionError
