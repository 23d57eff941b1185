"""A page on a bad link: 250 kbit/s, and 300 ms until anything answers."""

import time
from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.clouds import Cloud
from tests.dashboard.feeder import Tank
from tests.proxy import proxy

BYTES_PER_S, ROUND_TRIP_S = 250_000 / 8, 0.3
COLD_S, WARM_S = 4.0, 2.0  # until values can be read: with nothing kept by the browser, and the second time


def readable_s(page: Page, address: str, tile: str) -> float:
    """Seconds until the tile's value can be read."""
    begun = time.monotonic()
    page.goto(address, wait_until="commit")
    expect(page.get_by_test_id(tile)).to_contain_text("1.5")
    return time.monotonic() - begun


def test_values_can_be_read_soon(cloud: Cloud, browser: Browser, tank: Tank, signed_in: Any) -> None:
    tank.level(1.5)
    with cloud.sign_in() as people:
        (site,) = people.get("/api/v1/sites").json()["items"]
    with proxy(cloud.port) as link:
        link.slow(BYTES_PER_S, ROUND_TRIP_S)
        context = browser.new_context(base_url=f"http://127.0.0.1:{link.port}", storage_state=signed_in)
        try:
            address = f"/sites/{site['id']}"
            cold_s, warm_s = (readable_s(context.new_page(), address, tank.tile) for _ in range(2))
        finally:
            context.close()
    assert ROUND_TRIP_S < cold_s <= COLD_S, f"cold: {cold_s:.1f} s"
    assert warm_s <= WARM_S, f"warm: {warm_s:.1f} s"
    print(f"cold {cold_s:.1f} s, warm {warm_s:.1f} s")
