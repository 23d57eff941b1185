"""What a try of a message says and what follows from it. Pure."""

import random
from itertools import islice

from cloud.senders.sender import Message, SendError, said
from cloud.store.deliveries import Due, Try
from protocol.backoff import delays

TAKEN = ("sent", "delivered")
CAP_WAIT_S = 900.0  # until a channel that may send no more today is asked again
_LONGEST_WAIT_S = 3_600.0  # whatever a provider asks for


def message_of(one: Due, url: str) -> Message:
    """`url`: where people reach this server."""
    return Message(
        key=one.key,
        person=one.person,
        address=one.address,
        subject=one.subject,
        text=one.body,
        link=f"{url}/alerts/{one.alert_id}" if one.alert_id else f"{url}/alerts",
        language=one.language,
    )


def span_s(tries: int, first_s: float, longest_s: float) -> float:
    """How long to wait after so many tries: it doubles, with jitter."""
    doublings = min(tries, 32) - 1
    return next(islice(delays(first_s, longest_s, random.random), doublings, None))


def again(one: Due, answer: str, now: int, wait_s: float) -> Try:
    """It is tried later, unless it is not worth sending any more by then."""
    due_at = now + round(min(wait_s, _LONGEST_WAIT_S) * 1000)
    if due_at >= one.expires_at:
        return Try(at=now, outcome="dead", answer=f"{answer}; it expires before it could be tried again")
    return Try(at=now, outcome="retry", answer=answer, due_at=due_at)


def kept(error: SendError) -> str:
    """What is kept of a provider's answer."""
    return said(str(error))
