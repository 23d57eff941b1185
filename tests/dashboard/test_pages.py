"""What holds for every page: accessible in both schemes, no sideways scroll, all states, the keyboard."""

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page, expect

from protocol.messages import Queue
from protocol.reading import Origin, Point, Quality, Reading
from tests.clouds import Cloud
from tests.dashboard.conftest import Open
from tests.dashboard.feeder import Feeder, now_ms

WCAG = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
NEW_YEAR = 1_767_225_600_000
PAGES = ["sites", "site", "point", "table", "alerts", "history", "alert", "rules"]
PAGES += ["gateways", "gateway", "account", "lost", "sign-in"]


@pytest.fixture(scope="module")
def place(cloud: Cloud) -> dict[str, str]:
    """A community with something of everything: the address of each page."""
    feeder = Feeder(cloud, cloud.add_gateway("kit", site="Devgad, Upper Hamlet of the Long Name"))
    long_name = "oht-1/a_rather_long_metric_name"
    feeder.birth(
        Queue(readings=41_200, backlog=41_200, oldest_at=now_ms() - 86_400_000, parked=2),
        [Origin(long_name, "oht-1/distance", "level_from_distance", [NEW_YEAR])],
    )
    names = [
        "oht-1/level",
        long_name,
        "borewell-1/pump",
        "flow-1/total",
        "flow-1/rate",
    ]
    points = [Point(name, "" if name.endswith("pump") else "L/min", 3600.0) for name in names]
    qualities = [0, Quality.SUSPECT, 0, 0, Quality.FAULT]
    now = now_ms()
    feeder.send(
        [
            Reading(point.name, now - hour * 3_600_000, None if flags == 2 else 12_345.6 * hour, flags)
            for point, flags in zip(points, qualities, strict=True)
            for hour in [*range(20, 12, -1), 9, *range(5, -1, -1)]
        ],
        points,
    )
    alert, ended = feeder.alert("oht-1/level", "tank-low"), feeder.alert(long_name)
    alert.fires("critical", age_s=7_200)
    feeder.alert(long_name).fires()
    ended.fires()
    ended.clears()
    silent = Feeder(cloud, cloud.add_gateway("silent", site="Silent"))
    silent.tank("oht-9").level(1.0, age_s=86_400)
    with cloud.sign_in() as people:
        point = next(found for found in people.get("/api/v1/points").json() if found["device"] == "oht-1")
    return {
        "sites": "/sites",
        "site": f"/sites/{point['site_id']}",
        "point": f"/points/{point['id']}?range=24h",
        "table": f"/points/{point['id']}?range=24h&view=table",
        "alerts": "/alerts",
        "history": "/alerts?state=history",
        "alert": f"/alerts/{alert.id}",
        "rules": "/rules",
        "people": "/people",
        "gateways": "/gateways",
        "gateway": f"/gateways/{feeder.gateway.id}",
        "account": "/account",
        "lost": "/points/999999",
        "sign-in": "/sites",
    }


def ready(page: Page, name: str) -> None:
    page.get_by_role("heading", level=1).wait_for()
    expect(page.get_by_test_id("waiting")).to_have_count(0)
    if name in ("point", "alert"):
        page.locator("canvas").wait_for()
    if name in ("alerts", "history", "rules", "people"):
        page.get_by_test_id("alerts" if name == "history" else name).wait_for()


def test_nothing_yet_says_what_to_do(open_person: Open, cloud: Cloud) -> None:
    """First here: the cloud is empty still."""
    page = open_person().page
    for address in ("/sites", "/gateways"):
        page.goto(address)
        expect(page.get_by_text("evara-cloud gateway add NAME --site SITE")).to_be_visible()


def test_a_derived_point_says_what_it_is_derived_of(place: dict[str, str], open_person: Open) -> None:
    page = open_person().page
    page.goto(place["point"])
    expect(page.get_by_test_id("now")).to_contain_text(
        re.compile("Derived from oht-1/distance: level from distance, calibration of .*2026")
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_pages_are_accessible(name: str, scheme: Any, place: dict[str, str], open_person: Open) -> None:
    page = open_person(scheme=scheme, cookies=name != "sign-in").page
    page.goto(place[name])
    ready(page, name)
    found = Axe().run(page, options=WCAG)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_nothing_scrolls_sideways(scheme: Any, place: dict[str, str], open_person: Open) -> None:
    person = open_person(width=360, scheme=scheme)
    for name in PAGES:
        person.page.goto(place[name])
        ready(person.page, name)
        assert person.sideways() <= 0, name
        found = Axe().run(person.page, options=WCAG)
        assert found.violations_count == 0, f"{name}: {found.generate_report()}"


@pytest.mark.parametrize("width", [768, 1120])
def test_a_line_of_a_list_has_room(width: int, place: dict[str, str], open_person: Open) -> None:
    page = open_person(width=width).page
    for name in ("sites", "gateways", "alerts"):
        page.goto(place[name])
        lines = page.get_by_test_id(name).get_by_role("listitem")
        lines.first.wait_for()
        heights = [line.evaluate("line => line.offsetHeight") for line in lines.all()]
        assert max(heights) < 240, f"{name}: {heights}"


def test_the_banner_and_old_values_are_accessible_too(place: dict[str, str], open_person: Open) -> None:
    person = open_person(width=360, scheme="dark")
    person.page.goto("/sites")
    ready(person.page, "sites")
    person.page.route("**/api/**", lambda route: route.abort())
    person.context.set_offline(True)
    expect(person.page.get_by_test_id("banner")).to_be_visible(timeout=30_000)
    assert person.sideways() <= 0
    found = Axe().run(person.page, options=WCAG)
    assert found.violations_count == 0, found.generate_report()


def test_the_colours_follow_the_choice_and_it_is_kept(place: dict[str, str], open_person: Open) -> None:
    page = open_person(scheme="light").page
    page.goto("/sites")
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    assert page.evaluate(ground) == "rgb(246, 247, 249)"
    page.get_by_role("radio", name="Dark").check(force=True)
    assert page.evaluate(ground) == "rgb(15, 21, 27)"
    page.reload()
    ready(page, "sites")
    assert page.evaluate(ground) == "rgb(15, 21, 27)"


def test_all_of_it_by_keyboard(place: dict[str, str], open_person: Open) -> None:
    page = open_person().page
    page.goto("/sites")
    ready(page, "sites")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("devgad")
    expect(page.get_by_test_id("sites").get_by_role("link")).to_have_count(1)
    for _ in range(3):  # two filters, then the site
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Devgad")
    page.get_by_test_id("tile oht-1/level").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("oht-1 level")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Devgad")


def test_a_filter_that_finds_nothing_names_itself(place: dict[str, str], open_person: Open) -> None:
    page = open_person().page
    page.goto("/sites?q=nowhere")
    expect(page.get_by_text("No site matches “nowhere”.")).to_be_visible()
    page.get_by_role("link", name="Show all sites").click()
    expect(page.get_by_test_id("sites").get_by_role("link")).not_to_have_count(0)


def test_a_slow_link_is_said_and_may_be_given_up(place: dict[str, str], open_person: Open) -> None:
    page = open_person().page
    page.clock.install()
    page.route_web_socket(
        "**/api/v1/live*", lambda _: None
    )  # nor a greeting, which makes the page read again
    page.route("**/api/v1/sites", lambda _: None)  # no answer comes
    page.goto("/sites")
    page.get_by_role("heading", level=1).wait_for()
    page.clock.fast_forward(8_000)
    expect(page.get_by_text("Slow connection. Still trying.")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("alert")).to_contain_text("Loading was stopped.")
    page.unroute("**/api/v1/sites")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_test_id("sites")).to_be_visible()


def test_a_server_in_trouble_is_said_in_plain_words(place: dict[str, str], open_person: Open) -> None:
    page = open_person().page
    page.route(
        "**/api/v1/gateways",
        lambda route: route.fulfill(status=500, json={"detail": "Traceback", "reference": "7f3a22"}),
    )
    page.goto("/gateways")
    expect(page.get_by_role("alert")).to_contain_text("The server has a problem.")
    expect(page.get_by_role("alert")).to_contain_text("Reference 7f3a22")
    expect(page.get_by_text("Traceback")).to_have_count(0)


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("/sites/999999", "There is no such site"),
        ("/points/999999", "There is no such point"),
        ("/gateways/nobody-2222", "There is no such gateway"),
        ("/nowhere", "There is no such page"),
    ],
)
def test_what_is_not_there_is_said(
    address: str, sentence: str, place: dict[str, str], open_person: Open
) -> None:
    page = open_person().page
    page.goto(address)
    expect(page.get_by_role("heading", level=1)).to_have_text("Not found")
    expect(page.get_by_text(sentence)).to_be_visible()
