"""Many alike rejects become few: boot text and noise must not push out of the list what is worth reading."""

from typing import NamedTuple

from firmware_bridge.source import Reject

FOLD_S = 600.0  # within it, those after the first of a kind become one that says how many


class _More(NamedTuple):
    """What came after the first of a kind."""

    due_s: float
    newest: Reject | None = None
    times: int = 0


class Fold:
    """Rejects by kind. The first goes through at once. Bounded by how many kinds its user tells apart."""

    def __init__(self) -> None:
        self._ready: list[Reject] = []
        self._more: dict[str, _More] = {}

    def add(self, kind: str, reject: Reject, now_s: float, count: int = 1) -> None:
        more = self._more.get(kind)
        if more is None:
            self._ready.append(_many(reject, count))
            self._more[kind] = _More(now_s + FOLD_S)
        else:
            self._more[kind] = _More(more.due_s, reject, more.times + count)

    def due(self, now_s: float) -> list[Reject]:
        """What may be handed over now; it is forgotten here."""
        for kind in [kind for kind, more in self._more.items() if more.due_s <= now_s]:
            self._let_go(kind)
        ready, self._ready = self._ready, []
        return ready

    def rest(self) -> list[Reject]:
        """All of it, at the end."""
        for kind in list(self._more):
            self._let_go(kind)
        ready, self._ready = self._ready, []
        return ready

    def wait_s(self, now_s: float) -> float | None:
        """Until something is due; None: nothing ever will be."""
        first = min((more.due_s for more in self._more.values()), default=None)
        return None if first is None else max(0.0, first - now_s)

    def _let_go(self, kind: str) -> None:
        more = self._more.pop(kind)
        if more.newest is not None:
            self._ready.append(_many(more.newest, more.times))


def _many(reject: Reject, count: int) -> Reject:
    return reject if count == 1 else Reject(f"{reject.where}, {count} times", reject.text, reject.reason)
