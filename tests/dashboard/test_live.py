"""Values arrive, age, and survive a link that goes and comes back."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from protocol.messages import Queue
from protocol.reading import Point, Quality, Reading
from tests.clouds import Cloud
from tests.dashboard.conftest import Open
from tests.dashboard.feeder import Feeder, now_ms
from tests.dashboard.person import Person
from tests.proxy import proxy
from tests.waiting import until

AddFeeder = Callable[[str, str], Feeder]
FAST = Point("oht-1/level", "m", 2.0)
TILE = "tile oht-1/level"


def go_to_site(person: Person, name: str) -> Page:
    person.page.goto("/")
    person.page.get_by_test_id(f"site {name}").click()
    person.page.get_by_test_id(TILE).wait_for()
    return person.page


def test_a_reading_appears_without_a_reload(open_person: Open, add_feeder: AddFeeder) -> None:
    feeder = add_feeder("live", "Live")
    feeder.birth()
    feeder.level(1.25)
    page = go_to_site(open_person(), "Live")
    expect(page.get_by_test_id(TILE)).to_contain_text("1.25")
    expect(page.get_by_test_id("link")).to_have_attribute("data-state", "live")
    page.evaluate("window.sameDocument = true")
    feeder.level(1.75)
    expect(page.get_by_test_id(TILE)).to_contain_text("1.75")
    assert page.evaluate("window.sameDocument") is True


def test_a_late_reading_never_replaces_a_newer_one(open_person: Open, add_feeder: AddFeeder) -> None:
    feeder = add_feeder("late", "Late")
    feeder.level(1.25)
    page = go_to_site(open_person(), "Late")
    feeder.level(9.99, age_s=3600)
    feeder.send([Reading("oht-2/level", now_ms(), 4.5)], [Point("oht-2/level", "m", 60.0)])
    feeder.level(1.75)
    expect(page.get_by_test_id(TILE)).to_contain_text("1.75")
    expect(page.get_by_text("9.99")).to_have_count(0)


def test_what_is_not_good_does_not_look_good(open_person: Open, add_feeder: AddFeeder) -> None:
    feeder = add_feeder("odd", "Odd")
    feeder.level(None, quality=Quality.FAULT)
    person = open_person()
    page = go_to_site(person, "Odd")
    tile = page.get_by_test_id(TILE)
    expect(tile).to_have_attribute("data-state", "fault")
    expect(tile).to_contain_text("No value")
    expect(tile).to_contain_text("Fault")
    feeder.level(0.5, quality=Quality.SUSPECT)
    expect(tile).to_have_attribute("data-state", "suspect")


def test_a_value_turns_stale_while_one_looks_on(open_person: Open, add_feeder: AddFeeder) -> None:
    feeder = add_feeder("ageing", "Ageing")
    feeder.birth()
    page = open_person().page
    feeder.send([Reading(FAST.name, now_ms(), 1.25)], [FAST])
    page.goto("/")
    page.get_by_test_id("site Ageing").click()
    tile = page.get_by_test_id(TILE)
    expect(tile).to_have_attribute("data-state", "stale")
    expect(tile).to_contain_text("1.25")  # it stays readable
    expect(tile).to_contain_text("sec ago")
    assert tile.evaluate("tile => getComputedStyle(tile).borderStyle") == "dashed"
    feeder.send([Reading(FAST.name, now_ms(), 1.5)], [FAST])
    expect(tile).to_have_attribute("data-state", "good")
    expect(tile).to_have_attribute("data-state", "stale")


def test_the_link_is_pulled_and_returns(cloud: Cloud, open_person: Open, add_feeder: AddFeeder) -> None:
    feeder = add_feeder("pulled", "Pulled")
    feeder.send([Reading(FAST.name, now_ms(), 1.25)], [FAST])
    with proxy(cloud.port) as link:
        person = open_person(url=f"http://127.0.0.1:{link.port}")
        page = go_to_site(person, "Pulled")
        expect(page.get_by_test_id("link")).to_have_attribute("data-state", "live")
        link.refuse()
        expect(page.get_by_test_id("banner")).to_contain_text("No connection to the server.")
        expect(page.get_by_test_id("link")).to_contain_text("Offline")
        expect(page.get_by_test_id(TILE)).to_have_attribute("data-state", "stale")
        expect(page.get_by_test_id(TILE)).to_contain_text("1.25")
        feeder.send([Reading(FAST.name, now_ms(), 2.5)], [FAST])
        link.pass_all()
        page.get_by_role("button", name="Try again").click()
        expect(page.get_by_test_id(TILE)).to_contain_text("2.5")
        expect(page.get_by_test_id("banner")).to_have_count(0)
        expect(page.get_by_test_id("link")).to_have_attribute("data-state", "live")


def test_the_link_returns_by_itself(cloud: Cloud, open_person: Open, add_feeder: AddFeeder) -> None:
    feeder = add_feeder("returning", "Returning")
    feeder.level(1.25)
    with proxy(cloud.port) as link:
        person = open_person(url=f"http://127.0.0.1:{link.port}")
        page = go_to_site(person, "Returning")
        link.refuse()
        expect(page.get_by_test_id("banner")).to_be_visible()
        feeder.level(2.5)
        link.pass_all()
        expect(page.get_by_test_id("banner")).to_have_count(0, timeout=40_000)
        expect(page.get_by_test_id(TILE)).to_contain_text("2.5")


def test_without_a_link_it_still_opens_and_shows_aged_values(
    cloud: Cloud, open_person: Open, add_feeder: AddFeeder
) -> None:
    feeder = add_feeder("reload", "Reload")
    feeder.send([Reading(FAST.name, now_ms(), 1.25)], [FAST])
    with proxy(cloud.port) as link:
        person = open_person(url=f"http://127.0.0.1:{link.port}")
        page = go_to_site(person, "Reload")
        page.evaluate("navigator.serviceWorker.ready")
        until(lambda: page.evaluate("navigator.serviceWorker.controller !== null"), what="the shell is kept")
        until(
            lambda: "oht-1" in (page.evaluate("localStorage.getItem('evara.snapshot')") or ""),
            timeout_s=20,
            what="the values are kept",
        )
        link.refuse()
        page.reload()
        expect(page.get_by_test_id(TILE)).to_contain_text("1.25")
        expect(page.get_by_test_id(TILE)).to_have_attribute("data-state", "stale")
        expect(page.get_by_test_id("banner")).to_be_visible()
        expect(page.get_by_role("heading", level=1)).to_have_text("Reload")


def test_where_sockets_are_not_let_through_values_are_polled(
    open_person: Open, add_feeder: AddFeeder
) -> None:
    feeder = add_feeder("polled", "Polled")
    feeder.level(1.25)
    person = open_person()
    person.context.route_web_socket("**/api/v1/live*", lambda socket: socket.close())
    person.page.clock.install()
    page = go_to_site(person, "Polled")
    expect(page.get_by_test_id("link")).to_have_attribute("data-state", "reconnecting")
    feeder.level(3.5)

    def shown() -> bool:
        page.clock.fast_forward(5_000)
        return "3.5" in page.get_by_test_id(TILE).inner_text()

    until(shown, timeout_s=30, what="the value was polled")


def test_a_gateway_tells_of_itself_live(open_person: Open, add_feeder: AddFeeder) -> None:
    feeder = add_feeder("telling", "Telling")
    feeder.level(1.0)
    feeder.birth()
    page = go_to_site(open_person(), "Telling")
    line = page.get_by_test_id(f"gateway {feeder.gateway.id}")
    expect(line).to_have_attribute("data-state", "online")
    feeder.beat(Queue(readings=500, backlog=500, oldest_at=now_ms() - 7_200_000))
    expect(line).to_have_attribute("data-state", "catching up")
    feeder.beat(Queue())
    expect(line).to_have_attribute("data-state", "online")
