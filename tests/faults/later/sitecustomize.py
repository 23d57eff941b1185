"""Put on PYTHONPATH, it makes a process of the cloud live LATER_S seconds after everybody else."""

import os
import time

_later_s = int(os.environ["LATER_S"])
_time, _time_ns = time.time, time.time_ns
time.time = lambda: _time() + _later_s
time.time_ns = lambda: _time_ns() + _later_s * 1_000_000_000
