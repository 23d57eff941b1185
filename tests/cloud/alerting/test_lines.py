"""The breakers of lines: closed, open, half open, closed; and that they are few."""

from cloud.alerting.lines import Lines
from protocol.breaker import Policy, State

POLICY = Policy(failures=2.5, open_s=10.0, longest_open_s=40.0, successes=1, probes=1)


class Watch:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_line_opens_lets_one_probe_through_and_closes() -> None:
    watch = Watch()
    lines = Lines(watch, POLICY)
    for _ in range(3):
        assert lines.wait_s("mail") == 0
        lines.start("mail")
        lines.fail("mail")
    assert lines.state("mail") is State.OPEN
    assert 5.0 <= lines.wait_s("mail") <= 10.0
    assert lines.wait_s("another") == 0, "others are not affected"
    watch.now = 10.0
    assert lines.wait_s("mail") == 0
    lines.start("mail")
    assert lines.state("mail") is State.HALF_OPEN
    assert lines.wait_s("mail") > 0, "one probe at a time"
    lines.succeed("mail")
    assert lines.state("mail") is State.CLOSED
    assert lines.open() == 0


def test_a_probe_that_fails_opens_it_for_longer() -> None:
    watch = Watch()
    lines = Lines(watch, POLICY)
    for _ in range(3):
        lines.start("mail")
        lines.fail("mail")
    watch.now = 10.0
    lines.start("mail")
    lines.fail("mail")
    assert 10.0 <= lines.wait_s("mail") <= 20.0
    assert lines.open() == 1


def test_a_probe_that_is_given_up_frees_its_place() -> None:
    watch = Watch()
    lines = Lines(watch, POLICY)
    for _ in range(3):
        lines.start("mail")
        lines.fail("mail")
    watch.now = 10.0
    lines.start("mail")
    lines.abandon("mail")
    assert lines.wait_s("mail") == 0


def test_hosts_come_and_go_and_are_not_kept_for_ever() -> None:
    lines = Lines(Watch(), POLICY)
    for number in range(1_500):
        lines.start(f"hook host-{number}")
        lines.fail(f"hook host-{number}")
    assert len(lines._breakers) == 1_000
