"""Signing in and out, and what the device keeps meanwhile."""

from playwright.sync_api import expect

from tests.clouds import Cloud
from tests.dashboard.conftest import Open, sign_in
from tests.dashboard.feeder import Feeder
from tests.waiting import until

SNAPSHOT = "localStorage.getItem('evara.snapshot')"


def test_a_wrong_password_says_so_and_opens_nothing(cloud: Cloud, open_person: Open) -> None:
    page = open_person(cookies=False).page
    page.goto("/")
    page.get_by_label("Name").fill("admin")
    page.get_by_label("Password").fill("not the password")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("Name or password is not right. Check both and try again.")
    expect(page.get_by_label("Password")).to_be_focused()
    expect(page.get_by_role("navigation", name="Main")).to_have_count(0)
    assert page.evaluate(SNAPSHOT) is None


def test_sign_in_leads_to_the_page_that_was_asked_for(
    cloud: Cloud, open_person: Open, feeder: Feeder
) -> None:
    page = open_person(cookies=False).page
    sign_in(page, cloud, f"/gateways/{feeder.gateway.id}?from=a-message")
    expect(page.get_by_role("heading", level=1)).to_have_text("amba")
    assert page.url.endswith(f"/gateways/{feeder.gateway.id}?from=a-message")


def test_sign_out_forgets_the_values_on_this_device(cloud: Cloud, open_person: Open, feeder: Feeder) -> None:
    person = open_person(cookies=False)
    page = person.page
    sign_in(page, cloud, "/sites")
    expect(page.get_by_test_id("site Amba")).to_be_visible()
    until(lambda: "Amba" in (page.evaluate(SNAPSHOT) or ""), what="the snapshot is kept")
    page.get_by_role("link", name="Account").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert page.evaluate(SNAPSHOT) is None
    page.go_back()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(page.get_by_test_id("site Amba")).to_have_count(0)


def test_signed_out_in_one_tab_is_signed_out_in_the_other(cloud: Cloud, open_person: Open) -> None:
    person = open_person(cookies=False)
    sign_in(person.page, cloud, "/sites")
    other = person.context.new_page()
    other.goto("/gateways")
    expect(other.get_by_role("heading", name="Gateways")).to_be_visible()
    until(lambda: person.page.evaluate(SNAPSHOT), what="the snapshot is kept")
    person.page.get_by_role("link", name="Account").click()
    person.page.get_by_role("button", name="Sign out").click()
    expect(other.get_by_role("heading", name="Sign in")).to_be_visible()


def test_no_server_is_said_where_nothing_is_kept(cloud: Cloud, open_person: Open) -> None:
    page = open_person(cookies=False).page
    page.route("**/api/**", lambda route: route.abort())
    page.goto("/sites")
    expect(page.get_by_role("alert")).to_contain_text("The server could not be reached.")
    page.unroute("**/api/**")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_the_password_is_changed(cloud: Cloud, open_person: Open) -> None:
    """Last here: every other session ends, and the password of the first start opens nothing any more."""
    page = open_person(cookies=False).page
    sign_in(page, cloud, "/account")
    for old, fresh, expected in [
        ("not the password", "a longer one", "Not saved. The current password is not right."),
        (cloud.password, "admin" * 2, None),
    ]:
        page.get_by_label("Current password").fill(old)
        page.get_by_label("New password").fill(fresh)
        page.get_by_role("button", name="Change password").click()
        if expected:
            expect(page.get_by_text(expected)).to_be_visible()
    expect(page.get_by_text("Password changed. Other sessions have ended.")).to_be_visible()
    expect(page.get_by_label("Current password")).to_have_value("")
