"""Load the roster from the database."""

from __future__ import annotations

from api.db.engine import Connection
from api.db.roster_store import read_orgs, read_people, read_posts, read_terms
from api.duty.roster import Org, Person, Post, Roster, Term


def load_roster(connection: Connection, revision: int) -> Roster:
    """Return all posts, people, terms and organisations; ``revision`` is their number."""
    return Roster(
        revision=revision,
        posts=[Post(**row) for row in read_posts(connection)],
        people=[Person(**row) for row in read_people(connection)],
        terms=[Term(**row) for row in read_terms(connection)],
        orgs=[Org(**row) for row in read_orgs(connection)],
    )
