"""Describe the tables of the access list: versions, each with all its items."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Integer,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from api.db.tables import metadata, time_column

# In force from ``since`` until the next one; what was decided by an old one can be asked again.
access_list_versions = Table(
    "access_list_versions",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    time_column("since"),
    Column("content_sha256", Text, nullable=False),
    Column("what", Text, nullable=False),
    time_column("entered_at", now=True),
    Column("entered_by", Text, nullable=False),
    CheckConstraint("what IN ('import','item_added','item_ended')", name="what"),
)

access_list_items = Table(
    "access_list_items",
    metadata,
    Column("version_id", BigInteger, ForeignKey("access_list_versions.id"), primary_key=True),
    Column("no", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("item", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("applied_for_by", Text, nullable=False),
    Column("frequency", Text, nullable=False),
    # Codes of categories; written without a foreign key, as an array cannot have one.
    Column("categories", ARRAY(Text), nullable=False),
    Column("seasons", ARRAY(Text), nullable=False),
    time_column("start_at", nullable=True),
    time_column("end_at", nullable=True),
    CheckConstraint("kind IN ('primary','assist','temporary','forbidden')", name="kind"),
    CheckConstraint("start_at IS NULL OR end_at IS NULL OR start_at < end_at", name="period"),
)
