"""The list of alerts: what is open, live; seeing one by mouse and by keyboard, and taking it back."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from protocol.reading import Point, Reading
from tests.dashboard.conftest import Open
from tests.dashboard.feeder import Feeder, Told, now_ms


@pytest.fixture
def told(feeder: Feeder, request: pytest.FixtureRequest) -> Told:
    """An alert of a point that nobody else writes to."""
    point = f"{request.node.name[:60]}/chlorine"
    feeder.send([Reading(point, now_ms(), 0.12)], [Point(point, "mg/L", 60.0)])
    return feeder.alert(point)


def open_list(page: Page, address: str = "/alerts") -> Page:
    page.goto(address)
    expect(page.get_by_role("heading", level=1)).to_have_text("Alerts")
    expect(page.get_by_test_id("waiting")).to_have_count(0)
    return page


def link_of(line: Locator) -> Locator:
    return line.get_by_role("link")


def test_that_all_is_good_is_said_with_a_time(open_person: Open, feeder: Feeder) -> None:
    """First here: nothing has fired yet."""
    page = open_list(open_person().page)
    expect(page.get_by_text(re.compile(r"^No open alerts\. Checked .+\.$"))).to_be_visible()
    expect(page.get_by_test_id("count")).to_have_count(0)


def test_an_alert_comes_rises_and_goes_before_the_eyes(open_person: Open, told: Told) -> None:
    page = open_list(open_person().page)
    page.evaluate("window.sameDocument = true")
    line = page.get_by_test_id(told.line)
    told.fires()
    expect(line).to_contain_text("Too little chlorine")
    expect(line).to_contain_text("Amba · test_an_alert_comes")
    expect(line).to_contain_text("0.12 mg/L")
    expect(line).to_contain_text("limit 0.2 mg/L")
    expect(line).to_contain_text("Warning")
    expect(page.get_by_test_id("count")).to_contain_text("1 open alert")
    told.fires("critical", 0.05)
    expect(line).to_contain_text("Critical")
    told.clears()
    expect(line).to_have_count(0)
    expect(page.get_by_test_id("count")).to_have_count(0)
    assert page.evaluate("window.sameDocument") is True
    page.get_by_role("link", name="History").click()
    expect(line).to_have_attribute("data-state", "resolved")
    expect(line).to_contain_text("ended")


def test_the_worst_stands_first_then_what_began_first(open_person: Open, feeder: Feeder) -> None:
    late, early, worst = (feeder.alert(f"order-{n}/chlorine") for n in range(3))
    late.fires(age_s=60)
    early.fires(age_s=600)
    worst.fires("critical")
    page = open_list(open_person().page)
    lines = page.get_by_test_id("alerts").get_by_test_id(re.compile("^alert "))
    expect(lines).to_have_count(3)
    found = [line.get_attribute("data-testid") for line in lines.all()]
    assert found == [worst.line, early.line, late.line]
    for one in (late, early, worst):
        one.clears()
    expect(lines).to_have_count(0)


def test_seen_and_taken_back_by_mouse(open_person: Open, told: Told) -> None:
    told.fires()
    page = open_list(open_person().page)
    other = open_list(open_person().page)
    line = page.get_by_test_id(told.line)
    line.get_by_role("button", name="Acknowledge").click()
    expect(line).to_contain_text("Acknowledged by admin")
    expect(other.get_by_test_id(told.line)).to_contain_text("Acknowledged by admin")
    line.get_by_role("button", name="Undo").click()
    expect(line).not_to_contain_text("Acknowledged by")
    expect(other.get_by_test_id(told.line)).not_to_contain_text("Acknowledged by")
    told.clears()


def test_seen_and_taken_back_by_keyboard_with_the_focus_kept(open_person: Open, told: Told) -> None:
    told.fires()
    page = open_list(open_person().page)
    line = page.get_by_test_id(told.line)
    link_of(line).focus()
    page.keyboard.press("a")
    expect(line).to_contain_text("Acknowledged by admin")
    expect(page.get_by_role("status").filter(has_text="Acknowledged. Undo")).to_have_count(1)
    expect(link_of(line)).to_be_focused()
    page.keyboard.press("Tab")
    expect(line.get_by_role("button", name="Undo")).to_be_focused()
    page.keyboard.press("Enter")
    expect(line).not_to_contain_text("Acknowledged by")
    expect(line.get_by_role("button", name="Acknowledge")).to_be_focused()
    told.clears()


def test_after_ten_seconds_it_is_no_undo_any_more_but_may_be_taken_back(
    open_person: Open, told: Told
) -> None:
    told.fires()
    page = open_person().page
    page.clock.install()
    line = open_list(page).get_by_test_id(told.line)
    line.get_by_role("button", name="Acknowledge").click()
    expect(line.get_by_role("button", name="Undo")).to_be_enabled()
    page.clock.fast_forward(10_000)
    expect(line.get_by_role("button", name="Take back acknowledgement")).to_be_visible()
    expect(line).to_contain_text("Acknowledged by admin")
    told.clears()


def test_what_the_server_refuses_falls_back_and_says_so(open_person: Open, told: Told) -> None:
    told.fires()
    page = open_list(open_person().page)
    page.route(
        "**/acknowledgement",
        lambda route: route.fulfill(status=409, json={"detail": "it rose to critical since"}),
    )
    line = page.get_by_test_id(told.line)
    line.get_by_role("button", name="Acknowledge").click()
    expect(line.get_by_role("alert")).to_have_text("Not saved. It rose to critical since.")
    expect(line).not_to_contain_text("Acknowledged by")
    expect(line.get_by_role("button", name="Acknowledge")).to_be_enabled()
    told.clears()


def test_what_is_shelved_has_a_list_of_its_own_with_its_count(open_person: Open, told: Told) -> None:
    told.fires()
    page = open_person().page
    page.goto(f"/alerts/{told.id}")
    page.get_by_role("button", name="Shelve 8 h").click()
    expect(page.get_by_text("Shelved. Undo is possible for 10 s.")).to_be_visible()
    open_list(page)
    expect(page.get_by_test_id(told.line)).to_have_count(0)
    page.get_by_role("link", name="Shelved 1").click()
    expect(page.get_by_test_id(told.line)).to_contain_text("Shelved until")
    told.clears()
    expect(page.get_by_text(re.compile("^Nothing is shelved"))).to_be_visible()


def test_a_filter_that_finds_nothing_names_itself(open_person: Open, feeder: Feeder, told: Told) -> None:
    told.fires()
    page = open_person().page
    page.goto("/sites")
    expect(page.get_by_test_id("site Amba")).to_contain_text("1 open alert")
    open_list(page, "/alerts?site=999")
    expect(page.get_by_text("No open alerts at 999.")).to_be_visible()
    page.get_by_role("link", name="Show all sites").first.click()
    expect(page.get_by_test_id(told.line)).to_be_visible()
    told.clears()


def test_a_tile_says_that_its_value_is_low(open_person: Open, told: Told) -> None:
    told.fires()
    page = open_person().page
    page.goto("/sites")
    page.get_by_test_id("site Amba").click()
    tile = page.get_by_test_id(re.compile("^tile test_a_tile_says"))
    expect(tile).to_contain_text("Low")
    told.clears()
    expect(tile).not_to_contain_text("Low")


def test_a_count_that_changes_keeps_the_focus(open_person: Open, told: Told) -> None:
    page = open_list(open_person().page)
    chip = page.get_by_role("link", name=re.compile(r"^Open \d"))
    chip.focus()
    told.fires()
    expect(page.get_by_test_id(told.line)).to_be_visible()
    expect(chip).to_be_focused()
    told.clears()


def test_older_ones_stay_when_the_history_is_read_again(open_person: Open, feeder: Feeder) -> None:
    oldest, *others, newest = (feeder.alert(f"ended-{n}/chlorine") for n in range(4))
    for one in (oldest, *others):
        one.fires()
        one.clears()
    page = open_person().page
    page.route(
        "**/alerts?state=history*",
        lambda route: route.continue_(url=route.request.url.replace("limit=50", "limit=2")),
    )
    open_list(page, "/alerts?state=history")
    expect(page.get_by_test_id(oldest.line)).to_have_count(0)
    page.get_by_role("button", name="Show older ones").click()
    expect(page.get_by_test_id(oldest.line)).to_be_visible()
    newest.fires()
    expect(page.get_by_test_id("count")).to_be_visible()
    newest.clears()
    expect(page.get_by_test_id("count")).to_have_count(0)
    page.evaluate("dispatchEvent(new Event('online'))")  # which makes the page read again
    expect(page.get_by_test_id(newest.line)).to_be_visible()
    expect(page.get_by_test_id(oldest.line)).to_be_visible()
