"""Store the made-up roster of the demo county: people, posts, holders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime

from api.db import roster_store
from api.db.engine import Connection
from api.demo.people import demo_roster


def load_roster(connection: Connection, kinds: Mapping[str, str], *, since: datetime) -> None:
    """Store posts and people for the grids of ``kinds``; everyone has served since ``since``."""
    roster = demo_roster(kinds=kinds, since=since)
    roster_store.insert_roster(
        connection,
        people=[asdict(person) for person in roster.people],
        posts=[asdict(post) for post in roster.posts],
        holders=[{**asdict(holder), "seat": 1} for holder in roster.holders],
    )
