"""What a gateway says of its sources: all that are configured, and no other."""

from collections.abc import Awaitable, Callable

import pytest

from edge_agent.uplink import state
from edge_agent.uplink.session import Rhythm, Session
from protocol.breaker import Breaker, State
from protocol.messages import Birth, BreakerState, Heartbeat
from tests.edge_agent.site import QUICK, Site

Say = Callable[[Session], Awaitable[Birth | Heartbeat]]


@pytest.mark.parametrize("say", [state.birth, state.heartbeat])
async def test_a_healthy_source_is_told_and_a_removed_one_is_not(site: Site, say: Say) -> None:
    await site.outbox.save_breaker("broken", Breaker(state=State.OPEN))
    await site.outbox.save_breaker("removed", Breaker(state=State.OPEN))
    session = Session(site.outbox, site.rules, ["healthy", "broken"], Rhythm(60, 60), QUICK)
    assert (await say(session)).breakers == [
        BreakerState(name="healthy", state=State.CLOSED),
        BreakerState(name="broken", state=State.OPEN),
    ]
