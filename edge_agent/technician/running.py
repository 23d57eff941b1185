"""Whether an agent runs on an outbox. Looks at its lock and never takes it: an agent may just be starting."""

from pathlib import Path


def is_running(outbox: Path) -> bool:
    outbox = outbox.resolve()  # as the agent does: the lock lies beside the file itself
    lock = outbox.with_name(outbox.name + ".lock")
    try:
        inode = lock.stat().st_ino
    except FileNotFoundError:
        return False
    # "1: FLOCK  ADVISORY  WRITE 708 08:01:131 0 EOF"; the device number differs on overlay file systems.
    return any(
        "FLOCK" in words and words[5].rpartition(":")[2] == str(inode)
        for words in map(str.split, Path("/proc/locks").read_text("ascii").splitlines())
        if len(words) > 5
    )
