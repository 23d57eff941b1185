"""What an outbox says when it can't do what it was asked: one sentence with the place and the next step."""


class OutboxError(Exception):
    """Nothing of the call was kept. While running, the same call may go through later."""


class OutboxFull(OutboxError):
    """There is no room for more readings; settling and recording losses still work."""
