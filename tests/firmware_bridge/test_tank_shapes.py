"""Level and volume of every shape of tank: monotone, inverse, bounded, and the numbers of the books."""

import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.refine.tank_shapes import (
    Cone,
    Frustum,
    HorizontalCylinder,
    Rectangular,
    Sphere,
    Tank,
    VerticalCylinder,
    capacity_l,
    height_share,
    level_m,
    volume_l,
    volume_share,
)

BARREL = HorizontalCylinder(radius_m=0.5, length_m=2.0)
metres = st.floats(0.05, 20)
TANKS: st.SearchStrategy[Tank] = st.one_of(
    st.builds(VerticalCylinder, radius_m=metres, height_m=metres),
    st.builds(Rectangular, length_m=metres, breadth_m=metres, height_m=metres),
    st.builds(HorizontalCylinder, radius_m=metres, length_m=metres),
    st.builds(Cone, radius_m=metres, height_m=metres),
    st.builds(Frustum, bottom_radius_m=metres, top_radius_m=metres, height_m=metres),
    st.builds(Sphere, radius_m=metres),
)
shares = st.floats(0, 1)

VOLUMES = [
    pytest.param(VerticalCylinder(radius_m=1, height_m=2), 0.5, 500 * math.pi, id="a standing cylinder"),
    pytest.param(Rectangular(length_m=2, breadth_m=3, height_m=2), 0.5, 3000, id="a box"),
    pytest.param(BARREL, 0.5, 250 * math.pi, id="a lying barrel, half full"),
    pytest.param(
        Cone(radius_m=1, height_m=3), 3, 1000 * math.pi, id="a full cone is a third of its cylinder"
    ),
    pytest.param(Cone(radius_m=1, height_m=2), 1, 1000 * math.pi / 12, id="a cone at half its height"),
    pytest.param(
        Frustum(bottom_radius_m=1, top_radius_m=2, height_m=3), 3, 7000 * math.pi, id="a full frustum"
    ),
    pytest.param(
        Frustum(bottom_radius_m=1, top_radius_m=1, height_m=3),
        2,
        2000 * math.pi,
        id="a frustum as a cylinder",
    ),
    pytest.param(Sphere(radius_m=1), 2, 4000 * math.pi / 3, id="a full ball"),
    pytest.param(Sphere(radius_m=1), 1, 2000 * math.pi / 3, id="half a ball"),
]


@pytest.mark.parametrize(("tank", "level", "litres"), VOLUMES)
def test_volume(tank: Tank, level: float, litres: float) -> None:
    assert volume_l(tank, level) == pytest.approx(litres)


@pytest.mark.parametrize(("height", "volume"), [(25, 19.6), (50, 50), (90, 94.8), (0, 0), (100, 100)])
def test_a_lying_barrel_has_another_share_of_its_volume_than_of_its_height(
    height: float, volume: float
) -> None:
    level = BARREL.height_m * height / 100
    assert height_share(BARREL, level) == pytest.approx(height)
    assert volume_share(BARREL, level) == pytest.approx(volume, abs=0.05)


@given(TANKS, shares, shares)
def test_more_level_is_never_less_volume(tank: Tank, one: float, other: float) -> None:
    low, high = sorted([one * tank.height_m, other * tank.height_m])
    assert volume_l(tank, low) <= volume_l(tank, high) + 1e-9 * capacity_l(tank)


@given(TANKS, shares)
def test_the_volume_lies_within_the_tank(tank: Tank, share: float) -> None:
    slack = 1e-9 * capacity_l(tank)
    assert -slack <= volume_l(tank, share * tank.height_m) <= capacity_l(tank) + slack


@given(TANKS, st.floats(0.01, 0.99))
def test_the_level_of_a_volume_is_the_level_that_it_was_taken_at(tank: Tank, share: float) -> None:
    level = share * tank.height_m
    assert level_m(tank, volume_l(tank, level)) == pytest.approx(level, abs=1e-6 * tank.height_m)


@given(TANKS, st.floats(0.001, 0.5))
def test_a_level_outside_of_the_tank_is_never_a_good_looking_volume(tank: Tank, beyond: float) -> None:
    assert volume_l(tank, -beyond * tank.height_m) < 0
    assert volume_l(tank, (1 + beyond) * tank.height_m) > capacity_l(tank) * (1 - 1e-12)


@given(TANKS)
def test_the_volume_does_not_jump_at_the_floor_and_the_brim(tank: Tank) -> None:
    for edge in (0, tank.height_m):
        step = 1e-9 * tank.height_m
        jump = volume_l(tank, edge + step) - volume_l(tank, edge - step)
        assert abs(jump) <= 1e-6 * capacity_l(tank)


def test_a_tank_is_named_by_its_kind() -> None:
    tank = msgspec.convert({"kind": "cone", "radius_m": 1, "height_m": 2}, Tank)
    assert tank == Cone(radius_m=1, height_m=2)
    with pytest.raises(msgspec.ValidationError, match="radius"):
        msgspec.convert({"kind": "cone", "radius": 1, "height_m": 2}, Tank)
