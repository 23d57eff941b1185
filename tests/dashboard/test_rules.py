"""The rules: their sentences, their way to the gateways; publish, retire, try, and make them of templates."""

import re

import httpx
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page, expect

from protocol.reading import Reading
from tests.clouds import Cloud
from tests.dashboard.conftest import Open
from tests.dashboard.feeder import Feeder, Tank, now_ms
from tests.dashboard.test_pages import WCAG
from tests.waiting import until


def open_rules(page: Page) -> Page:
    page.goto("/rules")
    page.get_by_test_id("rules").wait_for()
    return page


def test_each_rule_says_what_it_does_and_how_far_it_has_come(open_person: Open, feeder: Feeder) -> None:
    page = open_rules(open_person().page)
    rule = page.get_by_test_id("rule chlorine-low")
    expect(rule).to_contain_text("Too little chlorine")
    expect(rule).to_contain_text("below 0.2 mg/L")
    expect(rule.get_by_test_id("state")).to_have_text("Published")
    # The gateway is newer than the rules: its document is made within a second or so.
    until(lambda: open_rules(page).get_by_test_id("roll-out").count(), 20)
    expect(rule.get_by_test_id("roll-out")).to_contain_text("0 of 1 applied · 1 pending")
    rule.get_by_text("Gateways and versions").click()
    expect(rule.get_by_test_id(f"on {feeder.gateway.id}")).to_contain_text("amba")
    expect(rule).to_contain_text("Version 1 by Evara")


def test_a_template_becomes_a_draft_is_published_and_retired(open_person: Open, feeder: Feeder) -> None:
    page = open_rules(open_person().page)
    rule = page.get_by_test_id("rule dry-run")
    expect(rule).to_have_count(0)
    page.get_by_role("button", name="Make a rule of Borewell: pump about to run dry").click()
    expect(rule.get_by_test_id("state")).to_have_text("Draft")
    rule.get_by_role("button", name="Publish Borewell: pump about to run dry").click()
    expect(rule.get_by_test_id("state")).to_have_text("Published")
    expect(page.get_by_role("status").filter(has_text="is published")).to_be_visible()
    rule.get_by_role("button", name="Retire rule Borewell: pump about to run dry").click()
    rule.get_by_role("button", name="Yes, retire Borewell: pump about to run dry").click()
    expect(rule.get_by_test_id("state")).to_have_text("Retired")


def test_what_was_not_saved_is_said_on_the_rule(open_person: Open, feeder: Feeder) -> None:
    page = open_rules(open_person().page)
    page.route("**/retire", lambda route: route.fulfill(status=409, json={"detail": "somebody was faster"}))
    rule = page.get_by_test_id("rule tank-low")
    rule.get_by_role("button", name="Retire rule Tank low").click()
    rule.get_by_role("button", name="Yes, retire Tank low").click()
    expect(rule.get_by_role("alert")).to_have_text("Not saved. Somebody was faster.")
    expect(rule.get_by_test_id("state")).to_have_text("Published")


def draft(people: httpx.Client, rule_id: str, device: str) -> None:
    """A rule for one tank: low below half a metre for five minutes."""
    site = next(one["id"] for one in people.get("/api/v1/sites").json()["items"] if one["name"] == "Amba")
    rule = {
        "id": rule_id,
        "name": "Half empty",
        "kind": "threshold",
        "op": "<",
        "threshold": 0.5,
        "for_s": 300,
        "scope": {"point": f"{device}/level", "site": str(site)},
    }
    answer = people.put(f"/api/v1/rules/{rule_id}", json={"rule": rule, "seen": None})
    assert answer.status_code == 200, answer.text


def test_a_draft_is_tried_on_the_past(cloud: Cloud, open_person: Open, tank: Tank) -> None:
    minutes = [(minute, 0.3 if 20 < minute <= 60 else 0.9) for minute in range(90, -1, -1)]
    tank.send([Reading(tank.point.name, now_ms() - minute * 60_000, value) for minute, value in minutes])
    with cloud.sign_in() as people:
        draft(people, "half-empty", tank.point.device)
    person = open_person(width=360)
    page = open_rules(person.page)
    rule = page.get_by_test_id("rule half-empty")
    rule.get_by_role("button", name="Try Half empty on the last 7 days").click()
    found = rule.get_by_test_id("preview")
    expect(found).to_contain_text("It would have fired 1 time in the last 7 days.")
    expect(found).to_contain_text("for 35 min")
    expect(found).to_contain_text("Judged by 91 readings of 1 point")
    assert person.sideways() <= 0
    report = Axe().run(page, options=WCAG)
    assert report.violations_count == 0, report.generate_report()
    found.get_by_role("link").click()
    expect(page).to_have_url(re.compile(r"/points/\d+\?from=20.*to=20"))


def test_a_preview_that_is_refused_says_why(cloud: Cloud, open_person: Open, tank: Tank) -> None:
    tank.level(0.9)
    with cloud.sign_in() as people:
        draft(people, "half-full", tank.point.device)
    page = open_rules(open_person().page)
    page.route(
        "**/rules/preview",
        lambda route: route.fulfill(status=429, json={"detail": "another one is worked out"}),
    )
    rule = page.get_by_test_id("rule half-full")
    rule.get_by_role("button", name="Try Half empty").click()
    expect(rule.get_by_role("alert")).to_have_text("No preview. Another one is worked out.")
    page.unroute("**/rules/preview")
    rule.get_by_role("button", name="Try Half empty").click()
    expect(rule.get_by_test_id("preview")).to_contain_text("It would not have fired in the last 7 days.")


def test_the_rule_that_everybody_has_is_shown_and_cannot_be_changed(
    open_person: Open, feeder: Feeder
) -> None:
    page = open_rules(open_person().page)
    rule = page.get_by_test_id("rule gateway-offline")
    expect(rule).to_contain_text("When a gateway is silent for longer than its site allows, raise warning.")
    expect(rule).to_contain_text("Built in")
    expect(rule.get_by_test_id("limits")).to_have_text("Limit: 15 mins")
    expect(rule.get_by_role("button")).to_have_count(0)
    rule.get_by_text("Limit per site").click()
    expect(rule.get_by_role("listitem")).to_have_text("Amba 15 mins")
    expect(rule).to_contain_text("is changed over the API")


def test_versions_that_cannot_be_read_again_are_not_shown_as_new(
    cloud: Cloud, open_person: Open, tank: Tank
) -> None:
    tank.level(0.9)
    with cloud.sign_in() as people:
        draft(people, "half-read", tank.point.device)
    page = open_rules(open_person().page)
    rule = page.get_by_test_id("rule half-read")
    rule.get_by_text("Gateways and versions").click()
    version = rule.get_by_role("listitem").filter(has_text="Version 1 by admin")
    expect(version).to_contain_text("Draft.")
    page.route("**/api/v1/rules/half-read", lambda route: route.fulfill(status=500, json={}))
    rule.get_by_role("button", name="Publish Half empty").click()
    expect(rule.get_by_role("alert")).to_contain_text("The server has a problem.")
    page.unroute("**/api/v1/rules/half-read")
    rule.get_by_role("button", name="Try again").click()
    expect(version).to_contain_text("Published.")
    expect(rule.get_by_role("alert")).to_have_count(0)
