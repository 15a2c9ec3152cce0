"""Describe the tables of the gazetteer: places over time, and by which other names they go."""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from api.db.tables import metadata, time_column

# Never deleted: a place ends, and its end can be taken back.
places = Table(
    "places",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("lon", Double, nullable=False),
    Column("lat", Double, nullable=False),
    Column("radius_m", Double, nullable=False),
    Column("area_code", Text, ForeignKey("areas.code"), nullable=False),
    Column("parent_id", Text, ForeignKey("places.id")),
    Column("grids", ARRAY(Text), nullable=False, server_default="{}"),
    Column("households", Integer, nullable=False, server_default="0"),
    time_column("valid_from", nullable=True),
    time_column("valid_to", nullable=True),
    # Raised by each change: whoever changes says which one was seen.
    Column("edition", Integer, nullable=False, server_default="1"),
    CheckConstraint(
        "valid_from IS NULL OR valid_to IS NULL OR valid_from < valid_to", name="period"
    ),
    Index(
        "ix_places_name", "name", postgresql_using="gin", postgresql_ops={"name": "gin_trgm_ops"}
    ),
    Index("ix_places_area_code", "area_code"),
    Index("ix_places_parent_id", "parent_id", postgresql_where=text("parent_id IS NOT NULL")),
)

# Which of them the matcher believes: those that are approved, where their scope, an area, is
# known; a scope of six digits is everywhere. Without a place: what a report at a pin called it.
place_aliases = Table(
    "place_aliases",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=text("gen_random_uuid()")),
    Column("number", BigInteger, Identity(always=True), nullable=False),
    Column("place_id", Text, ForeignKey("places.id")),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("scope", Text, ForeignKey("areas.code"), nullable=False),
    # Whose it is to decide: the area of the place, or of the pin.
    Column("area_code", Text, ForeignKey("areas.code"), nullable=False),
    Column("status", Text, nullable=False),
    # When people called it so; a former name is still said after it ended.
    Column("since", Date),
    Column("until", Date),
    Column("lon", Double),
    Column("lat", Double),
    # What reports said, one object each, the newest last.
    Column("evidence", JSONB, nullable=False, server_default="[]"),
    time_column("entered_at", now=True),
    Column("entered_by", Text, nullable=False),
    Column("entered_by_id", Uuid),
    time_column("decided_at", nullable=True),
    Column("decided_by", Text),
    Column("reason", Text, nullable=False, server_default=""),
    CheckConstraint("kind IN ('alias','former','colloquial','spelling')", name="kind"),
    CheckConstraint("status IN ('proposed','approved','rejected','ended')", name="status"),
    CheckConstraint("since IS NULL OR until IS NULL OR since <= until", name="period"),
    CheckConstraint("(lon IS NULL) = (lat IS NULL)", name="pin"),
    CheckConstraint(
        "place_id IS NOT NULL OR (status <> 'approved' AND lon IS NOT NULL)", name="of_a_place"
    ),
    Index(
        "uq_place_aliases_name",
        "place_id",
        "name",
        "scope",
        unique=True,
        postgresql_where=text("status IN ('proposed','approved')"),
    ),
    Index("ix_place_aliases_place_id", "place_id"),
    Index("ix_place_aliases_proposed", "number", postgresql_where=text("status = 'proposed'")),
)
