"""Somebody in front of a browser, and all that their browser complained about."""

import re

from playwright.sync_api import BrowserContext, ConsoleMessage, Page

# The browser's own words for an answer or a connection that failed; what the page makes of it is tested.
_NETWORK = re.compile(r"Failed to load resource|WebSocket connection to .* failed|net::ERR_")


class Person:
    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.complaints: list[str] = []
        context.add_init_script(
            "addEventListener('securitypolicyviolation', (event) => "
            "console.error('policy:', event.violatedDirective, event.blockedURI, event.sourceFile))"
        )
        context.on("console", self._hear)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        self.page: Page = context.new_page()

    def check(self) -> None:
        assert not self.complaints, self.complaints

    def state(self, test_id: str) -> str | None:
        """The word that an element carries for its state."""
        return self.page.get_by_test_id(test_id).get_attribute("data-state")

    def sideways(self) -> int:
        """How many pixels the page is wider than its window."""
        width: int = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        return width

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not _NETWORK.search(message.text):
            self.complaints.append(message.text)
