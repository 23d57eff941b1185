"""Every state of a gateway, as the list and its own page show it."""

import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest
from playwright.sync_api import expect

from protocol.messages import Queue
from tests.clouds import Cloud
from tests.dashboard.conftest import Open
from tests.dashboard.feeder import Feeder, now_ms

AddFeeder = Callable[[str, str], Feeder]


def offline_after(cloud: Cloud, site: str, seconds: int) -> None:
    with closing(sqlite3.connect(cloud.data_dir / "evara.db", timeout=10)) as database, database:
        database.execute("UPDATE site SET offline_after_s = ? WHERE name = ?", (seconds, site))


def make(cloud: Cloud, add_feeder: AddFeeder, state: str) -> Feeder:
    feeder = add_feeder(state.replace(" ", "-"), f"Place of {state}")
    if state == "never seen":
        return feeder
    if state == "offline":
        offline_after(cloud, "Place of offline", 1)
    feeder.birth(Queue(readings=900, backlog=900, oldest_at=now_ms()) if state == "catching up" else None)
    if state == "quiet":
        feeder.die()
    if state == "revoked":
        cloud.revoke(feeder.gateway)
    return feeder


@pytest.mark.parametrize("state", ["online", "quiet", "offline", "catching up", "never seen", "revoked"])
def test_a_gateway_is_shown_as_what_it_is(
    state: str, cloud: Cloud, open_person: Open, add_feeder: AddFeeder
) -> None:
    feeder = make(cloud, add_feeder, state)
    page = open_person().page
    page.goto("/gateways")
    line = page.get_by_test_id(f"gateway {feeder.gateway.id}")
    expect(line).to_have_attribute("data-state", state)
    expect(line).to_contain_text(state.capitalize())
    line.click()
    expect(page.get_by_test_id("state")).to_have_attribute("data-state", state)


def test_a_backlog_shrinks_before_the_eyes(open_person: Open, add_feeder: AddFeeder) -> None:
    feeder = add_feeder("draining", "Draining")
    feeder.birth(Queue(readings=50_000, backlog=50_000, oldest_at=now_ms() - 3 * 86_400_000))
    page = open_person().page
    page.goto(f"/gateways/{feeder.gateway.id}")
    backlog = page.get_by_test_id("backlog")
    expect(backlog).to_contain_text("50,000 readings wait, oldest from")
    feeder.beat(Queue(readings=20_000, backlog=20_000, oldest_at=now_ms() - 86_400_000))
    expect(backlog).to_contain_text("30,000 of 50,000 readings sent")
    expect(backlog).to_contain_text("left")
    feeder.beat(Queue())
    expect(backlog).to_have_text("nothing waits")


def test_parked_batches_are_not_hidden(open_person: Open, add_feeder: AddFeeder) -> None:
    feeder = add_feeder("parking", "Parking")
    feeder.birth(Queue(parked=2))
    page = open_person().page
    page.goto("/gateways")
    line = page.get_by_test_id(f"gateway {feeder.gateway.id}")
    expect(line).to_contain_text("2 batches were refused for good")
    line.click()
    expect(page.get_by_test_id("parked")).to_contain_text("evara-agent status")


def test_a_filter_with_nothing_in_it_says_so(open_person: Open, add_feeder: AddFeeder) -> None:
    add_feeder("alone", "Alone").birth()
    page = open_person().page
    page.goto("/gateways?state=offline&x")
    if page.get_by_test_id("gateways").count() == 0:
        expect(page.get_by_text("No gateway is offline.")).to_be_visible()
        page.get_by_role("link", name="Show all gateways").click()
    expect(page.get_by_test_id("gateways")).to_be_visible()
