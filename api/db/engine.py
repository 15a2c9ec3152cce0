"""Open connections: as the owner to migrate, as the application role to serve.

The serving role neither owns a table nor is superuser, so row security holds. What a transaction
may see is said once at its start with ``SET LOCAL`` semantics: a pooled connection forgets it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError

from api.db.faults import passing_faults_named
from api.db.postgres_programs import ClusterError

# Services name the type without importing sqlalchemy.
__all__ = [
    "APP_ROLE",
    "NOBODY",
    "SERVICE",
    "Connection",
    "Database",
    "Scope",
    "connect_arguments",
    "make_engine",
    "normalise_url",
    "serving_url",
]

APP_ROLE = "wangge_app"
TIME_ZONE = "Asia/Shanghai"


@dataclass(frozen=True, slots=True)
class Scope:
    """Say which rows a transaction may see (see the policies in the migrations).

    ``kind`` is ``all`` (the service itself), ``areas``, ``channel``, ``org`` or ``none``.
    """

    kind: str = "none"
    areas: tuple[str, ...] = ()
    channel: str = ""
    org: str = ""
    may_create: bool = False

    def settings(self) -> Mapping[str, str]:
        """Return the scope as PostgreSQL settings."""
        return {
            "wangge.scope": self.kind,
            "wangge.areas": ",".join(self.areas),
            "wangge.channel": self.channel,
            "wangge.org": self.org,
            "wangge.create": "on" if self.may_create else "off",
        }

    def covers(self, *, area_code: str, channel: str, orgs: Sequence[str]) -> bool:
        """Say the same as the row policy, for rows that are already in memory (the stream)."""
        if self.kind == "all":
            return True
        if self.kind == "areas":
            return any(area_code.startswith(area) for area in self.areas if area)
        if self.kind == "channel":
            return channel == self.channel
        return self.kind == "org" and self.org != "" and self.org in orgs


SERVICE = Scope(kind="all", may_create=True)
NOBODY = Scope()


def normalise_url(url: str) -> URL:
    """Return ``url`` for psycopg 3, whatever driver it names; raise ClusterError for no address."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        # The text may hold a password: it is not repeated, in the chain of errors neither.
        raise ClusterError(
            "DATABASE_URL is not a database address; write postgresql://user@host:5432/name."
        ) from None
    return parsed.set(drivername="postgresql+psycopg")


def serving_url(owner_url: str, app_url: str | None) -> URL:
    """Return the URL for the serving role.

    Without a login of its own the owner's connection starts as ``wangge_app``: the startup
    option makes that role the one to which RESET ROLE returns.
    """
    if app_url:
        return normalise_url(app_url)
    url = normalise_url(owner_url)
    options = f"{url.query.get('options', '')} -c role={APP_ROLE}".strip()
    return url.update_query_dict({"options": options})


def connect_arguments(url: URL) -> dict[str, Any]:
    """Return the arguments with which psycopg connects to ``url`` without the engine.

    Not the URL as text: SQLAlchemy writes a blank in it as ``+``, which libpq takes literally.
    """
    return dict(url.get_dialect()().create_connect_args(url)[1])


def _dumps(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()


def make_engine(url: URL, *, pool_size: int = 5, statement_timeout_ms: int = 10_000) -> Engine:
    """Create an engine whose sessions run in the county's time zone with a statement timeout."""
    engine = create_engine(
        url,
        pool_size=pool_size,
        # A request that holds a connection may have to reload what is kept in memory.
        max_overflow=4,
        pool_pre_ping=False,
        pool_recycle=1800,
        # A failed statement is logged; what a resident wrote is not.
        hide_parameters=True,
        json_serializer=_dumps,
        json_deserializer=orjson.loads,
        # Whatever the shell, the role or the database sets: blocks of rows are sent as UTF-8.
        connect_args={"client_encoding": "UTF8"},
    )

    @event.listens_for(engine, "connect")
    def prepare(dbapi_connection: Any, _record: object) -> None:
        # A transaction that hangs would hold row locks; no request needs half a minute.
        with dbapi_connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('TimeZone', %s, false), set_config('statement_timeout', %s,"
                " false), set_config('idle_in_transaction_session_timeout', '30s', false)",
                (TIME_ZONE, str(statement_timeout_ms)),
            )
            # Answers and receipts are long; the older way of compressing takes a quarter of intake.
            cursor.execute(
                "SELECT set_config(name, 'lz4', false) FROM pg_settings"
                " WHERE name = 'default_toast_compression' AND 'lz4' = ANY(enumvals)"
            )
        dbapi_connection.commit()

    return engine


_SCOPE = text(
    "SELECT set_config('wangge.scope', :scope, true), set_config('wangge.areas', :areas, true),"
    " set_config('wangge.channel', :channel, true), set_config('wangge.org', :org, true),"
    " set_config('wangge.create', :may_create, true)"
)
# Intake sends the same few long statements for ever: to plan them anew costs more than to run them.
_SCOPE_AND_LOCK = text(
    f"{_SCOPE.text}, pg_advisory_xact_lock_shared(:shared_lock),"
    " set_config('plan_cache_mode', 'force_generic_plan', true)"
)


@dataclass(frozen=True, slots=True)
class Database:
    """Hand out transactions under a scope."""

    engine: Engine

    @contextmanager
    def transaction(self, scope: Scope, *, shared_lock: int | None = None) -> Iterator[Connection]:
        """Run one transaction under ``scope``; commit at the end, roll back on an error.

        ``shared_lock`` is an advisory lock to hold meanwhile, together with others who share it.
        Raises DatabaseUnavailable when the database does not answer, at the commit too: then
        nobody knows whether it was stored, and only a request with a key may be sent again.
        """
        with passing_faults_named(), self.engine.begin() as connection:
            self.set_scope(connection, scope, shared_lock=shared_lock)
            yield connection

    @contextmanager
    def streamed(self, scope: Scope, *, shared_lock: int) -> Iterator[Connection]:
        """Run one transaction whose statements are sent without waiting for each one before.

        For statements of the driver's own cursors alone: who asks one for a row waits for it, and
        the commit waits for all. Raises as ``transaction`` does.
        """
        with passing_faults_named(), self.engine.connect() as connection:
            driver: Any = connection.connection.dbapi_connection
            with driver.pipeline(), connection.begin():
                self.set_scope(connection, scope, shared_lock=shared_lock)
                yield connection

    def set_scope(
        self, connection: Connection, scope: Scope, *, shared_lock: int | None = None
    ) -> None:
        """Change what the rest of the transaction may see, after the service has allowed it."""
        settings = scope.settings()
        values: dict[str, str | int] = {
            "scope": settings["wangge.scope"],
            "areas": settings["wangge.areas"],
            "channel": settings["wangge.channel"],
            "org": settings["wangge.org"],
            "may_create": settings["wangge.create"],
        }
        if shared_lock is None:
            connection.execute(_SCOPE, values)
        else:
            connection.execute(_SCOPE_AND_LOCK, {**values, "shared_lock": shared_lock})

    def be_patient(self, connection: Connection, *, seconds: int) -> None:
        """Allow this transaction more time, in a statement and between two: it is no request.

        Who loads may reckon for long over what was read, on a machine that does much else.
        """
        connection.execute(
            text(
                "SELECT set_config('statement_timeout', :timeout, true),"
                " set_config('idle_in_transaction_session_timeout', :timeout, true)"
            ),
            {"timeout": f"{seconds}s"},
        )

    @contextmanager
    def read_once(self, own: Connection | None = None) -> Iterator[Connection]:
        """Run statements outside a transaction, one round trip each, seeing no scoped row.

        Through a connection of the pool, or ``own`` of ``standing``. Raises DatabaseUnavailable
        when the database does not answer.
        """
        if own is not None:
            with passing_faults_named():
                yield own
            return
        with passing_faults_named(), self.engine.connect() as connection:
            yield connection.execution_options(isolation_level="AUTOCOMMIT")

    @contextmanager
    def standing(self) -> Iterator[Connection]:
        """Give a connection for as long as is wanted, beside those that requests wait for.

        It has no transaction open, and each statement is planned once. Raises DatabaseUnavailable.
        """
        with passing_faults_named(), self.engine.connect() as connection:
            own = connection.execution_options(isolation_level="AUTOCOMMIT")
            own.detach()
            driver: Any = connection.connection.dbapi_connection
            driver.prepare_threshold = 0
            own.execute(text("SELECT set_config('plan_cache_mode', 'force_generic_plan', false)"))
            yield own

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()
