"""Remember what was found for the last questions: those of a block of reports are asked at once."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

V = TypeVar("V")
_MOST = 4096


class Remembered(Generic[V]):
    """Hold answers by their question; all are let go when they become too many.

    For functions of nothing but the question. What is found is handed out again and again: it
    must not be changed by whoever gets it.
    """

    __slots__ = ("_found", "_most")

    def __init__(self, most: int = _MOST) -> None:
        """Begin with nothing."""
        self._found: dict[Hashable, V] = {}
        self._most = most

    def of(self, question: Hashable, find: Callable[[], V]) -> V:
        """Return what is remembered, else what ``find`` finds now."""
        found = self._found
        if question in found:
            return found[question]
        if len(found) >= self._most:
            # Another thread may be looking: what it looks at stays as it is.
            found = self._found = {}
        answer = found[question] = find()
        return answer
