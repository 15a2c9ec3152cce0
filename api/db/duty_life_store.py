"""Ask what the made-up life of the demo roster starts from."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Connection, text


def has_orgs(connection: Connection) -> bool:
    """Say whether any organisation is registered."""
    return bool(connection.execute(text("SELECT EXISTS (SELECT 1 FROM orgs)")).scalar_one())


def townships(connection: Connection) -> list[tuple[str, str]]:
    """Return code and name of every township."""
    rows = connection.execute(
        text("SELECT code, name FROM areas WHERE level = 'township' ORDER BY code")
    )
    return [(row[0], row[1]) for row in rows]


def neighbouring_workers(connection: Connection) -> list[tuple[UUID, str, UUID, UUID]]:
    """Return each grid's worker and the worker of the next grid of the same community.

    Rows are (post, area of the post, who holds it, who works next door), by area.
    """
    rows = connection.execute(
        text(
            "WITH worker AS (SELECT p.id AS post, p.area_code AS area, h.person_id AS person, "
            "p.role FROM posts p JOIN holders h ON h.post_id = p.id AND upper_inf(h.valid) "
            "WHERE length(p.area_code) = 15 AND p.role LIKE '%grid_worker'), "
            "turn AS (SELECT post, area, person, coalesce("
            "lead(person) OVER w, first_value(person) OVER w) AS neighbour FROM worker "
            "WINDOW w AS (PARTITION BY left(area, 12) ORDER BY area, role)) "
            "SELECT post, area, person, neighbour FROM turn WHERE neighbour <> person ORDER BY area"
        )
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def desk_of(connection: Connection, county: str) -> UUID | None:
    """Return the county's desk."""
    found: UUID | None = connection.execute(
        text(
            "SELECT id FROM posts WHERE area_code = :county AND role = 'county_desk' "
            "ORDER BY id LIMIT 1"
        ),
        {"county": county},
    ).scalar_one_or_none()
    return found


def holders_of(connection: Connection, post: UUID) -> list[UUID]:
    """Return who holds a post without an end, by seat."""
    rows = connection.execute(
        text(
            "SELECT person_id FROM holders WHERE post_id = :post AND upper_inf(valid) "
            "AND NOT isempty(valid) ORDER BY seat"
        ),
        {"post": post},
    )
    return list(rows.scalars())
