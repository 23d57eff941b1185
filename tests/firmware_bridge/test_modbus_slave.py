"""When a slave is asked next: no drift, and long rests for what is dead."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.modbus.plan import Device
from firmware_bridge.modbus.slave import FIRST_REST_S, LONGEST_REST_S, Slave

BEGAN = 1_000.0


def slave(every_s: float = 10.0) -> Slave:
    """Two requests, for registers 0 and 100."""
    values = [
        {"metric": "a", "register": 0},
        {"metric": "b", "register": 100},
        {"metric": "c", "register": 101},
    ]
    device = msgspec.convert({"device": "d", "unit_id": 1, "first_register": 0, "values": values}, Device)
    return Slave(device, every_s, BEGAN, lambda: 1.0)


def starts(slave: Slave, now: float) -> list[int]:
    return [question.block.start for question in slave.questions(now)]


@given(st.lists(st.floats(0, 3), min_size=1, max_size=30))
def test_late_answers_shift_no_later_turn(lates: list[float]) -> None:
    asked = slave()
    for turn, late in enumerate(lates):
        assert asked.next_at == BEGAN + 10 * turn
        asked.answered(asked.next_at + late)


def test_turns_that_were_missed_are_not_made_up_for() -> None:
    asked = slave()
    asked.answered(BEGAN + 25)
    assert asked.next_at == BEGAN + 30


def test_a_dead_slave_rests_longer_and_longer_and_a_living_one_is_back_in_its_beat() -> None:
    dead, now, rests = slave(), BEGAN, []
    for _ in range(9):
        dead.missed(dead.questions(now)[0], now)
        rests.append(dead.next_at - now)
        now = dead.next_at
    assert rests == [FIRST_REST_S, 10, 20, 40, 80, 160, LONGEST_REST_S, LONGEST_REST_S, LONGEST_REST_S]
    dead.answered(now)
    assert now < dead.next_at <= now + 10
    assert (dead.next_at - BEGAN) % 10 == 0
    dead.missed(dead.questions(now)[0], now)
    assert dead.next_at == now + FIRST_REST_S


def test_the_request_that_was_not_answered_comes_last() -> None:
    asked = slave()
    assert starts(asked, BEGAN) == [0, 100]
    asked.missed(asked.questions(BEGAN)[0], BEGAN)
    assert starts(asked, asked.next_at) == [100, 0]
    assert (asked.is_silent, asked.is_dead) == (True, False)
    asked.missed(asked.questions(asked.next_at)[0], asked.next_at)
    assert asked.is_dead
    asked.answered(asked.next_at)
    assert (asked.is_silent, asked.is_dead) == (False, False)


def test_a_request_that_rests_leaves_the_others() -> None:
    asked = slave()
    asked.questions(BEGAN)[0].rest.failed(BEGAN)
    assert starts(asked, BEGAN + 4) == [100]
    assert starts(asked, BEGAN + 5) == [0, 100]


def test_registers_that_are_refused_together_are_asked_for_one_by_one() -> None:
    asked = slave()
    singles = asked.split(asked.questions(BEGAN)[1])
    assert [question.block.start for question in singles] == [100, 101]
    assert starts(asked, BEGAN) == [0, 100, 101]
