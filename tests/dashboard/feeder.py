"""A gateway as the cloud sees it: readings and state pushed in over HTTPS ingest, as a test wants them."""

import itertools
import time
import uuid
from collections.abc import Sequence

import httpx

from protocol.codec import encode_json, pack
from protocol.messages import Batch, Birth, Death, Heartbeat, Queue
from protocol.reading import Point, Quality, Reading
from tests.clouds import Cloud, Gateway


def now_ms() -> int:
    return time.time_ns() // 1_000_000


class Tank:
    """One level of one gateway: every test has its own, so that tests share a gateway."""

    def __init__(self, feeder: "Feeder", device: str, interval_s: float) -> None:
        self._feeder = feeder
        self.point = Point(f"{device}/level", "m", interval_s)
        self.tile = f"tile {device}/level"

    def level(self, value: float | None, age_s: float = 0, quality: int = Quality.GOOD) -> None:
        self.send([Reading(self.point.name, now_ms() - round(age_s * 1000), value, quality)])

    def send(self, readings: Sequence[Reading]) -> None:
        self._feeder.send(readings, [self.point])


class Feeder:
    def __init__(self, cloud: Cloud, gateway: Gateway) -> None:
        self._url = f"{cloud.url}/api/v1/ingest"
        self.gateway = gateway
        self._epoch = str(uuid.uuid4())
        self._numbers = itertools.count(1)

    def tank(self, device: str, interval_s: float = 60.0) -> Tank:
        return Tank(self, device, interval_s)

    def send(self, readings: Sequence[Reading], points: Sequence[Point]) -> None:
        """One batch; it is committed when this returns."""
        batch = Batch(
            epoch=self._epoch,
            number=next(self._numbers),
            points=list(points),
            series=pack(readings, points),
        )
        answer = self._post(batch)
        assert '"receipt"' in answer, answer

    def birth(self, queue: Queue | None = None) -> None:
        self._post(
            Birth(
                seal_every_s=0,  # each reading goes at once
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
