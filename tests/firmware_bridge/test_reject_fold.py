"""Boot text and noise are counted, and take a few rows of the list."""

from firmware_bridge.reject_fold import FOLD_S, Fold
from firmware_bridge.source import Reject


def noise(text: str) -> Reject:
    return Reject("a line", text, "noise")


def test_the_first_goes_through_at_once_and_the_others_together() -> None:
    fold = Fold()
    for number in range(30):
        fold.add("noise", noise(str(number)), 100.0)
    assert fold.due(100.0) == [noise("0")]
    assert fold.due(100.0 + FOLD_S - 1) == []
    assert fold.wait_s(100.0 + FOLD_S - 1) == 1
    assert fold.due(100.0 + FOLD_S) == [Reject("a line, 29 times", "29", "noise")]
    assert fold.wait_s(0.0) is None


def test_kinds_are_told_apart_and_one_by_itself_stays_as_it_is() -> None:
    fold = Fold()
    fold.add("noise", noise("x"), 0.0)
    fold.add("oht-1 L", Reject("oht-1 L", "L=ERR", "no number"), 0.0)
    assert len(fold.due(0.0)) == 2
    fold.add("noise", noise("y"), 1.0)
    assert fold.due(FOLD_S) == [noise("y")]
    fold.add("noise", noise("z"), FOLD_S)
    assert fold.due(FOLD_S) == [noise("z")]


def test_what_waits_is_handed_over_at_the_end() -> None:
    fold = Fold()
    fold.add("noise", noise("x"), 0.0, 3)
    fold.add("noise", noise("y"), 0.0, 4)
    assert fold.rest() == [Reject("a line, 3 times", "x", "noise"), Reject("a line, 4 times", "y", "noise")]
    assert fold.rest() == []
