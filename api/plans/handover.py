"""Hand open reports over when boundaries come into force.

Not yet accepted: moved to the new owner, with an event. In hand: kept where it is, and listed.
Closed: never touched. Each report is asked for again with its stored question, now.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from time import sleep
from typing import Any
from uuid import UUID

from api.db import handover_store, life_store, publication_store, report_store
from api.db.area_store import raise_revision
from api.db.engine import SERVICE, Connection, Database
from api.input_types import SHANGHAI
from api.knowledge import Keeper, Knowledge
from api.life.vocabulary import UNSIGNED
from api.ownership import OwnerAnswer
from api.plans.consequences import Shapes, count_households
from api.reports.asking import ask, kept_level, stored_question
from api.reports.lives import Author
from api.reports.moving import moved
from geo.locate.types import Verdict
from geo.redraw.footprint import Footprint

ACTOR = "handover"
HANDOVER = Author(ACTOR)
# Nobody has signed: nobody works on it yet.
NOT_IN_HAND = UNSIGNED | {"awaiting_decision"}
BATCH = 500
# All who listen, this process among them, take a publication in at one moment, and share the cores
# with whoever published it: that one is in no hurry.
OTHERS_FIRST_S = 0.03
# Farther from changed land than this beyond its accuracy disc, a report is not asked for again:
# a disc is drawn as a polygon and may be a little larger than its radius says.
MARGIN_M = 5.0
DISC_SLACK = 1.1
# Square degrees, a thousandth of a square metre: nodes are added to borders that do not move.
_NO_LAND = 1e-13


def hand_over_due(database: Database, keeper: Keeper, now: datetime) -> int:
    """Hand over the open reports of every changeset that has come into force; return how many.

    One changeset a transaction: a crash leaves the next one for the next run.
    """
    with database.transaction(SERVICE) as connection:
        if not handover_store.to_hand_over(connection, now):
            return 0
    with database.transaction(SERVICE) as connection:
        # An intake under way may have found its owner a moment before the change came into force;
        # its report must be there to be handed over. Whoever comes later finds the new owner.
        publication_store.lock_for_publication(connection)
    moved = 0
    while True:
        with database.transaction(SERVICE) as connection:
            waiting = handover_store.to_hand_over(connection, now)
            if not waiting:
                return moved
            moved += hand_over(connection, keeper, waiting[0], now)


def come_into_force(database: Database, keeper: Keeper, now: datetime) -> None:
    """Take in what this process has just published, after the others, and hand its reports over.

    Where nobody listens in this process, nobody but this one takes it in, and that at once.
    Whoever asks this process afterwards is answered from the new boundaries.
    """
    if keeper.listens:
        sleep(OTHERS_FIRST_S)
    keeper.refresh()
    hand_over_due(database, keeper, now)


def hand_over(connection: Connection, keeper: Keeper, changeset_id: UUID, now: datetime) -> int:
    """Hand over the open reports of one changeset; return how many moved."""
    known = keeper.refresh()
    at = now.astimezone(SHANGHAI)
    grids = publication_store.changeset_shapes(connection, changeset_id)
    handover_store.mark_effective(connection, changeset_id)
    _count_anew(connection, known, {code: shape for code, _, shape in grids})
    gone, kept, count = [], [], 0
    concerned, smaller = _concerned(connection, grids), _smaller(grids)
    for first in range(0, len(concerned), BATCH):
        moving, staying = [], []
        ids = concerned[first : first + BATCH]
        for row in report_store.read_several(connection, ids, lock=True):
            question = stored_question(row.receipt, at)
            level = kept_level(row, known)
            found = ask(keeper, known, question, category=row.category, about=row.about, kept=level)
            settled = _is_settled(row, found, smaller)
            if row.closed_at is not None or settled or _stays(row, found):
                continue
            # Whoever reads the changeset may be whom a complaint is about.
            told = level is None
            if row.status in NOT_IN_HAND:
                count += 1
                facts = {"changeset": str(changeset_id), "why": "boundary_change"}
                moving.append(moved(row, found, known, at=at, author=HANDOVER, facts=facts))
                gone += [row.number] if told else []
            else:
                kept += [row.number] if told else []
                staying.append(_kept(row, found, changeset_id, at))
        life_store.save_with_place(connection, *moving)
        handover_store.note_events(connection, staying)
    handover_store.mark_handed_over(
        connection,
        changeset_id,
        at=at,
        summary={"moved": gone, "kept": kept},
    )
    return count


def _count_anew(connection: Connection, known: Knowledge, shapes: Shapes) -> None:
    """Set the households of grids whose day has come; those in force at once have them already."""
    counted = count_households(connection, shapes)
    fresh = {
        code: count for code, count in counted.items() if known.areas[code].households != count
    }
    if fresh:
        publication_store.set_households(connection, fresh)
        raise_revision(connection, "boundaries")


def _concerned(connection: Connection, grids: Sequence[tuple[str, Any, Any]]) -> list[UUID]:
    """Return the open reports of changed grids that may have another owner now, in order of id.

    A position alone has the owner it had when no land near its accuracy disc changed hands. Texts
    are read anew: what they name may lie anywhere.
    """
    before = {code: old for code, old, _ in grids}
    footprint = Footprint(before, {code: new for code, _, new in grids})
    codes = [code for code, old in before.items() if old is not None]
    rows = handover_store.open_reports_of(connection, codes)
    placed = [row for row in rows if row.lon is not None and row.address is None]
    near = footprint.is_near(
        [row.lon for row in placed],
        [row.lat for row in placed],
        [(row.accuracy_m or 0.0) * DISC_SLACK + MARGIN_M for row in placed],
    )
    far = {row.id for row, is_near in zip(placed, near.tolist(), strict=True) if not is_near}
    return [row.id for row in rows if row.id not in far]


def _stays(row: Any, found: OwnerAnswer) -> bool:
    """Say whether a report keeps its owner; a doubtful one its candidates, too."""
    if found.area_code != row.area_code or row.status != "awaiting_decision":
        return bool(found.area_code == row.area_code)
    asked = [candidate["grid"]["code"] for candidate in row.answer["candidates"]]
    return asked == [candidate.code for candidate in found.decision.candidates]


def _smaller(grids: Sequence[tuple[str, Any, Any]]) -> frozenset[str]:
    """Return the grids that gave land away, or are gone."""
    return frozenset(
        code
        for code, old, new in grids
        if old is not None and (new is None or old.difference(new).area > _NO_LAND)
    )


def _is_settled(row: Any, found: OwnerAnswer, smaller: frozenset[str]) -> bool:
    """Say whether a person has said that a doubtful report lies in its grid, and it still may.

    What lay in a grid that gave nothing away lies there still; else the doubt is open again.
    """
    grid = row.receipt.get("confirmed", {}).get("grid")
    doubtful = found.decision.verdict is not Verdict.AUTO
    return bool(doubtful and grid == row.area_code and grid not in smaller)


def _kept(row: Any, found: OwnerAnswer, changeset_id: UUID, at: datetime) -> dict[str, Any]:
    """Return the event of a report that stays with whoever has it in hand."""
    return {
        "id": row.id,
        "at": at,
        "kind": "kept",
        "actor": ACTOR,
        "detail": {
            "changeset": str(changeset_id),
            "why": "boundary_change",
            "owner_now": found.area_code,
            "status": row.status,
        },
    }
