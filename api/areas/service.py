"""Put areas together from the knowledge in memory and the counts that the caller may see."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from api.accounts.roles import Caller, Role
from api.areas.progress import undivided_communities
from api.areas.schemas import AreaDetail, AreaOut, HolderOut, PostOut, StandInOut, UnitOut
from api.db.area_store import AreaRow, Box
from api.db.engine import Connection
from api.db.figure_store import count_open
from api.duty.roster import ROLE_LABELS, PostToday
from api.input_types import SHANGHAI
from api.knowledge import Knowledge
from api.ownership import mask_phone
from api.problems import Problem
from geo.codes import Level, level_of, lineage_of


def select_areas(
    known: Knowledge,
    boxes: Mapping[str, Box],
    *,
    level: Level | None,
    parent: str | None,
    after: str,
) -> list[AreaRow]:
    """Return the areas in force of a level and below a parent, by code, after a cursor."""
    rows = [
        row
        for row in known.areas.values()
        if row.code in boxes
        and row.code > after
        and (level is None or row.level == level.value)
        and (parent is None or _is_child(row, parent, direct=level is None))
    ]
    return sorted(rows, key=lambda row: row.code)


def _is_child(row: AreaRow, parent: str, *, direct: bool) -> bool:
    if direct:
        return row.parent_code == parent
    return row.code.startswith(parent) and row.code != parent


def open_counts(
    connection: Connection, caller: Caller, rows: Sequence[AreaRow], now: datetime
) -> dict[str, int]:
    """Return the open reports of each area, counted once a level."""
    totals: Counter[str] = Counter()
    for digits in {len(row.code) for row in rows}:
        for code, _status, count, _overdue in count_open(
            connection,
            digits=digits,
            within="",
            now=now,
            public_only=caller.role is Role.WALL,
        ):
            totals[code] += count
    return dict(totals)


def area_out(row: AreaRow, box: Box, open_reports: int, *, undivided: Collection[str]) -> AreaOut:
    """Return what a list shows of an area; ``undivided`` are communities with one grid for all."""
    return AreaOut(
        code=row.code,
        name=row.name,
        level=Level(row.level),
        kind=row.kind,
        parent=row.parent_code,
        households=row.households,
        open_reports=open_reports,
        provisional=row.provisional and row.parent_code in undivided,
        bbox=box[:4],
        center=box[4:6],
    )


def area_detail(
    known: Knowledge,
    boxes: Mapping[str, Box],
    code: str,
    *,
    caller: Caller,
    at: datetime,
    connection: Connection,
    counted: bool,
) -> AreaDetail:
    """Return the card of an area; raise Problem 404 for one that is not in force."""
    row = known.areas.get(code)
    if row is None or code not in boxes:
        raise Problem("not-found", "没有这个编码的区域，或它在该时间尚未启用。")
    counts: Counter[str] = Counter()
    if counted:
        for found, status, count, _overdue in count_open(
            connection,
            digits=len(code),
            within=code,
            now=at,
            public_only=caller.role is Role.WALL,
        ):
            if found == code:
                counts[status] += count
    children = sum(1 for other in known.areas.values() if other.parent_code == code)
    return AreaDetail(
        **area_out(
            row, boxes[code], counts.total(), undivided=undivided_communities(known.areas, boxes)
        ).model_dump(),
        official_name=row.official_name,
        path=[
            UnitOut(level=level_of(unit), code=unit, name=known.areas[unit].name)
            for unit in lineage_of(code)
        ],
        area_m2=round(boxes[code][6], 1),
        exclave=row.exclave,
        posts=_posts(known, code, caller=caller, at=at),
        reports_by_status=dict(counts),
        children_count=children,
    )


def _posts(known: Knowledge, code: str, *, caller: Caller, at: datetime) -> list[PostOut]:
    order, in_full = list(ROLE_LABELS), caller.sees_worker_phones(code)
    sees_names = caller.sees_people(code)
    posts = [
        PostOut(
            post=str(post.id),
            role=post.role,
            role_label=post.label,
            vacant=not held,
            stand_in=_stand_in(today, in_full=in_full) if sees_names else None,
            away=bool(held) and today.answers.person is None,
            holders=[
                HolderOut(
                    name=person.name,
                    phone=person.phone if in_full else mask_phone(person.phone),
                )
                for person, _since in held
                if sees_names
            ],
        )
        for post, held in known.roster.posts_of_area(code, at)
        for today in (known.roster.today(post.id, at),)
    ]
    return sorted(posts, key=lambda post: order.index(post.role) if post.role in order else 99)


def _stand_in(today: PostToday, *, in_full: bool) -> StandInOut | None:
    person, term = today.answers.person, today.answers.term
    if person is None or term is None or term.kind == "holder":
        return None
    return StandInOut(
        name=person.name,
        phone=person.phone if in_full else mask_phone(person.phone),
        way=term.kind,
        until=term.end.astimezone(SHANGHAI).isoformat() if term.end else None,
    )
