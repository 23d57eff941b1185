"""What adapters hear, between fetching and decoding."""

import logging


class Heard(logging.Handler):
    """What an adapter says at DEBUG that it hears, from here on until `close`."""

    def __init__(self, adapter: str) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        self._log = logging.getLogger(f"firmware_bridge.{adapter}")
        self._log.setLevel(logging.DEBUG)
        self._log.addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())

    def close(self) -> None:
        self._log.removeHandler(self)
        self._log.setLevel(logging.NOTSET)
        super().close()
