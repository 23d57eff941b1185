"""One payload of a gateway, whatever it is and however it came: what both transports call."""

from collections.abc import Callable

import msgspec

from cloud.ingest.intake import Intake
from cloud.store.database import Database
from protocol.messages import Down


class Door(msgspec.Struct, frozen=True):
    database: Database
    intake: Intake
    incarnation: str
    on_heard: Callable[[str], None]  # a gateway's row changed, after its commit; must not wait or raise

    async def enter(self, gateway: str, payload: bytes) -> Down | None:
        """The answer to any `up/` payload, after its commit; None where there is none to give.

        `gateway` is who the credential or the topic says, never what the payload says. Never raises for
        what is in the payload or for a database out of reach: that is a Refusal or a RetryAfter.
        """
        raise NotImplementedError
