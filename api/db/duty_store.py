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
_PERIOD = 'lower(t.valid) AS "from", upper(t.valid) AS "to"'


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
            f"SELECT t.id, t.person_id, p.name AS person_name, {_PERIOD} FROM {table.name} t "
            "LEFT JOIN people p ON p.id = t.person_id "
            f"WHERE ({any_of}) AND t.valid && tstzrange(:start, :end) "
            "AND (CAST(:but AS uuid) IS NULL OR t.id <> :but) ORDER BY lower(t.valid), t.id LIMIT 1"
        ),
        {**values, "but": but},
    )
    return _one(found)


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
    found = _terms(connection, table, "t.id = :id", {"id": row_id, "limit": 1})
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
            f"SELECT t.id, {own}, {_PERIOD}, t.entered_by, t.entered_at, pe.name AS person_name, "
            f"pe.number AS person_number, pe.area_code AS person_area{post} FROM {table.name} t "
            f"{joined}LEFT JOIN people pe ON pe.id = t.person_id "
            f"WHERE {condition} ORDER BY t.id LIMIT :limit"
        ),
        dict(values),
    )
    return _all(found)


def _all(found: CursorResult[Any]) -> list[Found]:
    return [{str(name): value for name, value in row.items()} for row in found.mappings()]


def _one(found: CursorResult[Any]) -> Found | None:
    rows = _all(found)
    return rows[0] if rows else None


def insert_org(connection: Connection, values: Row) -> None:
    """Insert an organisation: id, name, kind, area_code, parent_id, start, end."""
    connection.execute(
        text(
            "INSERT INTO orgs (id, name, kind, area_code, parent_id, valid) VALUES "
            "(:id, :name, :kind, :area_code, :parent_id, tstzrange(:start, :end))"
        ),
        dict(values),
    )


def insert_person(connection: Connection, values: Row) -> None:
    """Insert a person: id, name, phone, number, area_code, org_id, start, end."""
    connection.execute(
        text(
            "INSERT INTO people (id, name, phone, number, area_code, org_id, valid) VALUES "
            "(:id, :name, :phone, :number, :area_code, :org_id, tstzrange(:start, :end))"
        ),
        dict(values),
    )


def insert_post(connection: Connection, values: Row) -> None:
    """Insert a post: area_code or org_id, role, name, seats, by_shifts, places, start, end."""
    connection.execute(
        text(
            "INSERT INTO posts (id, area_code, org_id, role, name, seats, by_shifts, places, valid)"
            " VALUES (:id, :area_code, :org_id, :role, :name, :seats, :by_shifts, :places, "
            "tstzrange(:start, :end))"
        ),
        dict(values),
    )


_CHANGEABLE: Mapping[str, tuple[str, ...]] = {
    "orgs": ("name", "parent_id"),
    "people": ("name", "phone", "area_code", "org_id"),
    "posts": ("name", "seats", "by_shifts", "places"),
}


def change_row(connection: Connection, table: str, row_id: UUID, values: Row) -> None:
    """Change the named members of an organisation, a person or a post."""
    columns = [column for column in _CHANGEABLE[table] if column in values]
    if columns:
        connection.execute(
            text(
                f"UPDATE {table} SET {', '.join(f'{column} = :{column}' for column in columns)} "
                "WHERE id = :id"
            ),
            {**values, "id": row_id},
        )


def next_person_number(connection: Connection) -> str:
    """Return a number that nobody has, for a person without one of the county's own."""
    number = connection.execute(
        text(
            "SELECT 'G' || lpad(n.number::text, 6, '0') FROM "
            "(SELECT nextval('person_numbers') AS number FROM generate_series(1, 100000)) AS n "
            "WHERE NOT EXISTS (SELECT 1 FROM people p "
            "WHERE p.number = 'G' || lpad(n.number::text, 6, '0')) LIMIT 1"
        )
    )
    return str(number.scalar_one())


_LISTED: Mapping[str, tuple[str, str]] = {
    # Table → what is shown, and the area by which it is seen.
    "orgs": ("t.name, t.kind, t.area_code, t.parent_id", "t.area_code"),
    "people": ("t.name, t.phone, t.number, t.area_code, t.org_id", "t.area_code"),
    "posts": (
        "t.area_code, t.org_id, t.role, t.name, t.seats, t.by_shifts, t.places",
        "coalesce(t.area_code, (SELECT o.area_code FROM orgs o WHERE o.id = t.org_id))",
    ),
}


def list_rows(
    connection: Connection,
    table: str,
    *,
    area: str | None,
    words: str | None = None,
    at: datetime | None = None,
    after: UUID | None,
    limit: int,
) -> list[Found]:
    """Return organisations, people or posts of what the scope sees, by id."""
    shown, place = _LISTED[table]
    conditions = ["NOT isempty(t.valid)"]
    if table != "orgs":  # What a county's organisations are called is no secret within it.
        conditions.append(f"wangge_sees_area(coalesce({place}, (SELECT min(code) FROM areas)))")
    if area is not None:
        conditions.append(f"{place} ^@ :area")
    if at is not None:
        conditions.append("t.valid @> CAST(:at AS timestamptz)")
    if words:
        number = " OR t.number = :words" if table == "people" else ""
        conditions.append(f"(position(:words in t.name) > 0{number})")
    if after is not None:
        conditions.append("t.id > :after")
    values = {"area": area, "words": words, "at": at, "after": after, "limit": limit}
    found = connection.execute(
        text(
            f"SELECT t.id, {shown}, {_PERIOD} FROM {table} t WHERE {' AND '.join(conditions)} "
            "ORDER BY t.id LIMIT :limit"
        ),
        values,
    )
    return _all(found)


def read_row(connection: Connection, table: str, row_id: UUID) -> Found | None:
    """Return one organisation, person or post that the scope sees."""
    shown, _ = _LISTED[table]
    found = connection.execute(
        text(f"SELECT t.id, {shown}, {_PERIOD} FROM {table} t WHERE t.id = :id"), {"id": row_id}
    )
    return _one(found)


def person_by_number(connection: Connection, number: str) -> UUID | None:
    """Return the person with a number, whom the scope sees."""
    found = connection.execute(
        text("SELECT id FROM people WHERE number = :number"), {"number": number}
    )
    person: UUID | None = found.scalar_one_or_none()
    return person
