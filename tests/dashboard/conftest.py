"""A browser and a real cloud for the dashboard. What is missing for it is said, and the tests skip."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests import clouds
from tests.clouds import Cloud
from tests.dashboard.feeder import Feeder, Tank
from tests.dashboard.person import Person

_STATIC = Path(__file__).parents[2] / "cloud" / "dashboard" / "static"
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
]

_PATIENCE_MS = 20_000  # with other tests on the same two cores

Open = Callable[..., Person]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Of the package: Playwright keeps a running event loop in this thread, which no async test may meet."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not chromium:
        pytest.skip("no Chromium: install the package chromium, or name one in CHROMIUM")
    if not (_STATIC / "index.html").exists():
        pytest.skip("the dashboard is not built: run make setup")
    expect.set_options(timeout=_PATIENCE_MS)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=_ARGUMENTS)
        yield running
        running.close()


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Cloud]:
    with clouds.embedded(tmp_path_factory.mktemp("cloud")) as running:
        yield running


@pytest.fixture(scope="module")
def feeder(cloud: Cloud) -> Feeder:
    """A gateway at Amba that reported already."""
    found = Feeder(cloud, cloud.add_gateway("amba", site="Amba"))
    found.birth()
    return found


@pytest.fixture
def tank(feeder: Feeder, request: pytest.FixtureRequest) -> Tank:
    """A point that nobody else writes to."""
    return feeder.tank(request.node.name[:100])


@pytest.fixture(scope="module")
def signed_in(cloud: Cloud, browser: Browser) -> Any:
    """What a browser keeps once somebody signed in."""
    context = browser.new_context(base_url=cloud.url)
    page = context.new_page()
    sign_in(page, cloud)
    state = context.storage_state()
    context.close()
    return state


def sign_in(page: Page, cloud: Cloud, address: str = "/") -> None:
    page.goto(address)
    page.get_by_label("Name").fill("admin")
    page.get_by_label("Password").fill(cloud.password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("navigation", name="Main").wait_for()


@pytest.fixture
def open_person(browser: Browser, cloud: Cloud, signed_in: Any) -> Iterator[Open]:
    """Somebody with a browser of their own, signed in: `open_person(url=…, width=360, scheme="dark")`.

    At the end of the test nobody's browser may have met an error or a violation of the content policy.
    """
    with ExitStack() as at_end:

        def open_one(
            url: str = "",
            width: int = 1280,
            scheme: Any = "light",
            cookies: bool = True,
        ) -> Person:
            context: BrowserContext = browser.new_context(
                base_url=url or cloud.url,
                viewport={"width": width, "height": 800},
                color_scheme=scheme,
                reduced_motion="reduce",
                storage_state={"cookies": signed_in["cookies"]} if cookies else None,
            )
            at_end.callback(context.close)
            context.set_default_timeout(_PATIENCE_MS)
            person = Person(context)
            at_end.callback(person.check)
            return person

        yield open_one
