"""When a slave is asked next, and for what. Pure: it is given the time, in seconds on the caller's clock.

A slave that is silent rests, longer each time, and costs the bus one time-out per rest. Which request it
left unanswered then comes last: if it answers the others, only that request rests.
"""

from collections.abc import Callable

from firmware_bridge.modbus.plan import Block, Device, blocks_of
from protocol.backoff import delays

# The first is longer than any answer can be late, so that none is taken for the answer to a later request.
FIRST_REST_S, LONGEST_REST_S = 5.0, 300.0
ENOUGH = 5  # a minute and a half of rests

Chance = Callable[[], float]


class Rest:
    """Between two tries of what failed."""

    def __init__(self, chance: Chance) -> None:
        self.until = 0.0
        self._chance = chance
        self._waits = delays(FIRST_REST_S, LONGEST_REST_S, chance)

    def failed(self, now: float) -> None:
        self.until = now + next(self._waits)

    def worked(self) -> None:
        self._waits = delays(FIRST_REST_S, LONGEST_REST_S, self._chance)


class Question:
    """A request that is asked again and again."""

    def __init__(self, block: Block, chance: Chance) -> None:
        self.block = block
        self.rest = Rest(chance)


class Slave:
    def __init__(self, device: Device, every_s: float, began: float, chance: Chance) -> None:
        self.device = device
        self.next_at = began
        self.is_said = False  # that it is silent
        self._misses = 0  # since it answered last
        self._every_s = every_s
        self._began = began
        self._chance = chance
        self._rest = Rest(chance)
        self._questions = self._asking(blocks_of(device))

    def __str__(self) -> str:
        return f"{self.device.device} (unit {self.device.unit_id})"

    @property
    def is_silent(self) -> bool:
        """When it was asked last."""
        return self._misses > 0

    @property
    def is_dead(self) -> bool:
        """Silent whatever it was asked, one question each time; some are enough where there are many."""
        return self._misses >= min(len(self._questions), ENOUGH)

    def questions(self, now: float) -> list[Question]:
        """Those that are due with the slave: all that do not rest."""
        return [question for question in self._questions if question.rest.until <= now]

    def answered(self, now: float) -> None:
        """Its next turn is the first that is left of its beat: late or not, it never drifts."""
        self._misses, self.is_said = 0, False
        self._rest.worked()
        beats = (now - self._began) // self._every_s + 1
        self.next_at = self._began + beats * self._every_s

    def missed(self, question: Question, now: float) -> None:
        """It was silent from its first question on."""
        self._misses += 1
        self.postpone(question)
        self._rest.failed(now)
        self.next_at = self._rest.until

    def postpone(self, question: Question) -> None:
        self._questions.remove(question)
        self._questions.append(question)

    def split(self, question: Question) -> list[Question]:
        """It refuses these registers together: from now on each value is asked for by itself."""
        singles = self._asking(question.block.singles())
        place = self._questions.index(question)
        self._questions[place : place + 1] = singles
        return singles

    def _asking(self, blocks: list[Block]) -> list[Question]:
        return [Question(block, self._chance) for block in blocks]
