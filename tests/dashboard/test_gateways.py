"""Every state of a gateway, as the list and its own page show it."""

import sqlite3
from contextlib import closing

from playwright.sync_api import expect

from protocol.messages import Queue
from tests.clouds import Cloud
from tests.dashboard.conftest import Open
from tests.dashboard.feeder import Feeder, now_ms


def offline_after(cloud: Cloud, site: str, seconds: int) -> None:
    with closing(sqlite3.connect(cloud.data_dir / "evara.db", timeout=10)) as database, database:
        database.execute("UPDATE site SET offline_after_s = ? WHERE name = ?", (seconds, site))


def test_a_gateway_is_shown_as_what_it_is(cloud: Cloud, open_person: Open) -> None:
    """A whole life, watched in the list: each state comes without a reload."""
    feeder = Feeder(cloud, cloud.add_gateway("living", site="Far"))
    page = open_person().page
    page.goto("/gateways")
    line = page.get_by_test_id(f"gateway {feeder.gateway.id}")

    def becomes(state: str) -> None:
        expect(line).to_have_attribute("data-state", state)
        expect(line).to_contain_text(state.capitalize())

    becomes("never seen")
    feeder.birth()
    becomes("online")
    feeder.beat(Queue(readings=900, backlog=900, oldest_at=now_ms()))
    becomes("catching up")
    expect(line).to_contain_text("900 readings wait")
    feeder.beat(Queue(parked=2))
    becomes("online")
    expect(line).to_contain_text("2 batches were refused for good")
    feeder.die()
    becomes("quiet")
    offline_after(cloud, "Far", 1)
    page.reload()  # nobody tells of settings
    becomes("offline")
    line.click()
    expect(page.get_by_test_id("state")).to_have_attribute("data-state", "offline")
    expect(page.get_by_text("What follows is as it was reported then.")).to_be_visible()
    expect(page.get_by_test_id("parked")).to_contain_text("evara-agent status")
    cloud.revoke(feeder.gateway)
    page.reload()
    expect(page.get_by_test_id("state")).to_have_attribute("data-state", "revoked")


def test_silence_alone_makes_it_quiet_and_then_offline(open_person: Open, feeder: Feeder) -> None:
    person = open_person()
    page = person.page
    page.clock.install()
    page.goto(f"/gateways/{feeder.gateway.id}")
    expect(page.get_by_test_id("state")).to_have_attribute("data-state", "online")
    page.route("**/api/**", lambda route: route.abort())
    page.clock.fast_forward(130_000)
    expect(page.get_by_test_id("state")).to_have_attribute("data-state", "quiet")
    page.clock.fast_forward(800_000)
    expect(page.get_by_test_id("state")).to_have_attribute("data-state", "offline")


def test_a_backlog_shrinks_before_the_eyes(open_person: Open, feeder: Feeder) -> None:
    feeder.beat(Queue(readings=50_000, backlog=50_000, oldest_at=now_ms() - 3 * 86_400_000))
    page = open_person().page
    page.goto(f"/gateways/{feeder.gateway.id}")
    backlog = page.get_by_test_id("backlog")
    expect(backlog).to_contain_text("50,000 readings wait, oldest from")
    feeder.beat(Queue(readings=20_000, backlog=20_000, oldest_at=now_ms() - 86_400_000))
    expect(backlog).to_contain_text("30,000 of 50,000 readings sent")
    expect(backlog).to_contain_text("left")
    feeder.beat(Queue())
    expect(backlog).to_have_text("nothing waits")
    feeder.beat(Queue(readings=100, backlog=100, oldest_at=now_ms()))
    expect(backlog).to_contain_text("100 readings wait")
    expect(backlog).not_to_contain_text("sent")
    feeder.beat(Queue())


def test_a_filter_with_nothing_in_it_says_so(open_person: Open, feeder: Feeder) -> None:
    page = open_person().page
    page.goto("/gateways?state=quiet")
    expect(page.get_by_text("No gateway is quiet.")).to_be_visible()
    page.get_by_role("link", name="Show all gateways").click()
    expect(page.get_by_test_id("gateways")).to_be_visible()
