"""Values arrive, age, and survive a link that goes and comes back."""

import pytest
from playwright.sync_api import Page, expect

from protocol.reading import Quality
from tests.clouds import Cloud
from tests.dashboard.conftest import Open
from tests.dashboard.feeder import Feeder, Tank
from tests.dashboard.person import Person
from tests.proxy import proxy
from tests.waiting import until

SNAPSHOT = "localStorage.getItem('evara.snapshot') ?? ''"


@pytest.fixture
def fast_tank(feeder: Feeder, request: pytest.FixtureRequest) -> Tank:
    """Its values are stale after four seconds."""
    return feeder.tank(request.node.name[:100], interval_s=2.0)


def go_to_site(person: Person) -> Page:
    person.page.goto("/")
    person.page.get_by_test_id("site Amba").click()
    person.page.get_by_test_id("sentence").wait_for()
    return person.page


def test_a_reading_appears_without_a_reload(open_person: Open, tank: Tank) -> None:
    tank.level(1.25)
    page = go_to_site(open_person())
    expect(page.get_by_test_id(tank.tile)).to_contain_text("1.25")
    expect(page.get_by_test_id("link")).to_have_attribute("data-state", "live")
    page.evaluate("window.sameDocument = true")
    tank.level(1.75)
    expect(page.get_by_test_id(tank.tile)).to_contain_text("1.75")
    assert page.evaluate("window.sameDocument") is True


def test_a_late_reading_never_replaces_a_newer_one(open_person: Open, tank: Tank) -> None:
    tank.level(1.25)
    page = go_to_site(open_person())
    tank.level(9.99, age_s=3600)
    tank.level(1.75)
    expect(page.get_by_test_id(tank.tile)).to_contain_text("1.75")
    expect(page.get_by_text("9.99")).to_have_count(0)


def test_what_is_not_good_does_not_look_good(open_person: Open, tank: Tank) -> None:
    tank.level(None, quality=Quality.FAULT)
    person = open_person()
    page = go_to_site(person)
    tile = page.get_by_test_id(tank.tile)
    expect(tile).to_have_attribute("data-state", "fault")
    expect(tile).to_contain_text("No value")
    expect(tile).to_contain_text("Fault")
    tank.level(0.5, quality=Quality.SUSPECT)
    expect(tile).to_have_attribute("data-state", "suspect")


def test_a_value_turns_stale_while_one_looks_on(open_person: Open, fast_tank: Tank) -> None:
    fast_tank.level(1.25)
    page = go_to_site(open_person())
    tile = page.get_by_test_id(fast_tank.tile)
    expect(tile).to_have_attribute("data-state", "stale")
    expect(tile).to_contain_text("1.25")  # it stays readable
    expect(tile).to_contain_text("sec ago")
    assert tile.evaluate("tile => getComputedStyle(tile).borderStyle") == "dashed"
    fast_tank.level(1.5)
    expect(tile).to_have_attribute("data-state", "good")
    expect(tile).to_have_attribute("data-state", "stale")


def test_the_link_is_pulled_and_returns(cloud: Cloud, open_person: Open, fast_tank: Tank) -> None:
    fast_tank.level(1.25)
    with proxy(cloud.port) as link:
        person = open_person(url=f"http://127.0.0.1:{link.port}")
        page = go_to_site(person)
        expect(page.get_by_test_id("link")).to_have_attribute("data-state", "live")
        link.refuse()
        expect(page.get_by_test_id("banner")).to_contain_text("No connection to the server.")
        expect(page.get_by_test_id("link")).to_contain_text("Offline")
        expect(page.get_by_test_id(fast_tank.tile)).to_have_attribute("data-state", "stale")
        expect(page.get_by_test_id(fast_tank.tile)).to_contain_text("1.25")
        fast_tank.level(2.5)
        link.pass_all()
        page.get_by_role("button", name="Try again").click()
        expect(page.get_by_test_id(fast_tank.tile)).to_contain_text("2.5")
        expect(page.get_by_test_id("banner")).to_have_count(0)
        expect(page.get_by_test_id("link")).to_have_attribute("data-state", "live")


def test_the_link_returns_by_itself(cloud: Cloud, open_person: Open, tank: Tank) -> None:
    tank.level(1.25)
    with proxy(cloud.port) as link:
        person = open_person(url=f"http://127.0.0.1:{link.port}")
        page = go_to_site(person)
        link.refuse()
        expect(page.get_by_test_id("banner")).to_be_visible()
        tank.level(2.5)
        link.pass_all()
        expect(page.get_by_test_id("banner")).to_have_count(0, timeout=40_000)
        expect(page.get_by_test_id(tank.tile)).to_contain_text("2.5")


def test_without_a_link_it_still_opens_and_shows_aged_values(
    cloud: Cloud, open_person: Open, fast_tank: Tank
) -> None:
    fast_tank.level(1.25)
    with proxy(cloud.port) as link:
        person = open_person(url=f"http://127.0.0.1:{link.port}")
        page = go_to_site(person)
        page.evaluate("navigator.serviceWorker.ready")
        until(lambda: page.evaluate("navigator.serviceWorker.controller !== null"), what="the shell is kept")
        until(
            lambda: fast_tank.point.device in page.evaluate(SNAPSHOT),
            timeout_s=20,
            what="the values are kept",
        )
        link.refuse()
        page.reload()
        expect(page.get_by_test_id(fast_tank.tile)).to_contain_text("1.25")
        expect(page.get_by_test_id(fast_tank.tile)).to_have_attribute("data-state", "stale")
        expect(page.get_by_test_id("banner")).to_be_visible()
        expect(page.get_by_role("heading", level=1)).to_have_text("Amba")


def test_where_sockets_are_not_let_through_values_are_polled(open_person: Open, tank: Tank) -> None:
    tank.level(1.25)
    person = open_person()
    person.context.route_web_socket("**/api/v1/live*", lambda socket: socket.close())
    person.page.clock.install()
    page = go_to_site(person)
    expect(page.get_by_test_id("link")).to_have_attribute("data-state", "reconnecting")
    tank.level(3.5)

    def shown() -> bool:
        page.clock.fast_forward(5_000)
        return "3.5" in page.get_by_test_id(tank.tile).inner_text()

    until(shown, timeout_s=30, what="the value was polled")
