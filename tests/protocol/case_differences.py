"""Cases that we answer otherwise than their source, by which sentence, and what we answer."""

from collections.abc import Callable

from protocol.acknowledgement import Acknowledgement
from protocol.episodes import episodes
from protocol.fold import fold, join, merge
from protocol.hours import DAY, Hours, contains
from protocol.judge import Sample
from protocol.rule import Kind
from protocol.standing import standing
from protocol.watch import change
from protocol.watched import resumed
from tests.protocol.case_runner import Case, play, play_conditions, samples_of, shown, terms_of_case
from tests.protocol.judging import Judge, ids
from tests.zones import moment, offset

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def edited_rule_keeps_firing(case: Case) -> None:
    (given,), (event,) = case["rules"], case["events"]
    judge = Judge(terms_of_case(given))
    samples = samples_of(case["series"]["d0"])
    before = play(judge, samples[:2], case["eval_at"][:2])
    after, at = terms_of_case(given | event["set"]), event["t"] * 1000
    judge.watch, told = change(judge.terms, after, judge.watch, at, at, ids())
    judge.terms = after
    assert before + play(judge, samples[2:], case["eval_at"][2:]) == ["pending", "firing", "firing", "firing"]
    assert told == []


def freshness_by_the_points_own_interval(case: Case) -> None:
    """A lookback of 300 s is an interval of 100 s; nobody sends an end of series."""
    judge = Judge(terms_of_case({"op": "<", "threshold": 1}, interval_s=100))
    judge.sample(0, 0.0)
    judge.tick(300)
    assert shown(judge) == "firing"
    judge.tick(300.001)
    assert shown(judge) == "no_data"


def no_limit_of_alerts(case: Case) -> None:
    for row in case["rows"]:
        judges = [Judge(terms_of_case({})) for _ in range(row["alerts"])]
        for judge in judges:
            judge.sample(0, 1.0)
        assert [shown(judge) for judge in judges] == ["firing"] * row["alerts"]


def gaps_freeze_the_delay(case: Case) -> None:
    """As the source as long as it does not reset (row 2), or adds a grace of its own (row 4)."""
    ours = [
        ({"d0": 600, "d1": 900}, {"d0": 2_100, "d1": 2_400}),
        ({"d0": 2_100, "d1": 2_400}, {}),
        ({}, {}),
        ({"d1": 300}, {"d0": 1_500, "d1": 1_800}),
    ]
    for variant, (active_at, fires_at) in zip(case["variants"], ours, strict=True):
        for device, series in case["series"].items():
            judge = Judge(terms_of_case(case["rules"][0], max_gap_s=300))
            before, since = variant["eval_before"], variant["restart_at"]
            play(judge, samples_of(one for one in series if one[0] in before), before)
            judge.store_and_restore()
            judge.watch = resumed(judge.watch, since * 1000)
            play(judge, samples_of(one for one in series if one[0] == since), [since])
            waiting_since = judge.watch.alert.since // 1000 if shown(judge) == "pending" else None
            assert waiting_since == active_at.get(device)
            play(judge, samples_of(one for one in series if one[0] > since), [2_999])
            fired = [one.at // 1000 for one in judge.told]
            assert fired == [fires_at[device]] if device in fires_at else not fired


def restored_as_it_was(case: Case) -> None:
    for row in case["rows"][:3]:
        judge = Judge(terms_of_case({"for": 5}))
        play(judge, [(0, 1.0)], [5 if row["stored"] == "firing" else 1])
        judge.store_and_restore()
        assert shown(judge) == row["stored"]
    assert case["rows"][2]["restored"] == "pending"


def missing_data_freezes(case: Case) -> None:
    judge = Judge(terms_of_case(case["rules"][0], interval_s=10, max_gap_s=10))
    assert play_conditions(judge, case["cond"]) == ["inactive", "pending", "pending", "pending", "pending"]
    assert judge.watch.alert.since == case["expect"]["starts_at"] * 1000
    assert judge.watch.alert.raised_at == 10_000


def silence_is_stale(case: Case) -> None:
    judge = Judge(terms_of_case({}, interval_s=1, max_gap_s=1))
    assert play(judge, [(1, 1.0)], [row["interval"] for row in case["rows"]]) == [
        "firing",
        "firing",
        "no_data",
    ]
    assert "cleared" not in [one.course.reason for one in judge.told]


def rises_by_time(case: Case) -> None:
    """Five readings, a second apart, are five seconds; nobody hears of a pending alert."""
    judge = Judge(terms_of_case({"op": ">=", "threshold": 50}, count=5, worsen_after_s=5))
    seen = play(judge, samples_of(case["series"]["d0"]), case["eval_at"])
    assert [state.replace("pending", "inactive") for state in seen] == case["expect"]["states"]["d0"]
    expected = [(4_000, "warning"), (9_000, "critical")]
    assert [(one.at, one.severity) for one in judge.told] == expected


def nobody_clears_by_hand(case: Case) -> None:
    judge = Judge(terms_of_case(case["rules"][0]))
    assert play(judge, samples_of(case["series"]["d0"]), [0, 1, 2]) == ["firing"] * 3
    assert judge.watch.alert.occurrences == 1


def too_old_for_history(case: Case) -> None:
    judge = Judge(terms_of_case(case["rules"][0]))
    (at, value), (received,) = case["series"]["d0"][0], case["received_at"]["d0"]
    judge.sample(at, value, now=received)
    assert shown(judge) == case["expect"]["ours"]["live_state"]
    assert len(judge.told) == case["expect"]["ours"]["pages"]
    assert episodes(judge.terms, [Sample(at * 1000, value)], 0) == []
    lifted = episodes(judge.terms, [Sample(at * 1000, value)], 0, horizon=40 * DAY)
    assert len(lifted) == case["expect"]["ours"]["history_episodes"]


def late_is_history(case: Case) -> None:
    (event,) = case["events"]
    judge = Judge(terms_of_case({}))
    judge.sample(event["starts_at"], 1.0, now=event["t"])
    history = episodes(judge.terms, [Sample(event["starts_at"] * 1000, 1.0)], event["t"] * 1000)
    assert (len(judge.told), len(history)) == (
        case["expect"]["ours"]["pages"],
        case["expect"]["ours"]["history_episodes"],
    )


def cut_off_is_not_silent(case: Case) -> None:
    """There is one mode: what hid the point does not count as its silence."""
    for row in case["rows"]:
        cut, after = row["relay_cut_for"], row.get("no_data_after", 300)
        judge = Judge(terms_of_case({"for": after}, kind=Kind.NO_DATA, threshold=None))
        judge.sample(0, 1.0)
        judge.watch = resumed(judge.watch, cut * 1000)
        assert play(judge, [], [cut, cut + after - 1, cut + after]) == ["inactive", "inactive", "firing"]


def weekly_repeats(case: Case) -> None:
    """Days of the month are not offered."""
    for row in case["rows"]:
        days, _, rest = row["window"].removeprefix("November, ").partition(" ")
        times, _, zone = rest.partition(" ")
        if days != "Mon-Fri":
            continue
        start, _, end = times.partition("-")
        hours = Hours(start, end, list(range(DAYS.index("Fri") + 1)))
        ahead = offset(zone.removesuffix(" (summer time)"))
        assert all(contains(hours, moment(at.replace("Z", "+00:00")), ahead) for at in row["inside"])
        assert not any(contains(hours, moment(at.replace("Z", "+00:00")), ahead) for at in row["outside"])


def a_fall_keeps_the_acknowledgement(case: Case) -> None:
    ladder = [{"threshold": 1, "severity": "warning"}, {"threshold": 2, "severity": "critical"}]
    judge = Judge(terms_of_case({}, ladder=ladder, threshold=None))
    for at, value in enumerate([0.0, 1.5, 2.5]):
        judge.sample(at, value)
    made = [Acknowledgement(alert="a-1", counter=judge.watch.alert.counter, by="Asha", at=2_000, until=9_000)]
    judge.sample(3, 1.5)
    (alert,) = join(fold(merge({}, judge.told)).values())
    assert standing(alert, made, 8_999)
    assert not standing(alert, made, 9_000)
    judge.sample(4, 0.0)
    (alert,) = join(fold(merge({}, judge.told)).values())
    assert not standing(alert, made, 4_000)


def flapping_is_what_it_is(case: Case) -> None:
    judge = Judge(terms_of_case({}))
    seen = play_conditions(judge, [1, 0] * 12)
    assert seen == ["firing", "inactive"] * 12


RULE_EDITED = (
    "A rule edited while an alert is open is judged again; if it no longer holds, resolved with the reason"
)
FREEZES = "freezes the pending clock: it neither runs nor resets."

DIFFERENT: dict[str, tuple[str, Callable[[Case], None]]] = {
    "R04": (RULE_EDITED, edited_rule_keeps_firing),
    "R07": ("A gap longer than `max_gap`", freshness_by_the_points_own_interval),
    "R09": ("A rule has no limit of alerts: none is dropped for being many", no_limit_of_alerts),
    "R10": (FREEZES, gaps_freeze_the_delay),
    "R13": ("Its id is a UUID fixed when it fires", restored_as_it_was),
    "R16": (FREEZES, missing_data_freezes),
    "R18": ("Silence is never recovery: the alert stays open and is marked `stale`.", silence_is_stale),
    "R22": ("`ladder`: (threshold, severity) rungs in rising order", rises_by_time),
    "R25": ("firing → clearing when the clear condition holds", nobody_clears_by_hand),
    "L01": ("older samples are stored, not judged", too_old_for_history),
    "L03": ("never an alert's state, and pages nobody", late_is_history),
    "L05": ("mutes its children and freezes their no-data rules", cut_off_is_not_silent),
    "S06": ("weekly repeat in the site's zone", weekly_repeats),
    "A03": ("ends on resolve, rise or expiry", a_fall_keeps_the_acknowledgement),
    "F02": ("Flapping is not detected yet", flapping_is_what_it_is),
}
