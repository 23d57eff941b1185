"""What the host part of an address says by itself. Nothing is resolved here."""

import ipaddress
import re

_CHARACTERS = re.compile(rb"[A-Za-z0-9._:%-]{1,253}")


def is_loopback(host: str) -> bool:
    """Whether it is this machine itself. `127.example.org` is not."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_name(host: str) -> bool:
    """Whether a resolver can be asked for it: `a..b` is a UnicodeError there, not an OSError."""
    try:
        return bool(_CHARACTERS.fullmatch(host.encode("idna")))
    except UnicodeError:
        return False
