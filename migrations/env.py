"""Run migrations on the owner's connection, one transaction each, never waiting long for a lock."""

from __future__ import annotations

from alembic import context
from geoalchemy2 import alembic_helpers
from sqlalchemy import Connection, text

from api.db.migrate import owner_engine
from api.db import (
    access_tables,
    calendar_tables,
    duty_tables,
    notice_tables,
    photo_tables,
    place_tables,
    plan_tables,
    report_tables,
    reporter_tables,
)

# Each module of tables hangs its own on the same metadata.
METADATA = report_tables.metadata
assert plan_tables.metadata is METADATA
assert duty_tables.metadata is METADATA
assert calendar_tables.metadata is METADATA
assert access_tables.metadata is METADATA
assert notice_tables.metadata is METADATA
assert photo_tables.metadata is METADATA
assert place_tables.metadata is METADATA
assert reporter_tables.metadata is METADATA

# Without a limit one idle reader would make every later reader wait behind the migration.
LOCK_TIMEOUT = "4s"


def include_object(
    obj: object, name: str | None, type_: str, reflected: bool, compare_to: object
) -> bool:
    """Leave what belongs to extensions out of the comparison."""
    return bool(alembic_helpers.include_object(obj, name, type_, reflected, compare_to))


def run(connection: Connection) -> None:
    """Run the migrations asked for on ``connection``."""
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        include_object=include_object,
        process_revision_directives=alembic_helpers.writer,
        render_item=alembic_helpers.render_item,
        transaction_per_migration=True,
        compare_server_default=False,
    )
    with context.begin_transaction():
        # Not SET LOCAL: each migration has a transaction of its own.
        connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    engine = owner_engine()
    with engine.connect() as own:
        run(own)
        own.commit()
    engine.dispose()
