"""A point's past: gaps stay gaps, lone values are seen, the past that comes later is drawn."""

import re
from collections.abc import Iterable

from playwright.sync_api import Page, expect

from protocol.reading import Reading
from tests.clouds import Cloud
from tests.dashboard.conftest import Open
from tests.dashboard.feeder import Tank, now_ms
from tests.waiting import until

MINUTE = 60_000
SUMMARY = "summary"


def minutes_ago(tank: Tank, minutes: Iterable[int], value: float) -> list[Reading]:
    now = now_ms() // MINUTE * MINUTE
    return [Reading(tank.point.name, now - minute * MINUTE, value) for minute in minutes]


def address(cloud: Cloud, tank: Tank, query: str) -> str:
    with cloud.sign_in() as people:
        points = people.get("/api/v1/points").json()
    (key,) = (point["id"] for point in points if point["device"] == tank.point.device)
    return f"/points/{key}?{query}"


def rows(page: Page) -> list[str]:
    return page.get_by_test_id("table").locator("tbody tr").all_inner_texts()


def test_gaps_stay_gaps_and_a_lone_value_is_drawn(cloud: Cloud, open_person: Open, tank: Tank) -> None:
    tank.send(
        minutes_ago(tank, range(240, 180, -1), 1.0)
        + minutes_ago(tank, [120], 1.5)
        + minutes_ago(tank, range(60), 2.0)
    )
    page = open_person().page
    page.goto(address(cloud, tank, "range=24h"))
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


def test_arrow_keys_read_the_chart(cloud: Cloud, open_person: Open, tank: Tank) -> None:
    tank.send(minutes_ago(tank, range(20), 2.0))
    page = open_person().page
    page.goto(address(cloud, tank, "range=24h"))
    page.locator("canvas").wait_for()
    reader = page.get_by_test_id("reader")
    reader.focus()
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    expect(reader).to_have_attribute("aria-valuetext", re.compile(r"average 2 m, 2 m to 2 m, \d+ readings"))
    page.keyboard.press("Home")
    expect(reader).to_have_attribute("aria-valuetext", re.compile("no data"))
    expect(reader).to_have_attribute("aria-valuenow", "0")


def test_the_past_that_comes_later_is_drawn(cloud: Cloud, open_person: Open, tank: Tank) -> None:
    tank.send(minutes_ago(tank, range(30), 2.0))
    page = open_person().page
    page.goto(address(cloud, tank, "range=24h&view=table"))
    until(lambda: rows(page), what="the table is there")
    expect(page.get_by_text("7.00")).to_have_count(0)
    tank.send(minutes_ago(tank, range(600, 540, -1), 7.0))
    expect(page.get_by_test_id("table").get_by_text("7.00").first).to_be_visible()


def test_a_live_reading_is_added_to_the_open_chart(cloud: Cloud, open_person: Open, tank: Tank) -> None:
    tank.send(minutes_ago(tank, range(10, 40), 2.0))
    page = open_person().page
    page.goto(address(cloud, tank, "range=24h&view=table"))
    until(lambda: rows(page), what="the table is there")
    tank.level(8.25)
    expect(page.get_by_test_id("now")).to_contain_text("8.25")
    expect(page.get_by_test_id("table").get_by_text("8.25").first).to_be_visible(timeout=2_500)


def test_ranges_are_in_the_address(cloud: Cloud, open_person: Open, tank: Tank) -> None:
    tank.send(minutes_ago(tank, range(10), 2.0))
    page = open_person().page
    page.goto(address(cloud, tank, "range=24h"))
    page.get_by_role("link", name="30 days").click()
    expect(page).to_have_url(re.compile(r"range=30d"))
    page.get_by_role("button", name="Earlier").click()
    expect(page).to_have_url(re.compile(r"from=20.*to=20"))
    page.go_back()
    expect(page).to_have_url(re.compile(r"range=30d"))
    expect(page.get_by_label("From", exact=True)).to_be_hidden()  # it was open for the own times
    page.get_by_text("Custom").click()
    page.get_by_label("From", exact=True).fill("2026-03-01T00:00")
    page.wait_for_function("now => Date.now() > now + 2000", arg=page.evaluate("Date.now()"))
    # The range rolls on each second, and leaves alone what somebody is typing.
    expect(page.get_by_label("From", exact=True)).to_have_value("2026-03-01T00:00")
    page.get_by_label("To", exact=True).fill("2026-03-02T00:00")
    page.get_by_role("button", name="Show", exact=True).click()
    # Midnight at the site, which lies five and a half hours east of the address's UTC.
    expect(page).to_have_url(re.compile(r"from=2026-02-28T18%3A30%3A00.000Z&to=2026-03-01T18%3A30"))
    expect(page.get_by_test_id(SUMMARY)).to_have_text("No readings in this time.")


def test_without_its_past_the_live_value_stays(cloud: Cloud, open_person: Open, tank: Tank) -> None:
    tank.level(1.25)
    page = open_person().page
    page.route(
        "**/buckets?*",
        lambda route: route.fulfill(status=500, json={"detail": "it failed", "reference": "7f3a22"}),
    )
    page.goto(address(cloud, tank, "range=24h"))
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("History could not be loaded. Live values are current.")
    expect(alert).to_contain_text("Reference 7f3a22")
    expect(page.get_by_test_id("now")).to_contain_text("1.25")
    page.unroute("**/buckets?*")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("canvas")).to_be_visible()
