"""Let drafts choose the codes of new grids one after the other."""

from __future__ import annotations

from sqlalchemy import Connection, text

# Held from the choice of a code to the commit: some milliseconds.
NUMBERING_LOCK = 4_490_004


def lock_numbering(connection: Connection) -> None:
    """Let nobody else give codes to new grids until this transaction ends.

    Two drafts of one community would else be given the same ones, each before the other's commit.
    """
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": NUMBERING_LOCK})
