"""Read posts, people and their terms for the roster in memory; write them in bulk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, text


def read_posts(connection: Connection) -> list[Any]:
    """Return (id, area_code, role) of every post."""
    return list(connection.execute(text("SELECT id, area_code, role FROM posts ORDER BY id")))


def read_people(connection: Connection) -> list[Any]:
    """Return (id, name, phone) of every person the scope may see."""
    return list(connection.execute(text("SELECT id, name, phone FROM people")))


def read_terms(connection: Connection) -> list[Any]:
    """Return (id, post_id, person_id, kind, start, end), holders and duty rows alike."""
    return list(
        connection.execute(
            text(
                "SELECT id, post_id, person_id, 'holder', lower(valid), upper(valid), seat "
                "FROM holders UNION ALL SELECT id, post_id, person_id, kind, lower(valid), "
                "upper(valid), 0 FROM duty ORDER BY 7, 1"
            )
        )
    )


def insert_roster(
    connection: Connection,
    *,
    people: Sequence[dict[str, Any]],
    posts: Sequence[dict[str, Any]],
    holders: Sequence[dict[str, Any]],
) -> None:
    """Insert people (id, name, phone, area_code), posts and holders (with ``since``)."""
    connection.execute(
        text(
            "INSERT INTO people (id, name, phone, area_code) "
            "VALUES (:id, :name, :phone, :area_code)"
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
