"""Write organisations, people and posts one row at a time, and list them; none is ever erased."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from api.db.duty_store import PERIOD, Found, Row, all_of, one_of


def insert_org(connection: Connection, values: Row) -> None:
    """Insert an organisation: id, name, kind, area_code, parent_id, start, end."""
    connection.execute(
        text(
            "INSERT INTO orgs (id, name, kind, area_code, parent_id, valid) VALUES "
            "(:id, :name, :kind, :area_code, :parent_id, tstzrange(:start, :end))"
        ),
        dict(values),
    )


def insert_person(connection: Connection, values: Row) -> bool:
    """Insert a person: id, name, phone, number, area_code, org_id, start, end.

    False when somebody has the number, perhaps one whom the scope does not see.
    """
    added = connection.execute(
        text(
            "INSERT INTO people (id, name, phone, number, area_code, org_id, valid) VALUES "
            "(:id, :name, :phone, :number, :area_code, :org_id, tstzrange(:start, :end)) "
            "ON CONFLICT (number) DO NOTHING"
        ),
        dict(values),
    )
    return added.rowcount == 1


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
            f"SELECT t.id, {shown}, {PERIOD} FROM {table} t WHERE {' AND '.join(conditions)} "
            "ORDER BY t.id LIMIT :limit"
        ),
        values,
    )
    return all_of(found)


def read_row(connection: Connection, table: str, row_id: UUID) -> Found | None:
    """Return one organisation, person or post that the scope sees."""
    shown, _ = _LISTED[table]
    found = connection.execute(
        text(
            f"SELECT t.id, {shown}, {PERIOD} FROM {table} t "
            "WHERE t.id = :id AND NOT isempty(t.valid)"
        ),
        {"id": row_id},
    )
    return one_of(found)


def person_by_number(connection: Connection, number: str) -> UUID | None:
    """Return the person with a number, whom the scope sees."""
    found = connection.execute(
        text("SELECT id FROM people WHERE number = :number"), {"number": number}
    )
    person: UUID | None = found.scalar_one_or_none()
    return person


def org_by_name(
    connection: Connection, name: str, start: datetime, end: datetime | None
) -> Found | None:
    """Return the organisation that has a name within a period."""
    found = connection.execute(
        text(
            f"SELECT t.id, t.name, {PERIOD} FROM orgs t WHERE t.name = :name "
            "AND t.valid && tstzrange(:start, :end) LIMIT 1"
        ),
        {"name": name, "start": start, "end": end},
    )
    return one_of(found)


def post_by_role(connection: Connection, values: Row, *, but: UUID | None = None) -> Found | None:
    """Return a post of the same place, role and name within a period, and of the same houses.

    ``values``: area_code or org_id, role, name, places, start, end.
    """
    found = connection.execute(
        text(
            f"SELECT t.id, t.name, {PERIOD} FROM posts t WHERE t.role = :role AND t.name = :name "
            "AND t.area_code IS NOT DISTINCT FROM CAST(:area_code AS text) "
            "AND t.org_id IS NOT DISTINCT FROM CAST(:org_id AS uuid) "
            "AND t.places = CAST(:places AS text[]) AND t.valid && tstzrange(:start, :end) "
            "AND (CAST(:but AS uuid) IS NULL OR t.id <> :but) LIMIT 1"
        ),
        {**values, "but": but},
    )
    return one_of(found)
