"""Do an operation of a plan's log on a sheet: the server's one authority over boundaries.

Each function takes a sheet and says what would come of the operation, or refuses; none changes
its input. Measured rule: rebuild the topology of the neighbourhood, never ``difference`` and
``union`` polygon by polygon.
"""

from __future__ import annotations

from dataclasses import replace

from geo.redraw.assign_places import assign_places
from geo.redraw.limits import Limits
from geo.redraw.merge import merge
from geo.redraw.move_node import move_node
from geo.redraw.operations import (
    AssignPlaces,
    Logged,
    Merge,
    MoveNode,
    Operation,
    Partition,
    Replan,
    Reshape,
    Split,
    Transfer,
)
from geo.redraw.outcome import Outcome
from geo.redraw.partition import propose
from geo.redraw.refusal import RedrawError
from geo.redraw.regroup import regroup
from geo.redraw.replan import replan
from geo.redraw.reshape import reshape
from geo.redraw.sheet import Sheet
from geo.redraw.split import split
from geo.redraw.transfer import transfer
from geo.redraw.trouble import place_of


def apply(sheet: Sheet, operation: Operation, limits: Limits) -> tuple[Outcome, Logged]:
    """Return the outcome and the operation as it is logged; raise RedrawError when refused.

    The logged form (fitted, codes fixed) does the same to the byte when it is done again. A
    refusal carries the place of the trouble, small and valid, where there is one.
    """
    try:
        return _apply(sheet, operation, limits)
    except RedrawError as refusal:
        refusal.where = place_of(refusal, sheet, operation)
        raise


def _apply(sheet: Sheet, operation: Operation, limits: Limits) -> tuple[Outcome, Logged]:
    if isinstance(operation, AssignPlaces):
        operation = assign_places(sheet, operation, limits)
    if isinstance(operation, Transfer):
        return transfer(sheet, operation, limits)
    if isinstance(operation, Split):
        return split(sheet, operation, limits)
    if isinstance(operation, Merge):
        return merge(sheet, operation, limits)
    if isinstance(operation, Reshape):
        return reshape(sheet, operation, limits)
    if isinstance(operation, MoveNode):
        return move_node(sheet, operation, limits)
    if isinstance(operation, Replan):
        operation = replan(sheet, operation, limits)
    if isinstance(operation, Partition):
        return _partition(sheet, operation, limits)
    return regroup(sheet, operation, limits)


def _partition(sheet: Sheet, operation: Partition, limits: Limits) -> tuple[Outcome, Logged]:
    proposal = propose(sheet, operation, limits)
    outcome, logged = regroup(sheet, proposal.regroup, limits)
    return replace(outcome, warnings=outcome.warnings + proposal.exceptions), logged
