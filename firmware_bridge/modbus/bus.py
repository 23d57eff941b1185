"""Asks the devices of one Modbus link in turn, each at its time, and never waits long for a dead one."""

import asyncio
import logging
import random
from collections import deque
from collections.abc import Sequence

from firmware_bridge.fields import reading
from firmware_bridge.instant import now_ms
from firmware_bridge.modbus.link import Link, Refused, Silent
from firmware_bridge.modbus.plan import Block, Device, Place
from firmware_bridge.modbus.slave import Question, Slave
from firmware_bridge.modbus.values import decode
from firmware_bridge.reject_fold import Fold
from firmware_bridge.source import REJECT_TEXT_LIMIT, Put, Reject, SourceError
from protocol.reading import Reading

log = logging.getLogger(__name__)

_SILENT_BEHIND_GATEWAY = (10, 11)  # a gateway's word for a device that did not answer it
_TOO_MUCH = (2, 3, 4)  # what devices say of registers that they give singly, not together
_REASONS = {
    1: "the device does not know this function; set function to 3 or 4, as its manual says",
    2: "it has no such register; compare register and first_register with its manual",
    3: "it does not take this request; compare register and type with its manual",
    4: "it failed; switch it off and on",
    5: "it needs time; it is asked again",
    6: "it is busy; it is asked again",
}
_NO_ANSWER = "no answer, though the device answers other requests; compare register and type with its manual"


class Bus:
    """The devices on a link; `hint` is what to check where none of them answers."""

    def __init__(self, name: str, link: Link, devices: Sequence[tuple[Device, float]], hint: str) -> None:
        self._name = name
        self._link = link
        self._hint = hint
        self._fold = Fold()
        self._now = asyncio.get_running_loop().time
        began = self._now()
        self._slaves = [Slave(device, every_s, began, random.random) for device, every_s in devices]

    async def run(self, put: Put) -> None:
        """For ever. Raises SourceError where the link is broken or nobody on it answers."""
        while True:
            await asyncio.sleep(min(slave.next_at for slave in self._slaves) - self._now())
            await self._round([slave for slave in self._slaves if slave.next_at <= self._now()], put)

    async def _round(self, due: Sequence[Slave], put: Put) -> None:
        """Ask all who are due, and put once: it returns after a commit, which takes its time."""
        readings: list[Reading] = []
        trouble = None
        try:
            for slave in due:
                await self._visit(slave, readings)
            self._judge_silence()
        except SourceError as error:
            trouble = error
        rejects = self._fold.rest() if trouble else self._fold.due(self._now())
        if readings or rejects:
            await put(readings, rejects=rejects)
        if trouble:
            raise trouble

    def _judge_silence(self) -> None:
        if all(slave.is_silent for slave in self._slaves):
            self._link.close()  # a connection may be dead without a word: the next question opens another
        if all(slave.is_dead for slave in self._slaves):
            raise SourceError(f"no device answers, {self._hint}")
        for slave in self._slaves:
            if slave.is_silent and not slave.is_said:
                slave.is_said = True
                log.warning(
                    "source %s: %s does not answer; check power, wires and unit_id; it is asked again",
                    self._name,
                    slave,
                )

    async def _visit(self, slave: Slave, readings: list[Reading]) -> None:
        """All its questions, until one is not answered."""
        has_answered = False
        left = deque(slave.questions(self._now()))
        while left:
            question = left.popleft()
            try:
                instead = await self._ask(slave, question, readings)
            except Silent as silent:
                log.debug("%s: %s is silent; heard: %.150s", self._name, slave, str(silent) or "nothing")
                if not has_answered:
                    slave.missed(question, self._now())
                    return
                slave.postpone(question)
                self._refuse(slave, question, "silence", _NO_ANSWER)
                break
            has_answered = True
            left.extendleft(reversed(instead))
        if slave.is_said:
            log.info("source %s: %s answers again", self._name, slave)
        slave.answered(self._now())

    async def _ask(self, slave: Slave, question: Question, readings: list[Reading]) -> list[Question]:
        """What is to be asked instead, if it refused. Raises Silent and SourceError."""
        block = question.block
        try:
            answer = await self._link.read(slave.device.unit_id, block.function, block.start, block.size)
        except Refused as refused:
            if refused.code in _SILENT_BEHIND_GATEWAY:
                raise Silent from refused
            if refused.code in _TOO_MUCH and len(block.places) > 1:
                return slave.split(question)
            reason = _REASONS.get(refused.code, "its manual says what this code means")
            self._refuse(slave, question, str(refused), reason)
            return []
        question.rest.worked()
        self._take(slave.device, block, answer, readings)
        return []

    def _refuse(self, slave: Slave, question: Question, text: str, reason: str) -> None:
        question.rest.failed(self._now())
        for place in question.block.places:
            self._reject(_where(slave.device, place), text, reason)

    def _take(self, device: Device, block: Block, answer: Sequence[int], readings: list[Reading]) -> None:
        at = now_ms()
        for place in block.places:
            value, words = place.value, block.words(place, answer)
            line = ", ".join(" ".join(f"{word:04X}" for word in part) for part in words)
            log.debug("%s: %s: %s", self._name, _where(device, place), line)
            try:
                point = f"{device.device}/{value.metric}"
                readings.append(reading(point, at, decode(value, words), value))
            except ValueError as error:
                self._reject(_where(device, place), line[:REJECT_TEXT_LIMIT], str(error))

    def _reject(self, where: str, text: str, reason: str) -> None:
        """Its settings are wrong until somebody puts them right: the same in every round."""
        self._fold.add(where, Reject(where, text, reason), self._now())


def _where(device: Device, place: Place) -> str:
    """`flow-1 3:9,11` is function 3, the registers as the device's manual counts them."""
    registers = ",".join(str(part.register) for part in place.value.parts)
    return f"{device.device} {place.function}:{registers}"
