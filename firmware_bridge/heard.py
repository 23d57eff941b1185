"""What a device sent, as it may stand in a line of a log. Pure."""

SHOWN = 200  # characters
SHOWN_LAST = 20  # of what came at once, of a service that holds years


def shown(sent: bytes) -> str:
    """Cut, and with every character escaped that would end the line or move a terminal's cursor."""
    text = sent[:SHOWN].decode("utf-8", "backslashreplace")
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)[:SHOWN]
