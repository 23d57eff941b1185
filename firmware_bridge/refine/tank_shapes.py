"""Tanks: how much water stands in one at a level. Pure; metres and litres."""

import math
from typing import Annotated

import msgspec
from msgspec import Meta

LITRES_PER_M3 = 1000.0
_HALVINGS = 40  # until a level is exact to 12 digits of the height

Metres = Annotated[float, Meta(gt=0, le=1000)]


class _Tank(msgspec.Struct, tag_field="kind", frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class VerticalCylinder(_Tank, tag="vertical_cylinder", frozen=True, kw_only=True):
    radius_m: Metres
    height_m: Metres

    def filled(self, h: float) -> float:
        """V = pi r^2 h."""
        return math.pi * self.radius_m**2 * h


class Rectangular(_Tank, tag="rectangular", frozen=True, kw_only=True):
    length_m: Metres
    breadth_m: Metres
    height_m: Metres

    def filled(self, h: float) -> float:
        """V = L B h."""
        return self.length_m * self.breadth_m * h


class HorizontalCylinder(_Tank, tag="horizontal_cylinder", frozen=True, kw_only=True):
    """A barrel that lies on its side, with flat ends."""

    radius_m: Metres
    length_m: Metres

    @property
    def height_m(self) -> float:
        return 2 * self.radius_m

    def filled(self, h: float) -> float:
        """V = L [r^2 acos((r-h)/r) - (r-h) sqrt(2rh - h^2)]: 19.6 % at a quarter of the height."""
        r = self.radius_m
        segment = r**2 * math.acos((r - h) / r) - (r - h) * math.sqrt(max(0.0, 2 * r * h - h**2))
        return self.length_m * segment


class Cone(_Tank, tag="cone", frozen=True, kw_only=True):
    """Apex down."""

    radius_m: Metres  # at the top
    height_m: Metres

    def filled(self, h: float) -> float:
        """V = pi r^2 h^3 / (3 H^2)."""
        return math.pi * self.radius_m**2 * h**3 / (3 * self.height_m**2)


class Frustum(_Tank, tag="frustum", frozen=True, kw_only=True):
    """A cone without its apex, as most plastic tanks are."""

    bottom_radius_m: Metres
    top_radius_m: Metres
    height_m: Metres

    def filled(self, h: float) -> float:
        """r(h) = r1 + (r2-r1) h/H, V = pi h (r1^2 + r1 r(h) + r(h)^2) / 3."""
        r1 = self.bottom_radius_m
        r = r1 + (self.top_radius_m - r1) * h / self.height_m
        return math.pi * h * (r1**2 + r1 * r + r**2) / 3


class Sphere(_Tank, tag="sphere", frozen=True, kw_only=True):
    radius_m: Metres

    @property
    def height_m(self) -> float:
        return 2 * self.radius_m

    def filled(self, h: float) -> float:
        """V = pi h^2 (3r - h) / 3."""
        return math.pi * h**2 * (3 * self.radius_m - h) / 3


Tank = VerticalCylinder | Rectangular | HorizontalCylinder | Cone | Frustum | Sphere


def capacity_l(tank: Tank) -> float:
    """Litres in it when it is full to the brim."""
    return tank.filled(tank.height_m) * LITRES_PER_M3


def volume_l(tank: Tank, level_m: float) -> float:
    """Litres at a level above the floor. Never clamped: a level outside of the tank gives what would stand in
    the same tank put on top of it or below it, so that it rises with the level everywhere, and shows: more
    than the capacity, or less than nothing.
    """
    tanks = math.floor(level_m / tank.height_m)
    within = min(max(level_m - tanks * tank.height_m, 0.0), tank.height_m)  # no more than rounding moves it
    return (tanks * tank.filled(tank.height_m) + tank.filled(within)) * LITRES_PER_M3


def level_m(tank: Tank, volume: float) -> float:
    """m at which so many litres stand in it; the inverse of `volume_l`."""
    tanks = math.floor(volume / capacity_l(tank))
    within, step = 0.0, tank.height_m
    for _ in range(_HALVINGS):
        step /= 2
        if tank.filled(within + step) * LITRES_PER_M3 < volume - tanks * capacity_l(tank):
            within += step
    return tanks * tank.height_m + within


def height_share(tank: Tank, level: float) -> float:
    """% of the height that a level (m) is: what a gauge on the wall shows."""
    return level / tank.height_m * 100


def volume_share(tank: Tank, level: float) -> float:
    """% of the capacity that stands in it at a level (m): 19.6 in a lying barrel at 25 % of its height."""
    return volume_l(tank, level) / capacity_l(tank) * 100
