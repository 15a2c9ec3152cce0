"""Do operations one after the other on a sheet, and keep what came of each."""

from __future__ import annotations

from collections.abc import Sequence

from geo.redraw.apply import apply
from geo.redraw.limits import Limits
from geo.redraw.operations import Logged, Operation
from geo.redraw.outcome import Outcome
from geo.redraw.refusal import RedrawError
from geo.redraw.sheet import Sheet

# What came of an operation: its outcome and how it is logged, or its refusal.
Step = tuple[Outcome, Logged] | RedrawError


def do_in_order(
    sheet: Sheet,
    operations: Sequence[Operation],
    limits: Limits,
    *,
    halt: bool,
    used: list[str] | None = None,
) -> list[Step]:
    """Return what comes of each operation, each on the sheet that the last one left.

    A refused one changes nothing; with ``halt`` it is also the last. The codes of new grids are
    added to ``used``. Raises GeoError for an operation that makes no sense at all.
    """
    steps: list[Step] = []
    for operation in operations:
        try:
            outcome, logged = apply(sheet, operation, limits)
        except RedrawError as refusal:
            steps.append(refusal)
            if halt:
                break
            continue
        steps.append((outcome, logged))
        sheet = outcome.redo(sheet)
        if used is not None:
            used += outcome.created
    return steps
