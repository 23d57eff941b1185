"""Batches: sealed, settled, parked, sealed again."""

import msgspec


class Sealed(msgspec.Struct, frozen=True):
    """A batch as it travels: the same bytes at every sending."""

    epoch: str
    number: int
    lane: str  # protocol.messages.Lane; only for people and for sharing the link
    digest: str  # protocol.codec.digest of the body
    body: bytes  # uncompressed; protocol.codec.compress makes the payload
    readings: int
    transitions: int = 0
