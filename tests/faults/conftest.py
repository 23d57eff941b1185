"""How long a case may take."""

from pathlib import Path

import pytest

SHORT_S = 300  # on a machine that does other things too
LONG_S = 900


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.timeout(LONG_S if item.get_closest_marker("long") else SHORT_S))
