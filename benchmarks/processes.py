"""What processes cost: CPU seconds with all that they started, resident memory, bytes written."""

import contextlib
import time
from collections.abc import Iterable
from pathlib import Path

import psutil


def cpu_s(pids: Iterable[int]) -> float:
    """User and system time of these processes and of their children, ended ones included."""
    return sum(_cpu_s(process) for pid in pids for process in family(pid))


def family(pid: int) -> list[psutil.Process]:
    parent = psutil.Process(pid)
    return [parent, *parent.children(recursive=True)]


def own_cpu_s() -> float:
    return time.process_time()


def memory_mb(pid: int) -> float:
    """Resident, in MB of 10**6 bytes."""
    return float(psutil.Process(pid).memory_info().rss) / 1e6


def written_bytes(pid: int) -> int:
    """What it sent towards the disk; nothing is counted on a memory disk."""
    lines = Path(f"/proc/{pid}/io").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("write_bytes")).split()[1])


def _cpu_s(process: psutil.Process) -> float:
    with contextlib.suppress(psutil.NoSuchProcess):
        times = process.cpu_times()
        return float(times.user + times.system + times.children_user + times.children_system)
    return 0.0
