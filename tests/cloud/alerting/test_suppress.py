"""The reasons to tell nobody, and which of them is recorded."""

from typing import Any

import msgspec
import pytest

from cloud.alerting.subject import Subject
from cloud.alerting.suppress import Known, Mute, Parent, Reason, mute
from cloud.store.acknowledgements import Shelf
from cloud.store.maintenance import Window
from protocol.rule import Severity

SUBJECT = Subject(
    alert="a",
    rule="r",
    site="Amba",
    point="oht-1/level",
    gateway="gw",
    severity=Severity.WARNING,
    news_at=1_000,
    heard_at=900,
)
WINDOW = Window(id=1, since=0, until=5_000)
SHELF = Shelf("a", "asha", at=0, until=6_000)
OFFLINE = Parent(alert="p", gateway="gw")
EVERYTHING = Known(windows=[WINDOW], shelves=[SHELF], parents=[OFFLINE])

CASES: list[Any] = [
    pytest.param(EVERYTHING, {"ended_at": 1_500}, Mute(Reason.LATE), id="it has ended: late comes first"),
    pytest.param(EVERYTHING, {}, Mute(Reason.MAINTENANCE, "1", 5_000), id="then maintenance"),
    pytest.param(
        Known(shelves=[SHELF], parents=[OFFLINE]), {}, Mute(Reason.SHELVED, "asha", 6_000), id="then shelved"
    ),
    pytest.param(Known(parents=[OFFLINE]), {}, Mute(Reason.INHIBITED, "p"), id="then inhibited"),
    pytest.param(Known(), {}, None, id="nothing speaks against it"),
    pytest.param(
        Known(windows=[WINDOW, Window(id=2, since=0, until=9_000)]),
        {},
        Mute(Reason.MAINTENANCE, "2", 9_000),
        id="the window that closes last",
    ),
    pytest.param(
        Known(shelves=[SHELF, Shelf("a", "ravi", at=1, until=4_000)]),
        {},
        Mute(Reason.SHELVED, "ravi", 4_000),
        id="the newest word on shelving",
    ),
    pytest.param(Known(shelves=[Shelf("b", "x", at=0, until=9_000)]), {}, None, id="another shelved"),
    pytest.param(Known(shelves=[Shelf("a", "x", at=0, until=2_000)]), {}, None, id="it is over"),
    pytest.param(Known(parents=[Parent(alert="p", gateway="gw-2")]), {}, None, id="another gateway"),
    pytest.param(Known(parents=[Parent(alert="a", gateway="gw")]), {}, None, id="not by itself"),
    pytest.param(
        Known(parents=[Parent(alert="p", rule="r", sites=frozenset(["Amba", "Bor"]))]),
        {},
        Mute(Reason.INHIBITED, "p"),
        id="many sites explain one",
    ),
    pytest.param(
        Known(parents=[Parent(alert="p", rule="r", sites=frozenset(["Bor"]))]), {}, None, id="not this site"
    ),
    pytest.param(
        Known(parents=[Parent(alert="p", gateway="gw", ended_at=1_500)]),
        {"heard_at": 1_500},
        Mute(Reason.INHIBITED, "p"),
        id="the parent is over, the child not heard since",
    ),
    pytest.param(
        Known(parents=[Parent(alert="p", gateway="gw", ended_at=1_500)]),
        {"heard_at": 1_501},
        None,
        id="a fresh reading decides",
    ),
]


@pytest.mark.parametrize(("known", "fields", "expected"), CASES)
def test_mute(known: Known, fields: dict[str, Any], expected: Mute | None) -> None:
    assert mute(msgspec.structs.replace(SUBJECT, **fields), known, 2_000, lambda at: 0) == expected
