"""What is printed fits a phone over SSH."""

import textwrap

WIDTH = 60  # columns


def wrap(text: str, first: str = "", rest: str = "") -> list[str]:
    """Its lines: `first` stands before the first one, `rest` before the others."""
    return textwrap.wrap(text, WIDTH, initial_indent=first, subsequent_indent=rest)
