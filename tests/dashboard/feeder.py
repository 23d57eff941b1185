"""A gateway as the cloud sees it: readings and state pushed in over HTTPS ingest, as a test wants them."""

import itertools
import time
import uuid
from collections.abc import Sequence

import httpx

from protocol.codec import encode_json, pack
from protocol.course import Course
from protocol.messages import Batch, Birth, Death, Heartbeat, Queue, Transition
from protocol.reading import Origin, Point, Quality, Reading
from tests.clouds import Cloud, Gateway


def now_ms() -> int:
    return time.time_ns() // 1_000_000


class Told:
    """One alert as its gateway tells it, step by step."""

    def __init__(self, feeder: "Feeder", point: str, rule: str = "chlorine-low") -> None:
        self._feeder = feeder
        self.point = point
        self._rule = rule
        self._began: int | None = None
        self._counter = 0
        self.id = str(uuid.uuid4())
        self.line = f"alert {self.id}"

    def fires(self, severity: str = "warning", value: float = 0.12, age_s: float = 0) -> None:
        reason = "rose" if self._counter else "fired"
        self._step("firing", reason, severity, value, age_s)

    def clears(self, value: float = 0.42) -> None:
        self._step("resolved", "cleared", "warning", value, 0)

    def _step(self, state: str, reason: str, severity: str, value: float, age_s: float) -> None:
        at = now_ms() - round(age_s * 1000)
        self._began = at if self._began is None else self._began
        self._counter += 1
        course = Course(counter=self._counter, reason=reason, began=self._began, seen_at=at, occurrences=1)
        self._feeder.tell(
            Transition(
                id=f"{self.id}/{self._counter}",
                alert=self.id,
                rule=self._rule,
                rule_version=1,
                point=self.point,
                state=state,
                severity=severity,
                at=at,
                learned_at=at,
                value=value,
                limit=0.2,
                course=course,
            )
        )


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

    def alert(self, point: str, rule: str = "chlorine-low") -> Told:
        return Told(self, point, rule)

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

    def tell(self, *transitions: Transition) -> None:
        """Steps of alerts; they are stored when this returns, and alerts soon after."""
        answer = self._post(
            Batch(epoch=self._epoch, number=next(self._numbers), transitions=list(transitions))
        )
        assert '"receipt"' in answer, answer

    def birth(self, queue: Queue | None = None, origins: Sequence[Origin] = ()) -> None:
        self._post(
            Birth(
                seal_every_s=0,  # each reading goes at once
                epoch=self._epoch,
                session=1,
                at=now_ms(),
                clock_trusted=True,
                versions={"evara": "0.1.0"},
                queue=queue or Queue(),
                origins=list(origins),
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
