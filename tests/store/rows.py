"""Write rows straight into the tables, past every rule of the service, for tests of the store."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID, uuid4

import psycopg

from api.db.engine import connect_arguments, normalise_url
from tests.conftest import FreshDatabase

Direct = psycopg.Connection[tuple[object, ...]]


@contextmanager
def direct(url: str) -> Iterator[Direct]:
    """A connection without the service's engine; every statement is committed at once."""
    with psycopg.connect(**connect_arguments(normalise_url(url)), autocommit=True) as connection:
        yield connection


def put_report(
    database: FreshDatabase, area: str, *, channel: str = "app", org: str | None = None
) -> UUID:
    """Store a report of ``area`` with an assignment and an event; return its id."""
    report_id = uuid4()
    with direct(database.superuser_url) as connection:
        connection.execute(
            "INSERT INTO reports (id, number, channel, text, status, stage, decision, area_code,"
            " orgs, occurred_at, created_at, due_since, due_at, updated_at) VALUES (%s, %s, %s,"
            " '路灯不亮', 'assigned', 'routing', 'auto', %s, %s, now(), now(), now(), now(),"
            " now())",
            (report_id, report_id.hex, channel, area, [org] if org else []),
        )
        connection.execute(
            "INSERT INTO assignments (id, report_id, current, decision, revision, answer, receipt,"
            " decided_at) VALUES (%s, %s, true, 'auto', 'demo-1', %s, '{}', now())",
            (uuid4(), report_id, json.dumps({"worker": None})),
        )
        connection.execute(
            "INSERT INTO report_events (report_id, at, kind, actor) VALUES (%s, now(), 'x', 'x')",
            (report_id,),
        )
    return report_id
