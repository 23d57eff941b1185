"""A gateway as the cloud sees it: readings and state pushed in over HTTPS ingest, as a test wants them."""

import itertools
import time
import uuid
from collections.abc import Sequence

import httpx

from protocol.codec import encode_json, pack
from protocol.messages import Batch, Birth, Death, Heartbeat, Queue
from protocol.reading import Point, Reading
from tests.clouds import Cloud, Gateway

LEVEL = Point("oht-1/level", "m", 60.0)


def now_ms() -> int:
    return time.time_ns() // 1_000_000


class Feeder:
    def __init__(self, cloud: Cloud, gateway: Gateway) -> None:
        self._url = f"{cloud.url}/api/v1/ingest"
        self.gateway = gateway
        self._epoch = str(uuid.uuid4())
        self._numbers = itertools.count(1)

    def send(self, readings: Sequence[Reading], points: Sequence[Point] = (LEVEL,)) -> None:
        """One batch; it is committed when this returns."""
        batch = Batch(
            epoch=self._epoch,
            number=next(self._numbers),
            points=list(points),
            series=pack(readings, points),
        )
        answer = self._post(batch)
        assert '"receipt"' in answer, answer

    def level(self, value: float | None, age_s: float = 0, quality: int = 0) -> None:
        self.send([Reading(LEVEL.name, now_ms() - round(age_s * 1000), value, quality)])

    def birth(self, queue: Queue | None = None) -> None:
        self._post(
            Birth(
                epoch=self._epoch,
                session=1,
                at=now_ms(),
                clock_trusted=True,
                versions={"evara": "0.1.0"},
                queue=queue or Queue(),
            )
        )

    def beat(self, queue: Queue) -> None:
        number = next(self._numbers)
        self._post(Heartbeat(epoch=self._epoch, session=1, counter=number, at=now_ms(), queue=queue))

    def die(self) -> None:
        self._post(Death(epoch=self._epoch, session=1))

    def _post(self, message: Batch | Birth | Heartbeat | Death) -> str:
        answer = httpx.post(
            self._url,
            content=encode_json(message),
            headers={"content-type": "application/json"},
            auth=self.gateway.login,
            timeout=30,
        )
        assert answer.status_code == 200, answer.text
        return answer.text
