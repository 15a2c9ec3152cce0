"""Walk at random through a plan over HTTP: mixed strokes, undo, redo, each state checked."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.processes import NotMeasured
from bench.redraw.draft import Draft, wkb
from bench.redraw.lines import Line
from bench.redraw.strokes import Strokes

CHECK_ALL_EVERY = 200
MOST_REFUSED_IN_A_ROW = 200


@dataclass
class Walked:
    """Hold the seconds of every operation by kind, and why strokes were refused."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    refused: Counter[str] = field(default_factory=Counter)
    refused_seconds: list[float] = field(default_factory=list)

    @property
    def all_seconds(self) -> list[float]:
        """Return the seconds of all operations that were taken."""
        return [one for kind in self.seconds.values() for one in kind]


def walk(draft: Draft, strokes: Strokes, lines: Sequence[Line], operations: int) -> Walked:
    """Do so many operations, server process by server process in turn."""
    walked = Walked()
    taken = in_a_row = turn = 0
    while taken < operations:
        kind, body = strokes.draw(draft.sheet, area=draft.area)
        if (kind == "undo" and not draft.done) or (kind == "redo" and not draft.undone):
            continue
        if body is None and kind not in ("undo", "redo"):
            continue
        turn += 1
        answer = draft.send(lines[turn % len(lines)], kind, body)
        if not answer.is_taken:
            in_a_row += 1
            told = answer.json
            walked.refused[f"{kind}: {told.get('reason', told.get('type'))}"] += 1
            walked.refused_seconds.append(answer.seconds)
            if answer.status >= 500 or in_a_row > MOST_REFUSED_IN_A_ROW:
                raise NotMeasured(f"{kind} answered {answer.status}: {told}")
            continue
        in_a_row = 0
        taken += 1
        walked.seconds[kind].append(answer.seconds)
        if taken % CHECK_ALL_EVERY == 0:
            draft.check_all(lines[taken // CHECK_ALL_EVERY % len(lines)])
    draft.check_all(lines[0])
    return walked


def undo_all(draft: Draft, lines: Sequence[Line], operations: int) -> list[float]:
    """Take so many operations back; return the seconds of each. The bytes are compared."""
    expected = draft.sheet.changed({})
    for step in reversed(draft.done[-operations:]):
        expected = expected.changed(step.before)
    seconds = []
    for turn in range(min(operations, len(draft.done))):
        answer = draft.send(lines[turn % len(lines)], "undo", None)
        if not answer.is_taken:
            raise NotMeasured(f"undo answered {answer.status}")
        seconds.append(answer.seconds)
    if wkb(draft.sheet) != wkb(expected):
        draft.wrong.append("undo did not give the bytes back")
    draft.compare(lines[-1])
    return seconds
