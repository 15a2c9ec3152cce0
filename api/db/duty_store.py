"""Write what the roster is made of, one row at a time, and list it: nothing is ever erased.

Whoever writes holds ``hold_roster`` until the commit, so that a look for overlaps stays true.
Times are instants; a period is half-open. A row that is ended before it began keeps an empty one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, CursorResult, text

_ROSTER_LOCK = 4_490_007
Row = Mapping[str, Any]
Found = dict[str, Any]
PERIOD = 'lower(t.valid) AS "from", upper(t.valid) AS "to"'


@dataclass(frozen=True, slots=True)
class TermTable:
    """Name a table of terms, its columns, and what may not overlap, each a set of columns."""

    name: str
    columns: tuple[str, ...]
    alone: tuple[tuple[str, ...], ...]

    @property
    def has_post(self) -> bool:
        """Say whether a term is of a post; an absence is of the person alone."""
        return "post_id" in self.columns


HOLDERS = TermTable(
    "holders", ("post_id", "person_id", "seat"), (("post_id", "seat"), ("post_id", "person_id"))
)
COVERS = TermTable(
    "covers", ("post_id", "person_id", "rank"), (("post_id", "rank"), ("post_id", "person_id"))
)
SHIFTS = TermTable("shifts", ("post_id", "person_id"), (("post_id", "person_id"),))
OVERRIDES = TermTable("overrides", ("post_id", "person_id", "reason"), (("post_id",),))
ABSENCES = TermTable("absences", ("person_id", "kind"), (("person_id",),))
TERM_TABLES = (HOLDERS, COVERS, SHIFTS, OVERRIDES, ABSENCES)


def hold_roster(connection: Connection) -> None:
    """Let nobody else write the roster before this transaction ends."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ROSTER_LOCK})


def overlapping(
    connection: Connection, table: TermTable, values: Row, *, but: UUID | None = None
) -> Found | None:
    """Return a term that stands in the way of ``values`` (with start and end), and whose it is."""
    any_of = " OR ".join(
        f"({' AND '.join(f't.{column} = :{column}' for column in columns)})"
        for columns in table.alone
    )
    found = connection.execute(
        text(
            f"SELECT t.id, t.person_id, p.name AS person_name, {PERIOD} FROM {table.name} t "
            "LEFT JOIN people p ON p.id = t.person_id "
            f"WHERE ({any_of}) AND t.valid && tstzrange(:start, :end) "
            "AND (CAST(:but AS uuid) IS NULL OR t.id <> :but) ORDER BY lower(t.valid), t.id LIMIT 1"
        ),
        {**values, "but": but},
    )
    return one_of(found)


def holds_post(connection: Connection, values: Row) -> Found | None:
    """Return a term in which ``person_id`` holds ``post_id`` within start and end."""
    found = connection.execute(
        text(
            f"SELECT t.id, {PERIOD} FROM holders t WHERE t.post_id = :post_id "
            "AND t.person_id = :person_id AND t.valid && tstzrange(:start, :end) LIMIT 1"
        ),
        dict(values),
    )
    return one_of(found)


def insert_term(connection: Connection, table: TermTable, values: Row) -> None:
    """Insert a term: id, start, end, entered_by, entered_at and the table's own columns."""
    columns = ("id", *table.columns, "entered_by", "entered_at")
    connection.execute(
        text(
            f"INSERT INTO {table.name} ({', '.join(columns)}, valid) VALUES "
            f"({', '.join(f':{column}' for column in columns)}, tstzrange(:start, :end))"
        ),
        dict(values),
    )


def end_row(connection: Connection, table: str, row_id: UUID, end: datetime | None) -> None:
    """Let a row end at ``end``, None for never; at or before its beginning its period is empty."""
    connection.execute(
        text(
            f"UPDATE {table} SET valid = CASE WHEN lower(valid) >= CAST(:end AS timestamptz) "
            "THEN 'empty'::tstzrange ELSE tstzrange(lower(valid), :end) END WHERE id = :id"
        ),
        {"id": row_id, "end": end},
    )


def read_term(connection: Connection, table: TermTable, row_id: UUID) -> Found | None:
    """Return one term with its person and post."""
    found = _terms(
        connection, table, "t.id = :id AND NOT isempty(t.valid)", {"id": row_id, "limit": 1}
    )
    return found[0] if found else None


def list_terms(
    connection: Connection,
    table: TermTable,
    *,
    area: str | None,
    post: UUID | None,
    person: UUID | None,
    since: datetime | None,
    until: datetime | None,
    after: UUID | None,
    limit: int,
) -> list[Found]:
    """Return terms of what the scope sees, by id; those alone that touch [since, until)."""
    conditions = ["NOT isempty(t.valid)", "t.valid && tstzrange(:since, :until, '[]')"]
    if table.has_post:
        conditions.append("wangge_sees_area(coalesce(po.area_code, o.area_code, pe.area_code))")
    if area is not None:
        of_post = "coalesce(po.area_code, o.area_code) ^@ :area"
        conditions.append(of_post if table.has_post else "pe.area_code ^@ :area")
    if post is not None and table.has_post:
        conditions.append("t.post_id = :post")
    if person is not None:
        conditions.append("t.person_id = :person")
    if after is not None:
        conditions.append("t.id > :after")
    values = {
        "area": area, "post": post, "person": person, "since": since, "until": until,
        "after": after, "limit": limit,
    }  # fmt: skip
    return _terms(connection, table, " AND ".join(conditions), values)


def _terms(connection: Connection, table: TermTable, condition: str, values: Row) -> list[Found]:
    own = ", ".join(f"t.{column}" for column in table.columns)
    post = ", po.role, po.name AS post_name, po.area_code, po.org_id" if table.has_post else ""
    joined = (
        "JOIN posts po ON po.id = t.post_id LEFT JOIN orgs o ON o.id = po.org_id "
        if table.has_post
        else ""
    )
    found = connection.execute(
        text(
            f"SELECT t.id, {own}, {PERIOD}, t.entered_by, t.entered_at, pe.name AS person_name, "
            f"pe.number AS person_number, pe.area_code AS person_area{post} FROM {table.name} t "
            f"{joined}LEFT JOIN people pe ON pe.id = t.person_id "
            f"WHERE {condition} ORDER BY t.id LIMIT :limit"
        ),
        dict(values),
    )
    return all_of(found)


def all_of(found: CursorResult[Any]) -> list[Found]:
    """Return the rows by their columns' names."""
    return [{str(name): value for name, value in row.items()} for row in found.mappings()]


def one_of(found: CursorResult[Any]) -> Found | None:
    """Return the only row, None for none."""
    rows = all_of(found)
    return rows[0] if rows else None


def taken_ranks(
    connection: Connection, table: TermTable, post: UUID, start: datetime, end: datetime | None
) -> set[int]:
    """Return the seats of a post (holders) or the ranks (covers) that are taken in a period."""
    rows = connection.execute(
        text(
            f"SELECT DISTINCT {table.columns[2]} FROM {table.name} "
            "WHERE post_id = :post AND valid && tstzrange(:start, :end)"
        ),
        {"post": post, "start": start, "end": end},
    )
    return {int(rank) for rank in rows.scalars()}


def hindrances(connection: Connection, column: str, row_id: UUID, end: datetime) -> list[Found]:
    """Return the terms of a post or a person (``column``) that run on after ``end``."""
    tables = [table for table in TERM_TABLES if column in table.columns]
    union = " UNION ALL ".join(
        f"SELECT '{table.name}' AS kind, t.id, t.person_id, lower(t.valid) AS \"from\", "
        f'upper(t.valid) AS "to" FROM {table.name} t '
        f"WHERE t.{column} = :id AND t.valid && tstzrange(:end, NULL)"
        for table in tables
    )
    return all_of(
        connection.execute(text(f"{union} ORDER BY 4, 2 LIMIT 20"), {"id": row_id, "end": end})
    )
