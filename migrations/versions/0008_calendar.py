"""Count in working days: notices of days off, when an office works, what a due date comes from."""

from __future__ import annotations

from datetime import date, timedelta
import hashlib

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

APP_ROLE = "wangge_app"
TABLES = "calendar_versions, calendar_days, clock_settings"

# The State Council's notice for 2026 (国办发明电〔2025〕7号, 4 November 2025): holiday, first and last
# day off, days on which people work for it.
NOTICE_NO = "国办发明电〔2025〕7号"
HOLIDAYS = (
    ("元旦", "2026-01-01", "2026-01-03", ("2026-01-04",)),
    ("春节", "2026-02-15", "2026-02-23", ("2026-02-14", "2026-02-28")),
    ("清明节", "2026-04-04", "2026-04-06", ()),
    ("劳动节", "2026-05-01", "2026-05-05", ("2026-05-09",)),
    ("端午节", "2026-06-19", "2026-06-21", ()),
    ("中秋节", "2026-09-25", "2026-09-27", ()),
    ("国庆节", "2026-10-01", "2026-10-07", ("2026-09-20", "2026-10-10")),
)


def upgrade() -> None:
    """Create the tables, load the notice for 2026, let reports say what their due date is from."""
    op.create_table(
        "calendar_versions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("content_sha256", sa.Text(), nullable=False),
        sa.Column("document_no", sa.Text(), nullable=True),
        sa.Column(
            "imported_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("imported_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_versions")),
        sa.UniqueConstraint("name", name=op.f("uq_calendar_versions_name")),
    )
    op.create_index("ix_calendar_versions_year", "calendar_versions", ["year", "id"], unique=False)
    op.create_table(
        "calendar_days",
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('holiday','makeup')", name=op.f("ck_calendar_days_kind")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["calendar_versions.id"], name=op.f("fk_calendar_days_version_id")
        ),
        sa.PrimaryKeyConstraint("version_id", "day", name=op.f("pk_calendar_days")),
    )
    op.create_table(
        "clock_settings",
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("day_starts_minute", sa.Integer(), nullable=False),
        sa.Column("day_ends_minute", sa.Integer(), nullable=False),
        sa.Column("cut_off_minute", sa.Integer(), nullable=False),
        sa.Column(
            "set_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "0 <= day_starts_minute AND day_starts_minute < day_ends_minute "
            "AND day_ends_minute <= 1440 AND cut_off_minute BETWEEN 0 AND 1440",
            name=op.f("ck_clock_settings_minutes"),
        ),
        sa.PrimaryKeyConstraint("since", name=op.f("pk_clock_settings")),
    )
    # The limit, and from when it is counted: what a due date is computed from again.
    op.add_column("reports", sa.Column("due_limit", postgresql.JSONB(), nullable=True))
    op.add_column(
        "reports",
        sa.Column("due_provisional", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column("reports", sa.Column("calendar_version", sa.Text(), nullable=True))
    op.create_index(
        "ix_reports_due_provisional",
        "reports",
        ["id"],
        unique=False,
        postgresql_where=sa.text("due_provisional AND closed_at IS NULL"),
    )
    op.drop_constraint(op.f("ck_revisions_kind"), "revisions", type_="check")
    op.create_check_constraint(
        op.f("ck_revisions_kind"),
        "revisions",
        "kind IN ('boundaries','roster','places','calendar')",
    )
    _load_notice()
    op.execute("INSERT INTO revisions (kind) VALUES ('calendar')")
    op.execute(f"GRANT SELECT, INSERT ON {TABLES} TO {APP_ROLE}")
    op.execute(f"GRANT UPDATE ON clock_settings TO {APP_ROLE}")


def _load_notice() -> None:
    days = []
    for name, first, last, makeup in HOLIDAYS:
        length = (date.fromisoformat(last) - date.fromisoformat(first)).days + 1
        off = [date.fromisoformat(first) + timedelta(days=n) for n in range(length)]
        days += [(day.isoformat(), "holiday", name) for day in off]
        days += [(day, "makeup", name) for day in makeup]
    # As the import hashes what a notice says: the same file again changes nothing.
    said = "\n".join(" ".join(day) for day in sorted(days))
    digest = hashlib.sha256(f"2026\n{said}".encode()).hexdigest()
    values = ", ".join(f"(DATE '{day}', '{kind}', '{name}')" for day, kind, name in sorted(days))
    op.execute(
        "WITH version AS (INSERT INTO calendar_versions (name, year, content_sha256, document_no, "
        f"imported_by) VALUES ('2026-1', 2026, '{digest}', '{NOTICE_NO}', 'wangge') RETURNING id) "
        "INSERT INTO calendar_days (version_id, day, kind, name) "
        f"SELECT version.id, d.day, d.kind, d.name FROM version, (VALUES {values}) AS d(day, kind, name)"
    )


def downgrade() -> None:
    """Forget the notices; due dates stay as they were computed."""
    op.execute("DELETE FROM revisions WHERE kind = 'calendar'")
    op.drop_constraint(op.f("ck_revisions_kind"), "revisions", type_="check")
    op.create_check_constraint(
        op.f("ck_revisions_kind"), "revisions", "kind IN ('boundaries','roster','places')"
    )
    op.drop_index(
        "ix_reports_due_provisional",
        table_name="reports",
        postgresql_where=sa.text("due_provisional AND closed_at IS NULL"),
    )
    op.drop_column("reports", "calendar_version")
    op.drop_column("reports", "due_provisional")
    op.drop_column("reports", "due_limit")
    op.drop_table("clock_settings")
    op.drop_table("calendar_days")
    op.drop_index("ix_calendar_versions_year", table_name="calendar_versions")
    op.drop_table("calendar_versions")
