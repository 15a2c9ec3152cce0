"""Describe the table of reporters; it hangs on the same metadata as ``tables``."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, LargeBinary, Table, Text, Uuid
from sqlalchemy import text as sql

from api.db.tables import metadata, time_column

# Kept and sealed; not kept because the report is confidential or its caller wished so; erased.
STATES = ("kept", "withheld", "erased")

reporters = Table(
    "reporters",
    metadata,
    Column("report_id", Uuid, ForeignKey("reports.id"), primary_key=True),
    Column("state", Text, nullable=False),
    # The key that opens it: its id, never the key.
    Column("key_id", Text),
    Column("sealed", LargeBinary),
    Column("phone_tag", LargeBinary),
    time_column("changed_at"),
    CheckConstraint("state IN ('kept','withheld','erased')", name="state"),
    CheckConstraint(
        "CASE WHEN state = 'kept' THEN sealed IS NOT NULL AND key_id IS NOT NULL "
        "ELSE sealed IS NULL AND key_id IS NULL AND phone_tag IS NULL END",
        name="nothing_left",
    ),
    Index("ix_reporters_phone_tag", "phone_tag", postgresql_where=sql("phone_tag IS NOT NULL")),
    Index("ix_reporters_key_id", "key_id", "report_id", postgresql_where=sql("key_id IS NOT NULL")),
)
