"""Where a point's values are not to be compared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.breaks import UNBROKEN, Breaks, breaks
from protocol.reading import Origin

LEVEL = Origin("oht-1/level", "oht-1/distance", "level_from_distance", [0, 500])
VOLUME = Origin("oht-1/volume", "oht-1/level", "volume_from_level", [100])
RATE = Origin("flow-1/rate", "flow-1/total", "rate_from_total", [300])
TOTAL = Origin("flow-2/total", "flow-2/rate", "total_from_rate", [0])
PULSES = Origin("flow-3/volume", "flow-3/pulses", "volume_from_pulses", [0])
SITE = [LEVEL, VOLUME, RATE, TOTAL, PULSES]


@pytest.mark.parametrize(
    ("point", "expected"),
    [
        ("oht-1/level", Breaks((0, 100, 500))),  # its own, and that of what is derived of it
        ("oht-1/volume", Breaks((0, 100, 500))),  # what its level is derived of breaks it, too
        ("oht-1/distance", Breaks((0, 500))),
        ("flow-1/total", Breaks((300,), counts=True)),
        ("flow-1/rate", Breaks((300,))),
        ("flow-2/total", Breaks((0,), counts=True)),
        ("flow-2/rate", Breaks((0,))),
        ("flow-3/pulses", Breaks((0,), counts=True)),
        ("flow-3/volume", Breaks((0,), counts=True)),
        ("oht-1/temperature", UNBROKEN),
    ],
)
def test_of_each_point_of_a_site(point: str, expected: Breaks) -> None:
    assert breaks(SITE).get(point, UNBROKEN) == expected


@pytest.mark.parametrize(
    ("before", "at", "expected"),
    [(0, 299, False), (299, 300, True), (300, 301, False), (0, 900, True), (301, 900, False)],
)
def test_a_date_belongs_to_what_begins_there(before: int, at: int, expected: bool) -> None:
    assert Breaks((300,)).is_between(before, at) is expected


NAMES = st.sampled_from("abcd")
ORIGINS = st.builds(Origin, NAMES, NAMES, st.just("x"), st.lists(st.integers(0, 9), max_size=3))


@given(st.lists(ORIGINS, max_size=6))
def test_whatever_a_gateway_says_has_an_end(origins: list[Origin]) -> None:
    """Also in circles; and no date comes from nowhere."""
    dates = {date for one in origins for date in one.calibrations}
    assert all(set(one.dates) <= dates for one in breaks(origins).values())
