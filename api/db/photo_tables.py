"""Describe the table of photos; the pictures themselves are files outside the database."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
)

from api.db.tables import metadata, time_column

photos = Table(
    "photos",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("report_id", Uuid, ForeignKey("reports.id"), nullable=False),
    # Made by the phone when the photo is: sent twice, it is one photo all the same.
    Column("client_id", Uuid, nullable=False),
    Column("source_sha256", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("size_bytes", Integer, nullable=False),
    # When it was taken as far as that is believed; what the phone said is kept beside it.
    time_column("taken_at"),
    time_column("said_taken_at", nullable=True),
    Column("clock_doubt", Boolean, nullable=False),
    time_column("received_at"),
    Column("lon", Double),
    Column("lat", Double),
    Column("accuracy_m", Double),
    Column("by_account", Uuid, ForeignKey("accounts.id"), nullable=False),
    Column("by_name", Text, nullable=False),
    # The picture of a photo that was withdrawn is gone; that there was one is not.
    time_column("withdrawn_at", nullable=True),
    Column("withdrawn_by", Uuid, ForeignKey("accounts.id")),
    Column("withdrawn_by_name", Text),
    Column("withdrawn_reason", Text),
    CheckConstraint("(lon IS NULL) = (lat IS NULL)", name="position"),
    CheckConstraint(
        "(withdrawn_at IS NULL) = (withdrawn_by IS NULL) "
        "AND (withdrawn_at IS NULL) = (withdrawn_by_name IS NULL) "
        "AND (withdrawn_reason IS NULL OR withdrawn_at IS NOT NULL)",
        name="withdrawn",
    ),
    Index("uq_photos_client_id", "report_id", "client_id", unique=True),
    Index("ix_photos_report_id", "report_id", "received_at"),
)
