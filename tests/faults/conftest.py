"""How long a case may take, and what the suite says at the end: which case caught which sabotage."""

from pathlib import Path

import pytest

SHORT_S = 300  # on a machine that does other things too
LONG_S = 900


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.timeout(LONG_S if item.get_closest_marker("long") else SHORT_S))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    caught = [
        sentence
        for report in terminalreporter.getreports("passed")
        for name, sentence in getattr(report, "user_properties", [])
        if name == "caught" and report.when == "call"
    ]
    if caught:
        terminalreporter.section("negative controls")
        for sentence in caught:
            terminalreporter.line(str(sentence))
