"""Who is told: a person is added, reached, given a route and a deputy; it is there after a reload."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests import clouds
from tests.clouds import Cloud
from tests.dashboard.conftest import Open
from tests.dashboard.test_pages import WCAG
from tests.waiting import until


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Cloud]:
    """With a channel to the log, and one to nowhere."""
    place = tmp_path_factory.mktemp("cloud")
    (place / "hook.secret").write_text("a secret of the receiver's")
    (place / "cloud.toml").write_text(
        '[[channels]]\nkind = "log"\nname = "office"\n'
        '[[channels]]\nkind = "webhook"\nname = "hook"\n'
        'secret_file = "hook.secret"\nallow = ["127.0.0.0/8"]\n'
    )
    with clouds.embedded(place / "data", {"EVARA_CONFIG": str(place / "cloud.toml")}) as running:
        running.add_gateway("amba", site="Amba")
        yield running


def open_people(page: Page) -> Page:
    page.goto("/people")
    page.get_by_test_id("people").wait_for()
    return page


def add(page: Page, name: str) -> Locator:
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Add person").click()
    person = page.get_by_test_id(f"person {name}")
    person.wait_for()
    return person


def reach(person: Locator, value: str, channel: str = "office") -> None:
    person.get_by_label("Channel").select_option(channel)
    person.get_by_label("Address", exact=True).fill(value)
    person.get_by_role("button", name="Add address").click()


def test_a_person_is_added_reached_and_told_of_a_site(open_person: Open) -> None:
    page = open_people(open_person().page)
    person = add(page, "Ravi")
    expect(person).to_contain_text("nothing can reach this person")
    reach(person, "ravi")
    expect(person).to_contain_text("Not tested yet.")
    person.get_by_role("button", name="Send a test to ravi").click()
    expect(person).to_contain_text("Sent. The provider says: written to the log")
    expect(person).to_contain_text("A test reached it")
    person.get_by_role("combobox", name="Site").select_option(label="Amba")
    person.get_by_label("Which alerts").select_option("critical")
    person.get_by_label("Between").fill("06:00")
    person.get_by_role("button", name="Add route").click()
    expect(person.get_by_role("alert")).to_have_text("Give both hours or none.")
    person.get_by_label("and", exact=True).fill("22:00")
    person.get_by_role("button", name="Add route").click()
    sentence = "Ravi hears of critical alerts at Amba from 06:00 to 22:00."
    expect(person).to_contain_text(sentence)
    again = open_people(page).get_by_test_id("person Ravi")
    expect(again).to_contain_text("A test reached it")
    expect(again).to_contain_text(sentence)
    again.get_by_role("button", name=f"Remove: {sentence}").press("Enter")
    expect(again.get_by_role("heading", name="Is told of")).to_be_focused()
    expect(again).to_contain_text("no route of theirs asks for an alert")
    again.get_by_role("button", name="Remove ravi").press("Enter")
    expect(again.get_by_role("heading", name="Addresses")).to_be_focused()


def test_a_slow_answer_from_before_a_change_does_not_take_it_back(open_person: Open) -> None:
    opened = open_person()
    page = open_people(opened.page)
    person = add(page, "Uma")
    opened.context.set_offline(True)
    expect(page.get_by_test_id("banner")).to_be_visible(timeout=30_000)
    reads: list[Route] = []

    def hold_the_first(route: Route) -> None:
        reads.append(route)
        if len(reads) > 1:
            route.continue_()

    page.route("**/api/v1/people", hold_the_first)
    opened.context.set_offline(False)
    until(lambda: page.title() and reads, what="the page reads again")
    old = reads[0].fetch()
    reach(person, "uma")
    expect(person).to_contain_text("office: uma")
    reads[0].fulfill(response=old)
    until(lambda: page.title() and len(reads) > 1, what="the page reads once more")
    page.wait_for_load_state("networkidle")
    expect(person).to_contain_text("office: uma")


def test_what_a_provider_refuses_and_what_is_not_saved_is_said(open_person: Open) -> None:
    page = open_people(open_person().page)
    person = add(page, "Mina")
    reach(person, "http://10.0.0.1/private", "hook")
    expect(person.get_by_role("alert")).to_contain_text("Not saved.")
    reach(person, "http://127.0.0.1:9/nobody", "hook")
    person.get_by_role("button", name="Send a test to http://127.0.0.1:9/nobody").click()
    expect(person.get_by_role("status")).to_contain_text("Not sent.")
    page.get_by_label("Name", exact=True).fill("Mina")
    page.get_by_role("button", name="Add person").click()
    expect(page.get_by_role("alert")).to_contain_text("somebody named Mina already")


def test_who_is_away_has_a_deputy_and_a_language(open_person: Open) -> None:
    page = open_people(open_person().page)
    person = add(page, "Asha")
    person.get_by_text("Away and language").click()
    person.get_by_label("Language of the messages").select_option("hi")
    person.get_by_label("Away from").fill("2020-01-01T08:00")
    person.get_by_label("until").fill("2090-01-01T08:00")
    person.get_by_label("Deputy").select_option(label="admin")
    person.get_by_role("button", name="Save Asha").click()
    expect(page.get_by_role("status").filter(has_text="Asha is saved.")).to_be_visible()
    page.get_by_label("Last resort").select_option(label="Asha")
    expect(page.get_by_role("status").filter(has_text="Last resort is saved.")).to_be_visible()
    again = open_people(page).get_by_test_id("person Asha")
    expect(again).to_contain_text("Away until 1 Jan 2090")
    expect(again.get_by_label("Language of the messages")).to_have_value("hi")
    expect(page.get_by_label("Last resort").locator("option:checked")).to_have_text("Asha")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_with_everything_open_it_is_accessible(open_person: Open, scheme: str) -> None:
    page = open_people(open_person(width=360, scheme=scheme).page)
    person = add(page, f"Tara {scheme}")
    reach(person, "tara")
    expect(person).to_contain_text("office: tara")
    person.get_by_role("button", name="Add route").click()
    person.get_by_role("button", name="Remove: ").wait_for()
    person.get_by_text("Away and language").click()
    found = Axe().run(page, options=WCAG)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_last_resort_that_is_not_saved_falls_back(open_person: Open) -> None:
    page = open_people(open_person().page)
    add(page, "Lata")
    field = page.get_by_label("Last resort")
    before = field.input_value()
    page.route("**/last-resort", lambda route: route.fulfill(status=500, json={}))
    field.select_option(label="Lata")
    expect(page.get_by_role("alert")).to_contain_text("Not saved.")
    expect(field).to_have_value(before)


def test_a_test_that_was_sent_is_said_also_when_the_page_cannot_be_read_again(open_person: Open) -> None:
    page = open_people(open_person().page)
    person = add(page, "Vani")
    reach(person, "vani")
    expect(person).to_contain_text("Not tested yet.")
    page.route("**/api/v1/people", lambda route: route.fulfill(status=500, json={}))
    person.get_by_role("button", name="Send a test to vani").click()
    expect(person.get_by_role("status")).to_contain_text("Sent. The provider says")
    expect(page.get_by_test_id("banner")).to_be_visible()
    expect(person.get_by_role("alert")).to_have_count(0)
