"""The clocks of this machine, against what the kernel says of them elsewhere."""

import re
import time
from pathlib import Path

from edge_agent import clock


def test_wall_time_is_in_ms() -> None:
    assert abs(clock.now_ms() - time.time() * 1000) < 1000


def test_boot_time_counts_from_boot() -> None:
    up_s = float(Path("/proc/uptime").read_text("ascii").split()[0])
    assert abs(clock.boot_ms() - up_s * 1000) < 1000
    assert clock.boot_ms() <= clock.boot_ms()


def test_boot_id_is_the_kernels() -> None:
    kernels = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    assert re.fullmatch("[0-9a-f]{32}", clock.boot_id())
    assert clock.boot_id() == kernels.replace("-", "")


def test_asking_for_the_state_of_the_clock_changes_nothing() -> None:
    assert clock.is_synchronised() == clock.is_synchronised()
