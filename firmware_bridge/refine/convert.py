"""The physics of water sensors: every formula in SI or canonical units, its source beside it. Pure.

Nothing is clamped. A number outside of what a sensor can mean is returned as it is, or as None where the
source says that there is no value; whoever calls flags it.
"""

from collections.abc import Sequence
from typing import NamedTuple

GRAVITY = 9.81  # m/s2
WATER_KG_M3 = 997.0  # at 25 degC
KELVIN = 273.15

# NAMUR NE 43, ampere.
LOOP_LOW_A, LOOP_HIGH_A = 0.004, 0.020  # what 0 % and 100 % are
MEASURING_A = 0.0038, 0.0205
FAULT_BELOW_A, FAULT_ABOVE_A = 0.0036, 0.0210  # a broken wire, a short circuit


class Scaled(NamedTuple):
    value: float | None  # None: the loop reports a fault
    is_saturated: bool  # beyond what it measures, within what it sends


def speed_of_sound(temperature: float) -> float:
    """m/s in air at a temperature in degC: 331.3 + 0.606 T, 343 at 20 degC."""
    return 331.3 + 0.606 * temperature


def distance_of_echo(echo_s: float, temperature: float) -> float:
    """m to what an ultrasonic pulse came back from after so many seconds: there and back, t c / 2."""
    return echo_s * speed_of_sound(temperature) / 2


def distance_in_air_of(distance: float, temperature: float, assumed: float) -> float:
    """m, of a distance that the sensor's firmware worked out for an `assumed` temperature (degC).

    Ignoring the true one costs 0.18 % per kelvin.
    """
    return distance * speed_of_sound(temperature) / speed_of_sound(assumed)


def level_of_distance(distance: float, mount_height: float) -> float:
    """m of water above the floor.

    `mount_height` is from the sensor's face to the floor (m), usually more than the tank's height.
    """
    return mount_height - distance


def level_of_pressure(kpa: float, atmosphere_kpa: float, kg_m3: float = WATER_KG_M3) -> float:
    """m of water above a submerged probe: (p - p_atm) / (rho g); 10 kPa are 1.02 m.

    `atmosphere_kpa` is 0 for a vented probe, which measures against the air.
    """
    return (kpa - atmosphere_kpa) * 1000 / (kg_m3 * GRAVITY)


def depth_to_water(level_above_probe: float, probe_depth: float) -> float:
    """m from the top of a borewell down to its water: where the probe hangs, less the water above it."""
    return probe_depth - level_above_probe


def scaled_of_current(ampere: float, low: float, high: float) -> Scaled:
    """What a 4-20 mA loop means, `low` at 4 mA and `high` at 20 mA in any unit: lo + (I - 4)/16 (hi - lo).

    NAMUR NE 43: 3.8-20.5 mA measure, below 3.6 and above 21.0 is a fault, which is no value and never 0 %.
    """
    if not FAULT_BELOW_A <= ampere <= FAULT_ABOVE_A:
        return Scaled(None, False)
    share = (ampere - LOOP_LOW_A) / (LOOP_HIGH_A - LOOP_LOW_A)
    return Scaled(low + share * (high - low), not MEASURING_A[0] <= ampere <= MEASURING_A[1])


def current_of_shunt(volt: float, ohm: float) -> float:
    """A of a loop that is read as the voltage over a resistor: 250 ohm for 1-5 V, 150 ohm for 0.6-3 V."""
    return volt / ohm


def volume_of_pulses(pulses: float, per_litre: float) -> float:
    """L: N/K. A YF-S201 has 450 pulses a litre (its 7.5 is Hz per L/min), an FS400 390; both +-10 %."""
    return pulses / per_litre


def flow_of_frequency(hertz: float, per_litre: float) -> float:
    """L/min of a sensor that gives its pulses as a frequency: 60 f/K."""
    return 60 * hertz / per_litre


def rate_of(litres: float, seconds: float) -> float:
    """L/min."""
    return 60 * litres / seconds


def volume_of_rates(before: float, after: float, seconds: float) -> float:
    """L that flowed between two rates in L/min, which is taken to have changed evenly."""
    return (before + after) / 2 * seconds / 60


def between(before: float, after: float, wrap: float | None, most: float | None) -> float | None:
    """What a counter counted from one reading to the next; it may have begun again at `wrap` (2^n, or where
    its digits end). None: it was reset or replaced, for a totaliser never goes back else.

    `most` is the most that can have been counted meanwhile (Qmax t K): less than none is a wrap only if it is
    no more than that.
    """
    if after >= before:
        return after - before
    if wrap is None or before > wrap:
        return None
    counted = after - before + wrap
    return counted if most is None or counted <= most else None


def ec25(conductivity: float, temperature: float, per_kelvin: float = 0.02) -> float:
    """uS/cm that the water would have at 25 degC: EC/(1 + a (T - 25)); a = 0.02, natural water 0.019."""
    return conductivity / (1 + per_kelvin * (temperature - 25))


def tds_of_ec25(conductivity: float, factor: float = 0.5) -> float:
    """mg/L (ppm) of what is dissolved: k EC25; k 0.5 for NaCl, 0.64-0.7 for natural water."""
    return factor * conductivity


def tds_of_voltage(volt: float, temperature: float) -> float:
    """mg/L of DFRobot's analog board, 0-1000; below 0.1 V it is noise. Its own curve:
    Vc = V/(1 + 0.02 (T-25)); 0.5 (133.42 Vc^3 - 255.86 Vc^2 + 857.39 Vc)."""
    at_25 = volt / (1 + 0.02 * (temperature - 25))
    return 0.5 * (133.42 * at_25**3 - 255.86 * at_25**2 + 857.39 * at_25)


class Buffer(NamedTuple):
    """A solution of known pH, and the volt that the probe gave in it."""

    ph: float
    volt: float


def ph_of_voltage(
    volt: float, buffers: tuple[Buffer, Buffer], calibrated_at: float, temperature: float
) -> float:
    """pH from a calibration in two buffers at a temperature (degC). The slope, about -59.16 mV/pH at 25 degC,
    goes with the absolute temperature; pH 7 is where it turns (the isopotential point)."""
    one, two = buffers
    slope = (two.volt - one.volt) / (two.ph - one.ph)
    volt_at_7 = one.volt + slope * (7 - one.ph)
    now = slope * (temperature + KELVIN) / (calibrated_at + KELVIN)
    return 7 + (volt - volt_at_7) / now


def battery_of_divider(volt: float, upper_ohm: float, lower_ohm: float) -> float:
    """V of a battery measured through two resistors: Vadc (R1+R2)/R2, R2 towards ground."""
    return volt * (upper_ohm + lower_ohm) / lower_ohm


# (V, % of its charge). A cell at rest; under load it shows less. The page says which voltage is low; how many
# % that is, is a convention of ours: enough to be called.
LI_ION = ((3.0, 0.0), (3.3, 10.0), (3.7, 50.0), (4.2, 100.0))
LEAD_12V = ((10.8, 0.0), (12.0, 20.0), (12.7, 100.0))


def charge_of_battery(volt: float, table: Sequence[tuple[float, float]]) -> float:
    """% of its charge, between the rows of a table and on along its ends: 103 % shows a wrong divider."""
    place = next((n for n in range(1, len(table) - 1) if volt < table[n][0]), len(table) - 1)
    (low, empty), (high, full) = table[place - 1], table[place]
    return empty + (volt - low) / (high - low) * (full - empty)
