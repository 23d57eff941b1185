"""One payload of a gateway, whatever it is and however it came: what both transports call."""

from collections.abc import Callable

import msgspec

from cloud.ingest import state
from cloud.ingest.committer import DATABASE_S
from cloud.ingest.intake import Intake
from cloud.store import faults
from cloud.store.database import Database
from protocol import codec
from protocol.codec import CodecError
from protocol.messages import Batch, Birth, Death, Down, Heartbeat, Result, RetryAfter


class Door(msgspec.Struct, frozen=True):
    database: Database
    intake: Intake
    incarnation: str
    on_heard: Callable[[str], None]  # a gateway's row changed, after its commit; must not wait or raise
    clock: Callable[[], int]  # ms UTC

    async def enter(self, gateway: str, payload: bytes) -> Down | None:
        """The answer to any `up/` payload, after its commit; None where there is none to give.

        `gateway` is who the credential or the topic says, never what the payload says. Never raises for
        what is in the payload or for a database out of reach: that is a Refusal or a RetryAfter.
        """
        try:
            body = codec.decompress(payload)
            message = codec.decode(body)
            if isinstance(message, Batch):
                return await self.intake.submit(gateway, message, codec.digest(body), payload)
            if not isinstance(message, Birth | Heartbeat | Death | Result):
                raise CodecError("not_upward", f"a gateway sends no {type(message).__name__}")
        except CodecError as error:
            return await self.intake.refuse(gateway, payload, error)
        return await self._hear(gateway, message)

    async def _hear(self, gateway: str, message: Birth | Heartbeat | Death | Result) -> Down | None:
        try:
            welcome, has_changed = await state.hear(
                self.database, gateway, message, self.incarnation, self.clock()
            )
        except faults.ERRORS as error:
            # Only a birth waits for an answer.
            if not isinstance(message, Birth):
                return None
            reason = f"the database takes nothing: {str(error)[:200]}"
            return RetryAfter(code="database", after_s=DATABASE_S, epoch=message.epoch, reason=reason)
        if has_changed:
            self.on_heard(gateway)
        return welcome
