"""Merging for one viewer: at once, then once a second, the newest only; bounded by the points there are."""

from cloud.api.merge import Backfill, GatewayNews, LiveReading, Merge, Readings
from cloud.api.shapes import Backlog, Gateway


def reading(point: int, at: int, value: float = 0.0) -> LiveReading:
    return LiveReading(point, at, value, [], at)


def gateway(key: str, contact: int) -> Gateway:
    return Gateway(
        id=key,
        label=key,
        site_id=1,
        site="Chikli",
        state="online",
        last_contact_at=contact,
        dead=False,
        heartbeat_s=60,
        offline_after_s=900,
        version="1",
        backlog=Backlog(readings=0, oldest_at=None),
        parked=0,
        clock_offset_ms=0,
        breakers=[],
        revoked_at=None,
    )


def test_the_first_change_goes_at_once() -> None:
    merge = Merge()
    merge.add(Readings(1, [reading(7, 100)]))
    assert merge.wait_s(5.0) == 0
    assert merge.due(5.0) == [Readings(1, [reading(7, 100)])]
    assert merge.wait_s(5.0) is None


def test_further_changes_are_merged_to_one_a_second() -> None:
    merge = Merge()
    merge.add(Readings(1, [reading(7, 100)]))
    merge.due(5.0)
    for at in range(101, 150):
        merge.add(Readings(1, [reading(7, at)]))
    assert merge.due(5.9) == []
    assert merge.wait_s(5.75) == 0.25
    assert merge.due(6.0) == [Readings(1, [reading(7, 149)])]


def test_a_point_does_not_wait_for_another() -> None:
    merge = Merge()
    merge.add(Readings(1, [reading(7, 100)]))
    merge.due(5.0)
    merge.add(Readings(1, [reading(7, 101), reading(8, 101)]))
    assert merge.due(5.5) == [Readings(1, [reading(8, 101)])]


def test_an_older_reading_never_replaces_a_newer_one() -> None:
    merge = Merge()
    merge.add(Readings(1, [reading(7, 100)]))
    merge.add(Readings(1, [reading(7, 99)]))
    assert merge.due(0.0) == [Readings(1, [reading(7, 100)])]


def test_backfills_of_a_site_become_one_span() -> None:
    merge = Merge()
    merge.add(Backfill(1, [7], 100, 200))
    merge.add(Backfill(1, [8], 50, 150))
    merge.add(Backfill(2, [9], 1, 2))
    assert merge.due(0.0) == [Backfill(1, [7, 8], 50, 200), Backfill(2, [9], 1, 2)]


def test_a_gateway_is_told_as_it_was_last_heard() -> None:
    merge = Merge()
    merge.add(GatewayNews(gateway("amba", 1)))
    merge.add(GatewayNews(gateway("amba", 2)))
    assert merge.due(0.0) == [GatewayNews(gateway("amba", 2))]


def test_what_waits_is_bounded_by_the_points_there_are() -> None:
    merge = Merge()
    for at in range(10_000):
        merge.add(Readings(1, [reading(point, at) for point in range(3)]))
        merge.add(Backfill(1, [at % 3], at, at))
    (readings, backfill) = merge.due(0.0)
    assert isinstance(readings, Readings)
    assert isinstance(backfill, Backfill)
    assert [one.at for one in readings.readings] == [9_999] * 3
    assert backfill.points == [0, 1, 2]


def test_draining_ignores_when_something_was_told() -> None:
    merge = Merge()
    for at in (1, 2):
        merge.add(Readings(1, [reading(7, at)]))
        assert merge.drain() == [Readings(1, [reading(7, at)])]
