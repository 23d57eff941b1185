"""The window: how much is under way, when it is sent again, and what an answer does to it."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_agent.outbox.batches import Sealed
from edge_agent.uplink.window import SPAN, Patience, Window, key_of
from protocol import codec
from protocol.messages import Receipt, Refusal, RefusalCode, RetryAfter

PATIENCE = Patience()
EPOCH = "epoch-1"


def sealed(number: int, epoch: str = EPOCH) -> Sealed:
    body = f"{epoch} {number}".encode()
    return Sealed(epoch, number, codec.digest(body), body, 1)


def receipt(number: int, digest: str | None = None, epoch: str = EPOCH) -> Receipt:
    return Receipt(
        epoch=epoch,
        number=number,
        digest=digest or sealed(number, epoch).digest,
        incarnation="cloud",
        mark=number,
    )


def flying(*numbers: int, now: float = 0.0, epoch: str = EPOCH) -> Window:
    window = Window(size=float(SPAN))
    for number in numbers:
        window = window.add(sealed(number, epoch)).sent((epoch, number), PATIENCE, now)
    return window


def resting(*numbers: int, epoch: str, wait_s: float) -> Window:
    """All of it put off by the cloud."""
    window = flying(*numbers, epoch=epoch)
    for number in numbers:
        retry = RetryAfter(code="contended", after_s=wait_s, epoch=epoch, number=number)
        window = window.postponed(retry, PATIENCE, 0.0)
    return window


def test_room_is_what_is_not_in_the_air() -> None:
    window = Window(size=2.0)
    for number in (1, 2):
        assert window.has_room(0.0)
        window = window.add(sealed(number)).sent((EPOCH, number), PATIENCE, 0.0)
    assert not window.has_room(0.0)


def test_numbers_of_an_epoch_span_at_most_32() -> None:
    window = flying(5, 6)
    assert window.may_seal(EPOCH, 5 + SPAN - 1)
    assert not window.may_seal(EPOCH, 5 + SPAN)
    assert window.may_seal("another", 5 + SPAN)


def test_a_late_receipt_brings_the_batch_down_and_halves_the_window_once() -> None:
    window = flying(1, 2, 3).expire(PATIENCE.receipt_s)
    assert window.size == SPAN / 2
    assert not any(flight.in_air for flight in window.flights.values())
    first = window.next_due(PATIENCE.receipt_s)
    assert first is not None
    assert first.sealed.number == 1


def test_batches_sent_before_the_halving_do_not_halve_again() -> None:
    window = flying(1).add(sealed(2)).sent((EPOCH, 2), PATIENCE, 5.0)
    window = window.expire(10.0)
    assert window.expire(15.0).size == window.size


def test_every_try_waits_twice_as_long_up_to_a_limit() -> None:
    window, now, waits = flying(1), 0.0, []
    for _ in range(6):
        due = window.flights[EPOCH, 1].due
        waits.append(due - now)
        now = due
        window = window.expire(now).sent((EPOCH, 1), PATIENCE, now)
    assert waits == [10, 20, 40, 80, 120, 120]


def test_quick_receipts_make_room_and_slow_ones_do_not() -> None:
    window = Window(size=2.0)
    for number, after_s in ((1, 1.0), (2, PATIENCE.receipt_s - 1)):
        window = window.add(sealed(number)).sent((EPOCH, number), PATIENCE, 0.0)
        window = window.receipted((EPOCH, number), PATIENCE, after_s)
    assert window.size == 3.0
    assert not window.flights


def test_silence_counts_from_the_first_unanswered_sending_and_ends_with_any_word() -> None:
    assert Window().silent_at(PATIENCE) == math.inf
    window = flying(1, now=100.0).add(sealed(2)).sent((EPOCH, 2), PATIENCE, 120.0)
    assert window.silent_at(PATIENCE) == 100.0 + PATIENCE.silence_s
    assert window.heard(130.0).silent_at(PATIENCE) == 130.0 + PATIENCE.silence_s


def test_sending_again_is_no_new_beginning_of_the_silence() -> None:
    window = flying(1).expire(10.0)
    window = window.sent((EPOCH, 1), PATIENCE, 10.0)
    assert window.silent_at(PATIENCE) == PATIENCE.silence_s


ANSWERS = [
    pytest.param(receipt(1), 1, id="a receipt settles its batch"),
    pytest.param(receipt(1, digest="00" * 16), None, id="not one of another box with the same number"),
    pytest.param(receipt(9), None, id="not what is no longer under way"),
    pytest.param(receipt(1, epoch="another"), None, id="not one of another epoch"),
    pytest.param(
        Refusal(
            code=RefusalCode.UNDECODABLE,
            reason="",
            digest=codec.digest(codec.compress(sealed(2).body)),
            incarnation="cloud",
        ),
        2,
        id="what could not be read is named by its payload",
    ),
    pytest.param(
        Refusal(
            code=RefusalCode.STALE,
            reason="",
            digest=sealed(2).digest,
            epoch=EPOCH,
            number=2,
            incarnation="cloud",
        ),
        2,
        id="a refusal names its batch",
    ),
    pytest.param(
        Refusal(code=RefusalCode.UNDECODABLE, reason="", digest="00" * 16, incarnation="cloud"),
        None,
        id="a refusal of something else",
    ),
]


@pytest.mark.parametrize(("answer", "number"), ANSWERS)
def test_answered(answer: Receipt | Refusal, number: int | None) -> None:
    flight = flying(1, 2).answered(answer)
    assert (flight.sealed.number if flight else None) == number


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("pass"), st.floats(0.0, 30.0)),
        st.tuples(st.just("receipt"), st.integers(0, 40)),
        st.tuples(st.just("lost"), st.integers(0, 40)),
    ),
    max_size=80,
)


@settings(max_examples=200, deadline=None)
@given(STEPS)
def test_whatever_happens_the_bounds_hold_and_everything_is_sent_until_it_has_its_receipt(
    steps: list[tuple[str, float]],
) -> None:
    window, now, number = Window(), 0.0, 1
    for kind, amount in steps:
        while window.has_room(now):
            due = window.next_due(now)
            if due is None and not window.may_seal(EPOCH, number):
                break
            if due is None:
                window, number = window.add(sealed(number)), number + 1
            key = key_of(due.sealed) if due else (EPOCH, number - 1)
            window = window.sent(key, PATIENCE, now)
        if kind == "pass":
            now += amount
        elif kind == "receipt" and window.flights:
            key = list(window.flights)[int(amount) % len(window.flights)]
            window = window.heard(now).receipted(key, PATIENCE, now)
        window = window.expire(now)
        numbers = [flight.sealed.number for flight in window.flights.values()]
        assert 1 <= window.size <= SPAN
        assert sum(flight.in_air for flight in window.flights.values()) <= SPAN
        assert not numbers or max(numbers) - min(numbers) < SPAN
        # Nothing rests for ever: it is due, or the window says when to look again.
        assert not window.flights or window.wake_at(now) < math.inf or window.next_due(now)
