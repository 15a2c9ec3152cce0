"""Describe every table; the migrations build them, ``alembic check`` holds the two together.

Geometry is EPSG:4490 (CGCS2000 longitude, latitude). Periods are half-open ``tstzrange``.
"""

from __future__ import annotations

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TSTZRANGE, ExcludeConstraint

SRID = 4490

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_NOW = text("now()")


def time_column(name: str, *, nullable: bool = False, now: bool = False) -> Column[object]:
    """Return a column that holds an instant."""
    return Column(
        name, DateTime(timezone=True), nullable=nullable, server_default=_NOW if now else None
    )


def _shape() -> Column[object]:
    # The index is declared by name below so that migrations and metadata agree.
    return Column("geom", Geometry("GEOMETRY", SRID, spatial_index=False), nullable=False)


areas = Table(
    "areas",
    metadata,
    Column("code", Text, primary_key=True),
    Column("level", Text, nullable=False),
    Column("parent_code", Text, ForeignKey("areas.code")),
    Column("name", Text, nullable=False),
    Column("official_name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("households", Integer, nullable=False, server_default="0"),
    Column("exclave", Boolean, nullable=False, server_default=text("false")),
    time_column("created_at", now=True),
    # The one grid of a community of which only the outline is known.
    Column("provisional", Boolean, nullable=False, server_default=text("false")),
    # How many grids a community is to have, as the county's list says.
    Column("expected_grids", Integer),
    CheckConstraint(
        "expected_grids IS NULL OR (level = 'community' AND expected_grids > 0)",
        name="expected_grids",
    ),
    CheckConstraint("level IN ('county','township','community','grid')", name="level"),
    CheckConstraint("code ~ '^([0-9]{6}|[0-9]{9}|[0-9]{12}|[0-9]{15})$'", name="code"),
    Index("ix_areas_parent_code", "parent_code"),
)

boundary_revisions = Table(
    "boundary_revisions",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    time_column("effective_at"),
    time_column("published_at", now=True),
    Column("content_sha256", Text, nullable=False),
    Column("note", Text, nullable=False, server_default=""),
    # Set when it was to come into force later and something else came before it.
    time_column("withdrawn_at", nullable=True),
)

grid_boundaries = Table(
    "grid_boundaries",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("code", Text, ForeignKey("areas.code"), nullable=False),
    Column("revision_id", BigInteger, ForeignKey("boundary_revisions.id"), nullable=False),
    _shape(),
    Column("valid", TSTZRANGE, nullable=False),
    ExcludeConstraint(("code", "="), ("valid", "&&"), name="ex_grid_boundaries_one_shape"),
    CheckConstraint("ST_GeometryType(geom) IN ('ST_Polygon','ST_MultiPolygon')", name="polygon"),
    CheckConstraint("ST_IsValid(geom)", name="shape_valid"),
    Column("withdrawn", Boolean, nullable=False, server_default=text("false")),
    CheckConstraint("isempty(valid) = withdrawn", name="period"),
    Index("ix_grid_boundaries_geom", "geom", postgresql_using="gist"),
)

area_boundaries = Table(
    "area_boundaries",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("code", Text, ForeignKey("areas.code"), nullable=False),
    Column("level", Text, nullable=False),
    Column("revision_id", BigInteger, ForeignKey("boundary_revisions.id"), nullable=False),
    _shape(),
    Column("valid", TSTZRANGE, nullable=False),
    ExcludeConstraint(("code", "="), ("valid", "&&"), name="ex_area_boundaries_one_shape"),
    Column("withdrawn", Boolean, nullable=False, server_default=text("false")),
    CheckConstraint("isempty(valid) = withdrawn", name="period"),
    CheckConstraint("level IN ('county','township','community')", name="level"),
    Index("ix_area_boundaries_geom", "geom", postgresql_using="gist"),
)

roads = Table(
    "roads",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("name", Text, nullable=False),
    Column("road_class", Text, nullable=False),
    _shape(),
)

categories = Table(
    "categories",
    metadata,
    Column("code", Text, primary_key=True),
    Column("group_name", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("lane_community_grid", Text, nullable=False),
    Column("lane_rural_grid", Text, nullable=False),
    Column("lead_org_example", Text, nullable=False),
    Column("grid_action", Text, nullable=False),
    Column("access", Text, nullable=False),
    Column("response", Text, nullable=False),
    Column("duplicate_hint", Text, nullable=False),
    # Read by nobody: due dates follow the words of ``response``. Always 0.
    Column("response_days", Integer, nullable=False),
    Column("confidential", Boolean, nullable=False, server_default=text("false")),
)

# One row per kind of knowledge that every process keeps in memory; publications raise it.
revisions = Table(
    "revisions",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("number", BigInteger, nullable=False, server_default="0"),
    time_column("changed_at", now=True),
    CheckConstraint(
        "kind IN ('boundaries','roster','places','calendar','access_list')", name="kind"
    ),
)

accounts = Table(
    "accounts",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("username", Text, nullable=False, unique=True),
    Column("display_name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("area_code", Text, ForeignKey("areas.code"), nullable=False),
    Column("channel", Text),
    Column("org", Text),
    Column("person_id", Uuid, ForeignKey("people.id")),
    Column("password_hash", Text, nullable=False),
    Column("must_change_password", Boolean, nullable=False, server_default=text("false")),
    Column("failed_tries", Integer, nullable=False, server_default="0"),
    time_column("locked_until", nullable=True),
    Column("locked_reason", Text),
    time_column("last_login_at", nullable=True),
    time_column("created_at", now=True),
    CheckConstraint("username = lower(username)", name="username"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("token_sha256", LargeBinary, nullable=False, unique=True),
    Column("csrf_token", Text, nullable=False),
    Column("account_id", Uuid, ForeignKey("accounts.id"), nullable=False),
    time_column("created_at", now=True),
    time_column("expires_at"),
    Index("ix_sessions_account_id", "account_id"),
    Index("ix_sessions_expires_at", "expires_at"),
)

audit = Table(
    "audit",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    time_column("at", now=True),
    Column("actor_id", Uuid),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("object", Text, nullable=False, server_default=""),
    Column("area_code", Text, nullable=False, server_default=""),
    Column("detail", JSONB, nullable=False, server_default="{}"),
    Column("ip", Text),
    Index("ix_audit_at", "at"),
    Index("ix_audit_of_places", "object", "id", postgresql_where=text("action ^@ 'place_'")),
)
