"""Describe the tables of a report's life; they hang on the same metadata as ``tables``."""

from __future__ import annotations

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Sequence,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSON, JSONB

from api.db.tables import SRID, metadata, time_column

ABOUT = ("grid_worker", "community_cadre", "township_cadre")
CHANNELS = ("hotline_12345", "app", "wechat", "patrol", "walk_in", "other_system")
STATUSES = (
    "awaiting_decision",
    "assigned",
    "accepted",
    "on_site",
    "return_pending",
    "passed_up",
    "summoned",
    "suspended",
    "extension_pending",
    "handled",
    "replied",
    "followed_up",
    "closed",
    "reopened",
    "merged",
    "out_of_area",
    "void",
)


# A merged report lives on in another one: as one of its own it has ended.
ENDED = ("closed", "void", "out_of_area", "merged")


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({','.join(repr(value) for value in values)})"


report_numbers = Sequence("report_numbers", metadata=metadata)

reports = Table(
    "reports",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("number", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("source_no", Text),
    Column("round", Integer, nullable=False, server_default="1"),
    Column("text", Text, nullable=False),
    Column("category", Text, ForeignKey("categories.code")),
    Column("status", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("decision", Text, nullable=False),
    Column("grid_code", Text, ForeignKey("areas.code")),
    # The lowest area that is certain to own the report: what row security compares.
    Column("area_code", Text, ForeignKey("areas.code"), nullable=False),
    Column("decided_by", Text, ForeignKey("areas.code")),
    # The organisations that have it or were called: department accounts see it by them.
    Column("orgs", ARRAY(Text), nullable=False, server_default="{}"),
    Column("lon", Double),
    Column("lat", Double),
    Column("accuracy_m", Double),
    Column(
        "geom",
        Geometry("POINT", SRID, spatial_index=False),
        Computed("ST_SetSRID(ST_MakePoint(lon, lat), 4490)", persisted=True),
    ),
    Column("given_position", JSONB),
    Column("address", Text),
    Column("confidential", Boolean, nullable=False, server_default=text("false")),
    # Whom a complaint is about: the level that may see it stands in ``area_code``.
    Column("about", Text),
    Column("created_by", Uuid, ForeignKey("accounts.id")),
    time_column("occurred_at"),
    time_column("created_at"),
    # Response level and severity by which it is handled; ``life`` is the engine's whole case.
    Column("response", Text),
    Column("severity", SmallInteger),
    Column("life", JSONB),
    time_column("next_tick", nullable=True),
    # Who has it: a post with its person, an organisation, else the desk of an area.
    Column("holder_area", Text),
    Column("holder_post", Uuid),
    Column("holder_person", Uuid),
    Column("holder_org", Uuid),
    # The clock of settling, for lists and figures: since when, its pauses, when it stopped.
    time_column("due_since"),
    time_column("due_at"),
    Column("due_pauses", JSONB),
    time_column("due_stopped_at", nullable=True),
    Column("due_provisional", Boolean, nullable=False, server_default=text("false")),
    Column("calendar_version", Text),
    time_column("closed_at", nullable=True),
    time_column("updated_at"),
    CheckConstraint(_one_of("channel", CHANNELS), name="channel"),
    CheckConstraint(_one_of("status", STATUSES), name="status"),
    CheckConstraint("decision IN ('auto','confirm','desk')", name="decision"),
    CheckConstraint(_one_of("about", ABOUT), name="about"),
    CheckConstraint("(lon IS NULL) = (lat IS NULL)", name="position"),
    CheckConstraint(f"({_one_of('status', ENDED)}) = (closed_at IS NOT NULL)", name="closed"),
    Index("uq_reports_number", "number", unique=True),
    Index("ix_reports_area_code", "area_code", postgresql_ops={"area_code": "text_pattern_ops"}),
    Index("ix_reports_created_at", "created_at", "id"),
    Index("ix_reports_open", "area_code", postgresql_where=text("closed_at IS NULL")),
    Index("ix_reports_next_tick", "next_tick", postgresql_where=text("next_tick IS NOT NULL")),
    Index(
        "ix_reports_to_call",
        "due_at",
        postgresql_where=text("""status = 'closed' AND life @> '{"to_call": true}'"""),
    ),
    Index("ix_reports_holder_person", "holder_person", postgresql_where=text("closed_at IS NULL")),
    # Two for whoever looks for similar reports: conditions that may run before a row policy.
    Index("ix_reports_category_lat", "category", "lat"),
    Index(
        "ix_reports_category_placeless",
        "category",
        "created_at",
        postgresql_where=text("lon IS NULL"),
    ),
    Index(
        "ix_reports_due_provisional",
        "id",
        postgresql_where=text("due_provisional AND closed_at IS NULL"),
    ),
)

assignments = Table(
    "assignments",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("report_id", Uuid, ForeignKey("reports.id"), nullable=False),
    Column("current", Boolean, nullable=False),
    Column("decision", Text, nullable=False),
    Column("grid_code", Text, ForeignKey("areas.code")),
    Column("decided_by", Text, ForeignKey("areas.code")),
    Column("post_id", Uuid, ForeignKey("posts.id")),
    Column("person_id", Uuid, ForeignKey("people.id")),
    Column("revision", Text, nullable=False),
    # Kept word for word: it is read as a whole, but for the lane in one list of the desk.
    Column("answer", JSON, nullable=False),
    Column("receipt", JSONB, nullable=False),
    time_column("decided_at"),
    # Exactly one owner at a time: held by the index, not by the code.
    Index(
        "uq_assignments_current",
        "report_id",
        unique=True,
        postgresql_where=text("current"),
    ),
    Index("ix_assignments_report_id", "report_id"),
)

report_events = Table(
    "report_events",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("report_id", Uuid, ForeignKey("reports.id"), nullable=False),
    time_column("at"),
    Column("kind", Text, nullable=False),
    Column("actor_id", Uuid),
    Column("actor", Text, nullable=False),
    Column("on_behalf_of", Text),
    Column("detail", JSONB, nullable=False, server_default="{}"),
    Index("ix_report_events_report_id", "report_id", "id"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    time_column("at", now=True),
    Column("topic", Text, nullable=False),
    Column("area_code", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("orgs", ARRAY(Text), nullable=False, server_default="{}"),
    Column("payload", JSONB, nullable=False),
    Index("ix_outbox_at", "at"),
)

intake_keys = Table(
    "intake_keys",
    metadata,
    Column("scope", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("body_sha256", Text, nullable=False),
    Column("report_id", Uuid, nullable=False),
    Column("response", JSON),
    time_column("created_at", now=True),
    Index("ix_intake_keys_created_at", "created_at"),
)
