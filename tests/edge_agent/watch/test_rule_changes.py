"""What becomes of alerts when rules, or the points of the gateway, are others than before."""

from pathlib import Path

from tests.edge_agent.watch.desk import LEVEL, PUMP, Desk, rows, rule


async def test_an_edited_rule_is_judged_at_once(tmp_path: Path) -> None:
    async with Desk(tmp_path / "o.db", (LEVEL,)).opened() as desk:
        await desk.run(rule())
        await desk.hears(2.5)
        await desk.run(rule(version=2, threshold=3.0))
        assert [(one.course.reason, one.rule_version) for one in desk.told] == [
            ("fired", 1),
            ("rule changed", 2),
        ]


async def test_a_deleted_rule_ends_its_alert(tmp_path: Path) -> None:
    async with Desk(tmp_path / "o.db", (LEVEL,)).opened() as desk:
        await desk.run(rule())
        await desk.hears(2.5)
        await desk.run()
        assert desk.reasons == ["fired", "rule changed"]
        assert not rows(desk.path, "SELECT * FROM watch")
        await desk.hears(2.5)
        assert len(desk.told) == 2


async def test_rules_outlive_the_agent(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "o.db", (LEVEL,))
    async with desk.opened():
        await desk.run(rule())
    async with desk.opened():
        await desk.hears(2.5)
        assert desk.reasons == ["fired"]


async def test_a_point_that_is_gone_ends_its_alert(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "o.db", (LEVEL, PUMP))
    async with desk.opened():
        await desk.run(rule())
        await desk.hears(2.5)
    desk.points = (PUMP,)
    async with desk.opened():
        assert desk.reasons == ["fired", "rule changed"]
        assert not rows(desk.path, "SELECT * FROM watch")


async def test_one_alert_goes_on_when_another_rule_comes(tmp_path: Path) -> None:
    async with Desk(tmp_path / "o.db", (LEVEL,)).opened() as desk:
        await desk.run(rule())
        await desk.hears(2.5)
        await desk.run(rule(), rule(id="higher", threshold=2.2))
        await desk.hears(2.5, 1.0)
        assert [(one.rule, one.course.reason) for one in desk.told] == [
            ("high", "fired"),
            ("higher", "fired"),
            ("high", "cleared"),
            ("higher", "cleared"),
        ]
