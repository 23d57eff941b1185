"""How many bytes a reading costs on the link: the payload of 200-reading batches of a whole day."""

from benchmarks import community
from benchmarks.result import Better, Result, Results
from protocol import codec

DAY = 1440 * 10  # ten points, once a minute


def measure() -> Results:
    points, taken = community.readings(DAY)
    payloads = [
        codec.compress(codec.encode(batch))
        for batch in community.batches(points, taken, "5f2c7c1e-8f0e-4a57-9d0b-2f6d1f1f9c01")
    ]
    each = sum(map(len, payloads)) / len(taken)
    return {"wire_bytes_per_reading": Result(each, "bytes", Better.LOWER, goal=6.0)}
