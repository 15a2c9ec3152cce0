"""Describe the tables of redrawing: plans, their operations, changesets and lineage."""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Sequence,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from api.db.tables import metadata, time_column

PLAN_STATES = ("draft", "submitted", "scheduled", "effective", "rejected", "overtaken")

boundary_numbers = Sequence("boundary_numbers", metadata=metadata)

# Where households live: what sizes, splits by households and proposals are counted from.
buildings = Table(
    "buildings",
    metadata,
    Column("id", Text, primary_key=True),
    Column("lon", Double, nullable=False),
    Column("lat", Double, nullable=False),
    Column("households", Integer, nullable=False),
    Column("place_id", Text, ForeignKey("places.id")),
    Column("community_code", Text, ForeignKey("areas.code"), nullable=False),
    Index("ix_buildings_community_code", "community_code"),
)

plans = Table(
    "plans",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("area_code", Text, ForeignKey("areas.code"), nullable=False),
    Column("state", Text, nullable=False),
    Column("revision", BigInteger, nullable=False, server_default="0"),
    # The boundary revision on which the operations were drawn.
    Column("base", Text, ForeignKey("boundary_revisions.name"), nullable=False),
    Column("crosses_parent", Boolean, nullable=False, server_default=text("false")),
    Column("author_id", Uuid, ForeignKey("accounts.id"), nullable=False),
    Column("author", Text, nullable=False),
    time_column("created_at"),
    time_column("changed_at"),
    time_column("submitted_at", nullable=True),
    Column("decider_id", Uuid, ForeignKey("accounts.id")),
    Column("decider", Text),
    time_column("decided_at", nullable=True),
    time_column("effective_at", nullable=True),
    Column("document_no", Text),
    Column("document_date", Date),
    Column("note", Text),
    Column("reason", Text),
    CheckConstraint(f"state IN ({','.join(repr(state) for state in PLAN_STATES)})", name="state"),
    CheckConstraint("decider_id IS DISTINCT FROM author_id", name="two_persons"),
    Index("ix_plans_area_code", "area_code"),
)

plan_operations = Table(
    "plan_operations",
    metadata,
    Column("plan_id", Uuid, ForeignKey("plans.id"), primary_key=True),
    Column("number", BigInteger, primary_key=True),
    Column("kind", Text, nullable=False),
    # As it is logged: snapped, codes fixed; doing it again gives the same bytes.
    Column("logged", JSONB, nullable=False),
    Column("author_id", Uuid, ForeignKey("accounts.id"), nullable=False),
    Column("author", Text, nullable=False),
    time_column("at"),
    # done, undone (may be redone), or dropped (another operation came instead).
    Column("state", Text, nullable=False, server_default="done"),
    CheckConstraint("state IN ('done','undone','dropped')", name="state"),
)

plan_changes = Table(
    "plan_changes",
    metadata,
    Column("plan_id", Uuid, primary_key=True),
    Column("number", BigInteger, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("before", LargeBinary),
    Column("after", LargeBinary),
)

# Who moved a plan from one revision to the next, and which grids that touched.
plan_revisions = Table(
    "plan_revisions",
    metadata,
    Column("plan_id", Uuid, ForeignKey("plans.id"), primary_key=True),
    Column("revision", BigInteger, primary_key=True),
    Column("codes", ARRAY(Text), nullable=False),
    Column("author", Text, nullable=False),
    time_column("at"),
)

# What a community concerned says to a plan. Nobody's name: the paper has it.
plan_consents = Table(
    "plan_consents",
    metadata,
    Column("plan_id", Uuid, ForeignKey("plans.id"), primary_key=True),
    Column("community_code", Text, ForeignKey("areas.code"), primary_key=True),
    Column("state", Text, nullable=False),
    Column("document_no", Text),
    Column("document_date", Date),
    Column("note", Text),
    # What was drawn when the community spoke: it has not spoken to what came later.
    Column("plan_revision", BigInteger, nullable=False),
    Column("entered_by_id", Uuid, ForeignKey("accounts.id"), nullable=False),
    Column("entered_by", Text, nullable=False),
    time_column("entered_at"),
    CheckConstraint("state IN ('asked','consented','objected')", name="state"),
)

changesets = Table(
    "changesets",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("plan_id", Uuid, ForeignKey("plans.id")),
    Column("rolls_back", Uuid, ForeignKey("changesets.id")),
    Column("revision_name", Text, ForeignKey("boundary_revisions.name"), nullable=False),
    Column("name", Text, nullable=False),
    Column("area_code", Text, ForeignKey("areas.code"), nullable=False),
    Column("author", Text, nullable=False),
    Column("decider", Text, nullable=False),
    Column("document_no", Text),
    Column("document_date", Date),
    Column("note", Text),
    time_column("effective_at"),
    time_column("published_at"),
    time_column("handed_over_at", nullable=True),
    time_column("withdrawn_at", nullable=True),
    Column("replaced_by", Uuid, ForeignKey("changesets.id")),
    Column("summary", JSONB, nullable=False, server_default="{}"),
    Index("ix_changesets_effective_at", "effective_at"),
    Index(
        "ix_changesets_to_hand_over",
        "effective_at",
        postgresql_where=text("handed_over_at IS NULL"),
    ),
)

changeset_grids = Table(
    "changeset_grids",
    metadata,
    Column("changeset_id", Uuid, ForeignKey("changesets.id"), primary_key=True),
    Column("code", Text, ForeignKey("areas.code"), primary_key=True),
    Column("before", LargeBinary),
    Column("after", LargeBinary),
    Index("ix_changeset_grids_code", "code"),
)

lineage = Table(
    "lineage",
    metadata,
    Column("changeset_id", Uuid, ForeignKey("changesets.id"), primary_key=True),
    Column("old_code", Text, ForeignKey("areas.code"), primary_key=True),
    Column("new_code", Text, ForeignKey("areas.code"), primary_key=True),
    Column("area_share", Double, nullable=False),
    Column("household_share", Double, nullable=False),
    Index("ix_lineage_new_code", "new_code"),
)
