"""Whatever was read comes out as it went in, to the last bit and for few bytes."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import codec
from protocol.messages import Batch, Series
from protocol.reading import Point, Quality, Reading

NOON = 1_767_268_800_000
POINTS = [Point("oht-1/level", "m", 60.0), Point("flow-1/total", "L"), Point("borewell-1/pump")]

# Second differences of times travel as 64-bit integers: within 36 million years of 1970 they fit.
times = st.one_of(
    st.integers(-(2**60), 2**60),
    st.integers(NOON, NOON + 86_400_000),
    st.integers(0, 1_000).map(lambda minute: NOON + minute * 60_000),
)
# Decimals of a sensor, its float noise, and everything else that a float can be.
values = st.one_of(
    st.none(),
    st.floats(),
    st.builds(lambda whole, places: whole / 10**places, st.integers(-(10**7), 10**7), st.integers(0, 6)),
    st.sampled_from([0.1 + 0.2, 28.700000000000003, -0.0, 1e308, 5e-324, 2.0**53, 2.0**53 - 1]),
)
readings = st.lists(
    st.builds(
        Reading,
        point=st.sampled_from([point.name for point in POINTS]),
        at=times,
        value=values,
        quality=st.integers(0, 7),
    ),
    max_size=60,
)


def bits(reading: Reading) -> tuple[str, int, bytes | None, int]:
    """A reading by what it is made of: -0.0 is not 0.0, and a NaN is itself."""
    value = None if reading.value is None else struct.pack("d", reading.value)
    return reading.point, reading.at, value, reading.quality


@given(readings)
def test_any_batch_round_trips_exactly(taken: list[Reading]) -> None:
    batch = Batch(epoch="e", number=1, points=POINTS, series=codec.pack(taken, POINTS))
    payload = codec.compress(codec.encode(batch))
    message = codec.decode(codec.decompress(payload))
    assert isinstance(message, Batch)
    by_place = [reading for point in POINTS for reading in taken if reading.point == point.name]
    assert list(map(bits, codec.unpack(message))) == list(map(bits, by_place))


@given(readings)
def test_the_same_readings_give_the_same_bytes(taken: list[Reading]) -> None:
    """A batch is known again by its digest."""
    bodies = {
        codec.encode(Batch(epoch="e", number=1, points=POINTS, series=codec.pack(list(taken), POINTS)))
        for _ in range(2)
    }
    assert len(bodies) == 1
    assert len({codec.digest(body) for body in bodies}) == 1


def test_a_point_named_twice_in_the_table_keeps_the_places() -> None:
    table = [POINTS[0], POINTS[0], POINTS[1]]
    taken = [Reading("flow-1/total", NOON, 5.0), Reading("oht-1/level", NOON, 2.0)]
    batch = Batch(epoch="e", number=1, points=table, series=codec.pack(taken, table))
    assert sorted(codec.unpack(batch), key=bits) == sorted(taken, key=bits)


def test_a_reading_without_its_point_is_an_error_of_the_caller() -> None:
    with pytest.raises(KeyError, match="tds-1/level"):
        codec.pack([Reading("tds-1/level", NOON, 1.0)], POINTS)


def test_a_series_outside_the_table_has_no_name() -> None:
    batch = Batch(epoch="e", number=1, points=[], series=[Series(3, NOON, [], 0, [1])])
    assert codec.unpack(batch) == [Reading("", NOON, 1.0)]


def test_flags_of_a_newer_writer_are_kept_off() -> None:
    batch = Batch(
        epoch="e", number=1, points=POINTS, series=[Series(0, NOON, [], 0, [1], [(0, 8 | Quality.SUSPECT)])]
    )
    assert codec.unpack(batch)[0].quality == Quality.SUSPECT


SHAPES = [
    pytest.param([2.31, 2.32, 2.32, 2.3], 2, [231, 1, 0, -2], id="hundredths are whole numbers"),
    pytest.param([1.0, None, 3.0], 0, [1, None, 2], id="a fault stays null between them"),
    pytest.param([None, None], 0, [None, None], id="nothing but faults"),
    pytest.param([0.1 + 0.2], None, [0.1 + 0.2], id="float noise is sent as it is"),
    pytest.param([-0.0, 1.0], None, [-0.0, 1.0], id="a negative zero has no whole number"),
    pytest.param([2.0**53], None, [2.0**53], id="past 2**53 whole numbers lie closer than floats"),
]


@pytest.mark.parametrize(("column", "places", "packed"), SHAPES)
def test_pack_values(column: list[float | None], places: int | None, packed: list[float | None]) -> None:
    taken = [Reading("oht-1/level", NOON + i, value) for i, value in enumerate(column)]
    (series,) = codec.pack(taken, POINTS)
    assert (series.places, series.values) == (places, packed)


def test_regular_readings_cost_few_bytes() -> None:
    """Ten points once a minute, 200 readings to a batch: at most 6 bytes each, all of the batch counted."""
    points = [Point(f"tank-{n}/level", "m", 60.0) for n in range(10)]
    taken = [
        Reading(
            point.name, NOON + minute * 60_000 + n * 137, round(1.8 + (minute * 7 + n * 13) % 41 / 100, 2)
        )
        for minute in range(20)
        for n, point in enumerate(points)
    ]
    batch = Batch(
        epoch="5f2c7c1e-8f0e-4a57-9d0b-2f6d1f1f9c01",
        number=12_345,
        boot="f47ac10b-58cc-4372-a567-0e02b2c3d479",
        boot_ms=86_400_000,
        sealed_at=NOON,
        correlation="4bf92f3577b34da6",
        points=points,
        series=codec.pack(taken, points),
    )
    assert len(codec.compress(codec.encode(batch))) / len(taken) <= 6
