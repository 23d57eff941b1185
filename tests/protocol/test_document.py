"""The bytes of a gateway's rules: what a cloud sent once must be understood for as long as v1 is."""

from pathlib import Path

import msgspec

from protocol.hours import Hours
from protocol.rule import Document, Kind, Op, Rule, Rung, Scope, Severity, Statistic, While

GOLDEN = Path(__file__).parent / "golden_document.json"
EXAMPLE = Document(
    zone="Asia/Kolkata",
    rules=[
        Rule(
            id="no-flow",
            version=3,
            name="Pump runs dry",
            to_do="Switch the pump off.",
            scope=Scope(metric="flow", tags={"region": "north"}),
            kind=Kind.AGGREGATE,
            op=Op.BELOW,
            ladder=[Rung(5.0, Severity.WARNING), Rung(1.0, Severity.CRITICAL)],
            unit="L/min",
            clear_threshold=6.0,
            statistic=Statistic.MAX,
            window_s=900.0,
            for_s=60.0,
            count=3,
            clear_for_s=120.0,
            while_=While("pump", Op.EQUAL, 1.0),
            hours=Hours("22:00", "04:00"),
            cooldown_s=600.0,
            late_after_s=1800.0,
            max_gap_s=300.0,
            actions=["siren"],
        ),
        Rule(
            id="rises",
            scope=Scope(point="oht-1/level", site="7"),
            kind=Kind.RATE,
            severity=Severity.INFO,
            threshold=0.5,
            per_s=3600.0,
            min_dt_s=30.0,
            worsen_after_s=7200.0,
            worsen_to=Severity.WARNING,
        ),
    ],
)


def test_a_document_is_these_bytes() -> None:
    assert msgspec.json.encode(EXAMPLE) == GOLDEN.read_bytes().strip()


def test_these_bytes_are_that_document() -> None:
    assert msgspec.json.decode(GOLDEN.read_bytes(), type=Document) == EXAMPLE


def test_the_example_leaves_out_only_what_the_cloud_alone_needs() -> None:
    shown = {name for rule in EXAMPLE.rules for name in msgspec.to_builtins(rule)}
    all_of_it = {field.encode_name for field in msgspec.structs.fields(Rule)}
    assert all_of_it - shown == {"of_rule", "sites"}


def test_others_may_keep_more_in_it() -> None:
    wider = msgspec.to_builtins(EXAMPLE) | {"calibrations": [1]}
    assert msgspec.json.decode(msgspec.json.encode(wider), type=Document) == EXAMPLE
