"""Somebody was told of an alert where it was raised: the cloud does not tell them again."""

import msgspec

from protocol.limits import Name, Text, Whole


class Told(msgspec.Struct, frozen=True, kw_only=True):
    alert: Name
    person: Name  # as the cloud calls them
    action: Name  # of the gateway, which told them
    severity: Text  # of the alert then: of a rise they are told
    at: Whole  # ms UTC
