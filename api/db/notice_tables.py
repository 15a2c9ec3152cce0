"""Describe the table of notices: who is to be told what of a report, and what became of it."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    text,
)

from api.db.tables import metadata, time_column

# waiting → sending → sent, or failed (tried again later) → by_phone → phoned; lapsed when the
# report was over before anybody was told.
NOTICE_STATES = ("waiting", "sending", "sent", "failed", "by_phone", "phoned", "lapsed")
UNSENT = "state IN ('waiting','sending','failed')"

notices = Table(
    "notices",
    metadata,
    # Given to the gateway as the key by which it tells a second sending from a second notice.
    Column("id", Uuid, primary_key=True),
    Column("report_id", Uuid, ForeignKey("reports.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("to_area", Text, nullable=False),
    Column("to_post", Uuid),
    Column("to_person", Uuid),
    Column("to_org", Text),
    Column("text", Text, nullable=False),
    Column("urgent", Boolean, nullable=False),
    time_column("at"),
    Column("state", Text, nullable=False, server_default="waiting"),
    # When it may be taken next: at once, after a pause, or when whoever took it seems dead.
    time_column("not_before"),
    Column("claim", Uuid),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("way", Text),
    Column("provider_id", Text),
    Column("error", Text),
    time_column("settled_at", nullable=True),
    time_column("delivered_at", nullable=True),
    # The gateway took it over and said later that it never arrived: the next way is tried.
    time_column("undelivered_at", nullable=True),
    Column("phoned_by", Uuid),
    Column("phoned_by_name", Text),
    CheckConstraint(f"state IN ({','.join(repr(s) for s in NOTICE_STATES)})", name="state"),
    CheckConstraint(f"({UNSENT}) = (settled_at IS NULL)", name="settled"),
    CheckConstraint("(state = 'sending') = (claim IS NOT NULL)", name="claim"),
    CheckConstraint("(state = 'phoned') = (phoned_by_name IS NOT NULL)", name="phoned"),
    Index("ix_notices_report_id", "report_id", "at"),
    Index(
        "ix_notices_unsent",
        text("urgent DESC"),
        "not_before",
        "id",
        postgresql_where=text(UNSENT),
    ),
    Index(
        "ix_notices_by_phone",
        text("urgent DESC"),
        "at",
        "id",
        postgresql_where=text("state = 'by_phone'"),
    ),
    Index("ix_notices_at", "at", "id"),
    Index("ix_notices_listed", text("urgent DESC"), "at", "id"),
    Index(
        "ix_notices_provider_id",
        "provider_id",
        postgresql_where=text("provider_id IS NOT NULL"),
    ),
)
