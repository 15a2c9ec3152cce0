"""Describe the tables of time: published notices of days off, and when an office works."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
)

from api.db.tables import metadata, time_column

# One row a notice that was loaded; of a year the newest is in force, the others stay readable.
calendar_versions = Table(
    "calendar_versions",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("year", Integer, nullable=False),
    Column("content_sha256", Text, nullable=False),
    Column("document_no", Text),
    time_column("imported_at", now=True),
    Column("imported_by", Text, nullable=False),
    Index("ix_calendar_versions_year", "year", "id"),
)

calendar_days = Table(
    "calendar_days",
    metadata,
    Column("version_id", BigInteger, ForeignKey("calendar_versions.id"), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    CheckConstraint("kind IN ('holiday','makeup')", name="kind"),
)

# In force from a day on: history is not rewritten, what is due keeps its due time.
clock_settings = Table(
    "clock_settings",
    metadata,
    Column("since", Date, primary_key=True),
    Column("day_starts_minute", Integer, nullable=False),
    Column("day_ends_minute", Integer, nullable=False),
    Column("cut_off_minute", Integer, nullable=False),
    time_column("set_at", now=True),
    Column("set_by", Text, nullable=False),
    CheckConstraint(
        "0 <= day_starts_minute AND day_starts_minute < day_ends_minute "
        "AND day_ends_minute <= 1440 AND cut_off_minute BETWEEN 0 AND 1440",
        name="minutes",
    ),
)
