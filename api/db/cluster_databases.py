"""Prepare the databases of a private cluster: roles, extensions, copies of a template.

Two roles are made: ``wangge_owner`` owns the tables and migrates, ``wangge_app`` serves and is
held by row security. The extensions need a superuser, so they are created here, not in a migration.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

import psycopg
from psycopg import sql

from api.db.cluster_home import PORT, ClusterHome

DATABASE = "wangge"
OWNER_ROLE = "wangge_owner"
SERVING_ROLE = "wangge_app"
SUPERUSER = "postgres"
EXTENSIONS = ("postgis", "btree_gist", "pg_trgm")


@dataclass(frozen=True, slots=True)
class ClusterUrls:
    """Hold the SQLAlchemy URLs of one database of the cluster."""

    owner: str
    app: str
    superuser: str


def urls_of(place: ClusterHome, database: str = DATABASE) -> ClusterUrls:
    """Return the URLs of ``database``, whether or not the server runs."""

    def url(role: str) -> str:
        socket = quote(str(place.socket_dir), safe="/")
        return f"postgresql+psycopg://{role}@/{quote(database)}?host={socket}&port={PORT}"

    return ClusterUrls(owner=url(OWNER_ROLE), app=url(SERVING_ROLE), superuser=url(SUPERUSER))


def is_serving(place: ClusterHome) -> bool:
    """Say whether the server answers on its socket and serves this data directory."""
    try:
        with _connect(place, "postgres") as connection:
            row = connection.execute("SHOW data_directory").fetchone()
    except psycopg.Error:
        return False
    return row is not None and row[0] == str(place.data)


def prepare_server(place: ClusterHome) -> None:
    """Create the roles and the database ``wangge`` with its extensions where they are missing."""
    with _connect(place, "postgres") as connection:
        roles = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
        for role in (OWNER_ROLE, SERVING_ROLE):
            if role not in roles:
                connection.execute(
                    sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEROLE NOCREATEDB").format(
                        sql.Identifier(role)
                    )
                )
    create_database(place, DATABASE)


def create_database(place: ClusterHome, name: str, *, template: str | None = None) -> None:
    """Create database ``name`` unless it exists: empty with extensions, or a copy of ``template``.

    Nobody may be connected to ``template`` meanwhile (a rule of PostgreSQL).
    """
    with _connect(place, "postgres") as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
        if known.fetchone() is None:
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
                    sql.Identifier(name),
                    sql.Identifier(OWNER_ROLE),
                    sql.Identifier(template or "template0"),
                )
            )
    if template is None:
        _create_extensions(place, name)


def drop_database(place: ClusterHome, name: str) -> None:
    """Delete database ``name`` if it exists, ending the sessions that still use it."""
    with _connect(place, "postgres") as connection:
        connection.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        )


def _create_extensions(place: ClusterHome, database: str) -> None:
    with _connect(place, database) as connection:
        connection.execute("SET client_min_messages = warning")
        present = {row[0] for row in connection.execute("SELECT extname FROM pg_extension")}
        for extension in EXTENSIONS:
            if extension not in present:
                connection.execute(sql.SQL("CREATE EXTENSION {}").format(sql.Identifier(extension)))


def _connect(place: ClusterHome, database: str) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(
        host=str(place.socket_dir),
        port=PORT,
        user=SUPERUSER,
        dbname=database,
        autocommit=True,
        connect_timeout=10,
    )
