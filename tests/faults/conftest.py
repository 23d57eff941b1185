"""What the fault suite says at the end: which case caught which sabotage."""

import pytest


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
