"""Somebody has seen an alert. Apart from its condition, and made on either side of a bad link."""

import msgspec

from protocol.limits import Count, Name, Text, Whole


class Acknowledgement(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    alert: Name
    counter: Count  # of the newest transition that was seen: what rises later has not been
    by: Text
    at: Whole  # ms UTC
    until: Whole | None = None  # None: until it resolves or rises; not after `at`: taken back
