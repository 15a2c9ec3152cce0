"""Read organisations, posts, people and terms for the roster in memory; write them in bulk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, text

# What was ended before it began keeps its row with an empty period, and is nothing here.
_POSTS = (
    "SELECT id, area_code, role, org_id, name, seats, by_shifts, places, lower(valid) AS start, "
    'upper(valid) AS "end" FROM posts WHERE NOT isempty(valid) ORDER BY id'
)
_PEOPLE = "SELECT id, name, phone, number, area_code, org_id FROM people WHERE NOT isempty(valid)"
_ORGS = (
    'SELECT id, name, kind, area_code, parent_id, lower(valid) AS start, upper(valid) AS "end" '
    "FROM orgs WHERE NOT isempty(valid) ORDER BY id"
)
_TERMS = " UNION ALL ".join(
    f"SELECT id, {post} AS post_id, person_id, '{kind}' AS kind, lower(valid) AS start, "
    f'upper(valid) AS "end", {rank} AS rank, {note} AS note FROM {table} WHERE NOT isempty(valid)'
    for table, kind, post, rank, note in (
        ("holders", "holder", "post_id", "seat", "''"),
        ("covers", "cover", "post_id", "rank", "''"),
        ("overrides", "override", "post_id", "1", "reason"),
        ("shifts", "shift", "post_id", "1", "''"),
        ("absences", "absence", "NULL::uuid", "1", "kind"),
    )
)


def read_posts(connection: Connection) -> list[dict[str, Any]]:
    """Return every post with the members of a record of the roster."""
    return [{**row, "places": tuple(row["places"])} for row in _all(connection, _POSTS)]


def read_people(connection: Connection) -> list[dict[str, Any]]:
    """Return every person the scope may see, likewise."""
    return _all(connection, _PEOPLE)


def read_orgs(connection: Connection) -> list[dict[str, Any]]:
    """Return every organisation, likewise."""
    return _all(connection, _ORGS)


def read_terms(connection: Connection) -> list[dict[str, Any]]:
    """Return holders, covers, overrides, shifts and the absences the scope may see, likewise."""
    return _all(connection, _TERMS)


def _all(connection: Connection, statement: str) -> list[dict[str, Any]]:
    rows = connection.execute(text(statement)).mappings()
    return [{str(name): value for name, value in row.items()} for row in rows]


def insert_roster(
    connection: Connection,
    *,
    people: Sequence[dict[str, Any]],
    posts: Sequence[dict[str, Any]],
    holders: Sequence[dict[str, Any]],
) -> None:
    """Insert people (id, name, phone, area_code, number), posts and holders (with ``since``)."""
    connection.execute(
        text(
            "INSERT INTO people (id, name, phone, area_code, number) "
            "VALUES (:id, :name, :phone, :area_code, :number)"
        ),
        list(people),
    )
    connection.execute(
        text(
            "INSERT INTO posts (id, area_code, role, seats) VALUES (:id, :area_code, :role, :seats)"
        ),
        list(posts),
    )
    connection.execute(
        text(
            "INSERT INTO holders (id, post_id, person_id, seat, valid) "
            "VALUES (:id, :post_id, :person_id, :seat, tstzrange(:since, NULL))"
        ),
        list(holders),
    )


def taken_numbers(connection: Connection, numbers: Sequence[str]) -> set[str]:
    """Return which of the numbers somebody has whom the scope sees."""
    rows = connection.execute(
        text("SELECT number FROM people WHERE number = ANY(:numbers)"), {"numbers": list(numbers)}
    )
    return set(rows.scalars())


def add_people(connection: Connection, people: Sequence[dict[str, Any]]) -> None:
    """Insert people as the records of the roster hold them."""
    _run(
        connection,
        "INSERT INTO people (id, name, phone, area_code, number, org_id) "
        "VALUES (:id, :name, :phone, :area_code, :number, :org_id)",
        people,
    )


def change_people(connection: Connection, people: Sequence[dict[str, Any]]) -> None:
    """Bring name, phone and area of people up to date."""
    _run(
        connection,
        "UPDATE people SET name = :name, phone = :phone, area_code = :area_code WHERE id = :id",
        people,
    )


def add_posts(connection: Connection, posts: Sequence[dict[str, Any]]) -> None:
    """Insert posts on areas."""
    _run(
        connection,
        "INSERT INTO posts (id, area_code, role, name, seats, by_shifts) "
        "VALUES (:id, :area_code, :role, :name, :seats, :by_shifts)",
        posts,
    )


_RANKED = {"holder": ("holders", "seat"), "cover": ("covers", "rank")}


def add_terms(connection: Connection, terms: Sequence[dict[str, Any]]) -> None:
    """Insert holders and covers."""
    for kind, (table, column) in _RANKED.items():
        _run(
            connection,
            f"INSERT INTO {table} (id, post_id, person_id, {column}, valid, entered_by, "
            "entered_at) VALUES (:id, :post_id, :person_id, :rank, tstzrange(:start, :end), "
            ":entered_by, :entered_at)",
            [term for term in terms if term["kind"] == kind],
        )


def end_terms(connection: Connection, terms: Sequence[dict[str, Any]]) -> None:
    """Let holders and covers end at another time."""
    for kind, (table, _column) in _RANKED.items():
        _run(
            connection,
            f"UPDATE {table} SET valid = tstzrange(lower(valid), :end) WHERE id = :id",
            [term for term in terms if term["kind"] == kind],
        )


def _run(connection: Connection, statement: str, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        connection.execute(text(statement), list(rows))
