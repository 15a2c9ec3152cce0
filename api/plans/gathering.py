"""Gather what the papers of a plan or a changeset say, once for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from shapely.geometry.base import BaseGeometry

from api.accounts.roles import Caller
from api.db import paper_store, plan_store, publication_store
from api.db.area_store import read_grid_shapes
from api.db.engine import Connection
from api.db.figure_store import count_open_of_grids
from api.duty.roster import ROLE_LABELS
from api.input_types import SHANGHAI
from api.knowledge import Knowledge
from api.ownership import mask_phone
from api.plans import service
from api.plans.consequences import count_households, lineage_rows
from api.plans.dossier import Dossier, GridLine, Heading, Link, Shapes, Side, Worker
from api.plans.preview import moving_reports
from api.plans.sheets import SHEETS
from api.plans.views import grid_name, kind_of, square_metres
from api.problems import Problem
from geo.codes import Level, code_at, is_within
from geo.redraw.outcome import land_changes
from geo.redraw.sheet import Sheet

STATE_WORDS: Mapping[str, str] = {
    "draft": "草案",
    "submitted": "送审",
    "scheduled": "待生效",
    "effective": "已生效",
    "overtaken": "底图已变，需重放",
    "withdrawn": "已撤回",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Loads:
    before: Mapping[str, int]
    after: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Instants:
    before: datetime
    after: datetime


def of_plan(
    connection: Connection, known: Knowledge, caller: Caller, plan_id: UUID, now: datetime
) -> Dossier:
    """Return the dossier of a plan; once it is published, that of its changeset.

    Raises Problem 404 for a plan the caller may not see.
    """
    plan = service.find(connection, caller, plan_id)
    published = paper_store.changeset_of_plan(connection, plan.id)
    if published is not None:
        return of_changeset(connection, known, caller, published, now)
    base = SHEETS.base(connection, plan.base)
    after = plan_store.read_drafted(connection, plan.id)
    before = {code: base.shapes.get(code) for code in after}
    links = [
        {name: row[name] for name in ("old_code", "new_code", "area_share", "household_share")}
        for row in lineage_rows(connection, plan.id, base, after)
    ]
    return _assemble(
        connection,
        known,
        caller,
        row=plan,
        state=plan.state,
        base=base,
        before=before,
        after=after,
        links=links,
        loads=_loads_now(connection, before, after),
        instants=_Instants(before=now, after=now),
        revisions=(plan.base, f"草案第{plan.revision}版"),
    )


def of_changeset(
    connection: Connection, known: Knowledge, caller: Caller, changeset_id: UUID, now: datetime
) -> Dossier:
    """Return the dossier of a changeset as it was published; raise Problem 404."""
    row = find_changeset(connection, caller, changeset_id)
    grids = publication_store.changeset_shapes(connection, row.id)
    before = {code: old for code, old, _ in grids}
    after = {code: new for code, _, new in grids}
    if row.handed_over_at is None:
        loads = _loads_now(connection, before, after)
    else:
        codes, start = list(after), row.effective_at
        moment_before = start - timedelta(microseconds=1)
        loads = _Loads(
            before=paper_store.loads_at(connection, codes, open_at=start, owned_at=moment_before),
            after=paper_store.loads_at(
                connection, codes, open_at=start, owned_at=max(start, row.handed_over_at)
            ),
        )
    earlier = [r.name for r in known.boundary_revisions if r.effective_at < row.effective_at]
    return _assemble(
        connection,
        known,
        caller,
        row=row,
        state=_changeset_state(row, now),
        base=_sheet_at(connection, row.effective_at).changed(before),
        before=before,
        after=after,
        links=paper_store.links_of_changeset(connection, row.id),
        loads=loads,
        instants=_Instants(
            before=row.effective_at - timedelta(microseconds=1), after=row.effective_at
        ),
        revisions=(earlier[-1] if earlier else "", row.revision_name),
    )


def find_changeset(connection: Connection, caller: Caller, changeset_id: UUID) -> Any:
    """Return a changeset the caller may see; raise Problem 404 otherwise."""
    row = publication_store.read_changeset(connection, changeset_id)
    if row is None or not (
        is_within(row.area_code, caller.area_code) or is_within(caller.area_code, row.area_code)
    ):
        raise Problem("not-found", "没有这个调整批次，或您没有查看权限。")
    return row


def _changeset_state(row: Any, now: datetime) -> str:
    if row.withdrawn_at is not None:
        return "withdrawn"
    return "scheduled" if row.effective_at > now else "effective"


def plan_heading(connection: Connection, caller: Caller, plan_id: UUID, now: datetime) -> Heading:
    """Return what identifies the papers of a plan; raise Problem 404."""
    plan = service.find(connection, caller, plan_id)
    published = paper_store.changeset_of_plan(connection, plan.id)
    if published is not None:
        return changeset_heading(connection, caller, published, now)
    drawn = bool(plan_store.read_operations(connection, plan.id, state="done"))
    return _heading(plan, plan.state, drawn=drawn)


def changeset_heading(
    connection: Connection, caller: Caller, changeset_id: UUID, now: datetime
) -> Heading:
    """Return what identifies the papers of a changeset; raise Problem 404."""
    row = find_changeset(connection, caller, changeset_id)
    return _heading(row, _changeset_state(row, now), drawn=True)


def _heading(row: Any, state: str, *, drawn: bool) -> Heading:
    return Heading(
        name=row.name,
        state=STATE_WORDS.get(state, state),
        document_no=row.document_no,
        document_date=row.document_date.isoformat() if row.document_date else None,
        effective_at=_minute(row.effective_at),
        drawn=drawn,
    )


def _sheet_at(connection: Connection, at: datetime) -> Sheet:
    codes, shapes = read_grid_shapes(connection, at)
    return Sheet(dict(zip(codes, shapes, strict=True)))


def _loads_now(connection: Connection, before: Shapes, after: Shapes) -> _Loads:
    """Return the open reports of each grid today, and as they would be after the change."""
    now = count_open_of_grids(connection, list(before))
    _, moved = moving_reports(connection, before, after)
    return _Loads(before=now, after={code: now.get(code, 0) + moved[code] for code in after})


def _assemble(
    connection: Connection,
    known: Knowledge,
    caller: Caller,
    *,
    row: Any,
    state: str,
    base: Sheet,
    before: Shapes,
    after: Shapes,
    links: list[dict[str, Any]],
    loads: _Loads,
    instants: _Instants,
    revisions: tuple[str, str],
) -> Dossier:
    homes_before = count_households(connection, before)
    homes_after = count_households(connection, after)

    def side(code: str, shape: BaseGeometry | None, *, past: bool) -> Side | None:
        if shape is None:
            return None
        reports = (loads.before if past else loads.after).get(code, 0)
        return Side(
            area_m2=square_metres(shape),
            households=(homes_before if past else homes_after).get(code, 0),
            worker=_worker(
                known, caller, base, code, shape, instants.before if past else instants.after
            ),
            open_reports=reports if is_within(code, caller.area_code) else None,
        )

    lines = tuple(
        GridLine(
            code=code,
            name=grid_name(known, code),
            community=_name(known, code_at(code, Level.COMMUNITY)),
            before=side(code, before[code], past=True),
            after=side(code, after[code], past=False),
        )
        for code in sorted(after)
        if land_changes(before[code], after[code])
    )
    named = {code for link in links for code in (link["old_code"], link["new_code"])} | set(after)
    return Dossier(
        name=row.name,
        area=row.area_code,
        area_name=_name(known, row.area_code),
        state=STATE_WORDS.get(state, state),
        author=row.author_name or row.author,
        decider=row.decider_name or row.decider,
        document_no=row.document_no,
        document_date=row.document_date.isoformat() if row.document_date else None,
        effective_at=_minute(row.effective_at),
        revision_before=revisions[0],
        revision_after=revisions[1],
        note=row.note,
        base=base,
        before=before,
        after=after,
        lines=lines,
        links=tuple(
            Link(
                old=link["old_code"],
                new=link["new_code"],
                area_share=link["area_share"],
                household_share=link["household_share"],
            )
            for link in links
        ),
        names={code: grid_name(known, code) for code in sorted(named)},
        plan_id=row.plan_id if hasattr(row, "plan_id") else row.id,
    )


def _minute(moment: datetime | None) -> str | None:
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if moment else None


def _name(known: Knowledge, code: str) -> str:
    area = known.areas.get(code)
    return area.name if area is not None else code


def _worker(
    known: Knowledge,
    caller: Caller,
    base: Sheet,
    code: str,
    shape: BaseGeometry,
    at: datetime,
) -> Worker | None:
    if not caller.sees_people(code):
        return None
    duty = known.roster.responsible(area_code=code, kind=kind_of(known, base, code, shape), at=at)
    if duty.person is None or duty.post is None:
        return None
    phone = duty.person.phone
    return Worker(
        role=ROLE_LABELS[duty.post.role],
        name=duty.person.name,
        phone=phone if caller.sees_worker_phones(code) else mask_phone(phone),
    )
