"""A point's past: gaps stay gaps, lone values are seen, the past that comes later is drawn."""

import re
from collections.abc import Callable, Iterable

import pytest
from playwright.sync_api import Page, expect

from protocol.reading import Reading
from tests.clouds import Cloud
from tests.dashboard.conftest import Open
from tests.dashboard.feeder import LEVEL, Feeder, now_ms
from tests.waiting import until

AddFeeder = Callable[[str, str], Feeder]
MINUTE = 60_000
SUMMARY = "summary"


def minutes_ago(minutes: Iterable[int], value: float) -> list[Reading]:
    now = now_ms() // MINUTE * MINUTE
    return [Reading(LEVEL.name, now - minute * MINUTE, value) for minute in minutes]


@pytest.fixture
def feeder(add_feeder: AddFeeder, request: pytest.FixtureRequest) -> Feeder:
    return add_feeder("charted", request.node.name[:60])


def point_address(cloud: Cloud, feeder: Feeder, query: str) -> str:
    with cloud.sign_in() as people:
        points = people.get("/api/v1/points").json()
        sites = {row["id"]: row for row in people.get("/api/v1/sites").json()["items"]}
    mine = [point for point in points if feeder.gateway.id in str(sites[point["site_id"]]["gateways"])]
    return f"/points/{mine[0]['id']}?{query}"


def rows(page: Page) -> list[str]:
    return page.get_by_test_id("table").locator("tbody tr").all_inner_texts()


def test_gaps_stay_gaps_and_a_lone_value_is_drawn(cloud: Cloud, open_person: Open, feeder: Feeder) -> None:
    feeder.send(minutes_ago(range(240, 180, -1), 1.0) + minutes_ago([120], 1.5) + minutes_ago(range(60), 2.0))
    page = open_person().page
    page.goto(point_address(cloud, feeder, "range=24h"))
    expect(page.get_by_test_id(SUMMARY)).to_contain_text("Between 1 m and 2 m")
    expect(page.get_by_test_id(SUMMARY)).to_contain_text("2 gaps")
    expect(page.locator("canvas")).to_be_visible()
    page.get_by_role("link", name="Show as table").click()
    until(lambda: rows(page), what="the table is there")
    gaps = [row for row in rows(page) if row.startswith("No data")]
    assert len(gaps) == 3, "two between the values and one before the first"
    lone = [row for row in rows(page) if "1.50" in row]
    assert len(lone) == 1
    place = rows(page).index(lone[0])
    assert rows(page)[place - 1].startswith("No data")
    assert rows(page)[place + 1].startswith("No data")


def test_arrow_keys_read_the_chart(cloud: Cloud, open_person: Open, feeder: Feeder) -> None:
    feeder.send(minutes_ago(range(20), 2.0))
    page = open_person().page
    page.goto(point_address(cloud, feeder, "range=24h"))
    page.locator("canvas").wait_for()
    reader = page.get_by_test_id("reader")
    reader.focus()
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    expect(reader).to_have_attribute("aria-valuetext", re.compile(r"average 2 m, 2 m to 2 m, \d+ readings"))
    page.keyboard.press("Home")
    expect(reader).to_have_attribute("aria-valuetext", re.compile("no data"))
    expect(reader).to_have_attribute("aria-valuenow", "0")


def test_the_past_that_comes_later_is_drawn(cloud: Cloud, open_person: Open, feeder: Feeder) -> None:
    feeder.send(minutes_ago(range(30), 2.0))
    page = open_person().page
    page.goto(point_address(cloud, feeder, "range=24h&view=table"))
    until(lambda: rows(page), what="the table is there")
    expect(page.get_by_text("7.00")).to_have_count(0)
    feeder.send(minutes_ago(range(600, 540, -1), 7.0))
    expect(page.get_by_test_id("table").get_by_text("7.00").first).to_be_visible()


def test_a_live_reading_is_added_to_the_open_chart(cloud: Cloud, open_person: Open, feeder: Feeder) -> None:
    feeder.send(minutes_ago(range(10, 40), 2.0))
    page = open_person().page
    page.goto(point_address(cloud, feeder, "range=24h&view=table"))
    until(lambda: rows(page), what="the table is there")
    feeder.level(8.25)
    expect(page.get_by_test_id("now")).to_contain_text("8.25")
    expect(page.get_by_test_id("table").get_by_text("8.25").first).to_be_visible(timeout=2_500)


def test_ranges_are_in_the_address(cloud: Cloud, open_person: Open, feeder: Feeder) -> None:
    feeder.send(minutes_ago(range(10), 2.0))
    page = open_person().page
    page.goto(point_address(cloud, feeder, "range=24h"))
    page.get_by_role("link", name="30 days").click()
    expect(page).to_have_url(re.compile(r"range=30d"))
    page.get_by_role("button", name="Earlier").click()
    expect(page).to_have_url(re.compile(r"from=20.*to=20"))
    page.go_back()
    expect(page).to_have_url(re.compile(r"range=30d"))
    page.get_by_text("Custom").click()
    page.get_by_label("From", exact=True).fill("2026-03-01T00:00")
    page.get_by_label("To", exact=True).fill("2026-03-02T00:00")
    page.get_by_role("button", name="Show", exact=True).click()
    # Midnight at the site, which lies five and a half hours east of the address's UTC.
    expect(page).to_have_url(re.compile(r"from=2026-02-28T18%3A30%3A00.000Z&to=2026-03-01T18%3A30"))
    expect(page.get_by_test_id(SUMMARY)).to_have_text("No readings in this time.")


def test_without_its_past_the_live_value_stays(cloud: Cloud, open_person: Open, feeder: Feeder) -> None:
    feeder.level(1.25)
    page = open_person().page
    page.route(
        "**/buckets?*",
        lambda route: route.fulfill(status=500, json={"detail": "it failed", "reference": "7f3a22"}),
    )
    page.goto(point_address(cloud, feeder, "range=24h"))
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("History could not be loaded. Live values are current.")
    expect(alert).to_contain_text("Reference 7f3a22")
    expect(page.get_by_test_id("now")).to_contain_text("1.25")
    page.unroute("**/buckets?*")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("canvas")).to_be_visible()
