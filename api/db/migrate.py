"""Bring a database to the newest schema, as the owner."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, text

from api.db.engine import normalise_url
from api.settings import PROJECT_DIR, get_settings

# Two services that start at once must not migrate at once.
MIGRATION_LOCK = 4_490_001


def owner_engine() -> Engine:
    """Return an engine for ``DATABASE_URL``; raise LookupError when it is not set."""
    url = get_settings().database_url
    if url is None:
        raise LookupError("DATABASE_URL is not set")
    return create_engine(normalise_url(url.get_secret_value()))


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(PROJECT_DIR / "migrations"))
    return config


def head_revision() -> str:
    """Return the newest schema revision of this code."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def current_revision(owner_url: str) -> str | None:
    """Return the schema revision of the database, None when it has none."""
    engine = create_engine(normalise_url(owner_url))
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()


def migrate(owner_url: str, *, to: str = "head") -> None:
    """Run the migrations up to ``to``; ``base`` takes the schema away again."""
    engine = create_engine(normalise_url(owner_url))
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": MIGRATION_LOCK})
            connection.commit()
            config = _config()
            config.attributes["connection"] = connection
            try:
                if to == "base":
                    command.downgrade(config, "base")
                else:
                    command.upgrade(config, to)
                connection.commit()
            finally:
                connection.rollback()
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": MIGRATION_LOCK})
                connection.commit()
    finally:
        engine.dispose()
