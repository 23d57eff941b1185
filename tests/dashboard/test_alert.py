"""One alert's page: its facts, its two times, how its point went, and all that happened to it."""

import re

import pytest
from playwright.sync_api import Page, expect

from protocol.reading import Point, Reading
from tests.dashboard.conftest import Open
from tests.dashboard.feeder import Feeder, Told, now_ms

HOUR_S = 3_600


@pytest.fixture
def told(feeder: Feeder, request: pytest.FixtureRequest) -> Told:
    point = f"{request.node.name[:60]}/chlorine"
    feeder.send([Reading(point, now_ms(), 0.12)], [Point(point, "mg/L", 60.0)])
    return feeder.alert(point)


def go_to(page: Page, told: Told) -> Page:
    page.goto(f"/alerts/{told.id}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Too little chlorine")
    page.get_by_test_id("timeline").wait_for()
    return page


def test_it_says_what_where_how_far_and_who_has_it(open_person: Open, told: Told) -> None:
    told.fires(age_s=60)
    page = go_to(open_person().page, told)
    expect(page.get_by_test_id("state")).to_contain_text("Warning Firing for 1 min")
    expect(page.get_by_test_id("value")).to_contain_text("0.12")
    expect(page.get_by_test_id("limit")).to_have_text("0.2 mg/L")
    expect(page.get_by_test_id("who")).to_have_text("Nobody has acknowledged it.")
    expect(page.get_by_text("When chlorine")).to_be_visible()
    expect(page.get_by_test_id("learned")).not_to_contain_text("reported late")
    expect(page.get_by_test_id("timeline")).to_contain_text("Fired")


def test_what_was_learned_long_after_it_began_is_marked(open_person: Open, told: Told) -> None:
    told.fires(age_s=3 * HOUR_S)
    page = go_to(open_person().page, told)
    expect(page.get_by_text("Reported late", exact=True)).to_be_visible()
    expect(page.get_by_test_id("learned")).to_contain_text("reported late: 3 hr")


def test_what_happens_to_it_is_seen_at_once(open_person: Open, told: Told) -> None:
    told.fires()
    page = go_to(open_person().page, told)
    timeline = page.get_by_test_id("timeline")
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.get_by_test_id("who")).to_contain_text("Acknowledged by admin")
    expect(timeline).to_contain_text("Acknowledged by admin")
    page.get_by_role("button", name="Undo").click()
    expect(timeline).to_contain_text("Acknowledgement taken back by admin")
    told.fires("critical", 0.05)
    expect(page.get_by_test_id("state")).to_contain_text("Critical")
    expect(timeline).to_contain_text("Rose in severity")
    told.clears()
    expect(page.get_by_test_id("state")).to_have_attribute("data-state", "resolved")
    expect(timeline).to_contain_text("Resolved")
    expect(page.get_by_role("button", name="Acknowledge")).to_have_count(0)


def with_past(feeder: Feeder, told: Told) -> None:
    """Readings of the last hours, with a gap of an hour, and 0.9 from 40 minutes ago."""
    minutes = [*range(170, 120, -1), *range(60, 1, -1)]
    now = now_ms()
    feeder.send(
        [Reading(told.point, now - minute * 60_000, 0.9 if minute <= 40 else 0.3) for minute in minutes],
        [Point(told.point, "mg/L", 60.0)],
    )


def test_its_chart_shows_limit_and_gap_from_before_it_began(
    open_person: Open, feeder: Feeder, told: Told
) -> None:
    with_past(feeder, told)
    told.fires(age_s=2 * HOUR_S)
    page = go_to(open_person().page, told)
    course = page.get_by_test_id("course")
    expect(course.locator("canvas")).to_be_visible()
    summary = course.get_by_test_id("summary")
    expect(summary).to_contain_text(re.compile(r"The alert began .* and still fires"))
    expect(summary).to_contain_text("The limit is 0.2 mg/L. Between 0.12 mg/L and 0.9 mg/L")
    # By buckets of two minutes, wherever they begin.
    expect(summary).to_contain_text(re.compile(r"One gap of (58 mins|1 hr)"))
    told.clears()
    expect(summary).to_contain_text(re.compile(r"The alert began .* and ended"))
    course.get_by_role("button", name="Show as table").click()
    expect(course.get_by_test_id("gap").first).to_contain_text("No data from")
    expect(page).to_have_url(re.compile("view=table"))
    expect(course.get_by_text("The limit is 0.2 mg/L.")).to_be_visible()
    course.get_by_role("link", name="Open its history").click()
    expect(page).to_have_url(re.compile(r"/points/\d+\?from=20.*to=20"))


def test_a_chart_that_cannot_be_loaded_says_so_and_tries_again(
    open_person: Open, feeder: Feeder, told: Told
) -> None:
    told.fires()
    page = open_person().page
    page.route("**/buckets?*", lambda route: route.fulfill(status=500, json={"reference": "7f3a22"}))
    course = go_to(page, told).get_by_test_id("course")
    expect(course.get_by_role("alert")).to_contain_text("History could not be loaded.")
    expect(page.get_by_test_id("limit")).to_be_visible()
    page.unroute("**/buckets?*")
    course.get_by_role("button", name="Try again").click()
    expect(course.locator("canvas")).to_be_visible()


def test_an_alert_of_no_point_has_no_chart(open_person: Open, feeder: Feeder) -> None:
    told = feeder.alert("elsewhere/chlorine")
    told.fires()
    page = go_to(open_person().page, told)
    expect(page.get_by_test_id("course")).to_have_count(0)


def test_an_alert_that_is_not_there_is_said(open_person: Open, feeder: Feeder) -> None:
    page = open_person().page
    page.goto("/alerts/no-such-alert")
    expect(page.get_by_role("heading", level=1)).to_have_text("Not found")
    expect(page.get_by_text("There is no such alert")).to_be_visible()
