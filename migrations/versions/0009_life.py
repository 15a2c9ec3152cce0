"""Keep the life of each report: its case, who holds it, when the clock next acts."""

from __future__ import annotations

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# A merged report lives on in another one: as one of its own it has ended.
ENDED = "status IN ('closed','void','out_of_area','merged')"

SEES_REPORT = """
CREATE FUNCTION wangge_sees_report(area text, channel text, orgs text[]) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT CASE coalesce(current_setting('wangge.scope', true), 'none')
    WHEN 'channel' THEN channel = current_setting('wangge.channel', true)
    WHEN 'org' THEN coalesce(nullif(current_setting('wangge.org', true), '') = ANY(orgs), false)
    ELSE wangge_sees_area(area)
  END
$$;
"""
SAW_REPORT = """
CREATE FUNCTION wangge_sees_report(area text, channel text, org text) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT CASE coalesce(current_setting('wangge.scope', true), 'none')
    WHEN 'channel' THEN channel = current_setting('wangge.channel', true)
    WHEN 'org' THEN coalesce(org = nullif(current_setting('wangge.org', true), ''), false)
    ELSE wangge_sees_area(area)
  END
$$;
"""


def upgrade() -> None:
    """Add what the engine keeps of a report; a report is seen by every organisation that has it.

    Reports from before have no case yet: it is made from their row when somebody next acts.
    """
    op.execute("DROP FUNCTION wangge_sees_report CASCADE")
    for table in ("reports", "outbox"):
        op.add_column(
            table,
            sa.Column("orgs", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        )
        op.execute(f"UPDATE {table} SET orgs = ARRAY[org] WHERE org IS NOT NULL")
        op.drop_column(table, "org")
    op.execute(SEES_REPORT)
    _policies("orgs")
    op.add_column("reports", sa.Column("life", postgresql.JSONB()))
    op.add_column("reports", sa.Column("next_tick", sa.DateTime(timezone=True)))
    op.add_column("reports", sa.Column("response", sa.Text()))
    op.add_column("reports", sa.Column("severity", sa.SmallInteger()))
    op.add_column("reports", sa.Column("holder_area", sa.Text()))
    for column in ("holder_post", "holder_person", "holder_org"):
        op.add_column("reports", sa.Column(column, sa.Uuid()))
    op.add_column("reports", sa.Column("due_since", sa.DateTime(timezone=True)))
    op.add_column("reports", sa.Column("due_pauses", postgresql.JSONB()))
    op.add_column("reports", sa.Column("due_stopped_at", sa.DateTime(timezone=True)))
    op.execute("UPDATE reports SET due_since = created_at, response = due_limit->>'level'")
    op.alter_column("reports", "due_since", nullable=False)
    op.drop_column("reports", "due_limit")
    op.drop_constraint(op.f("ck_reports_closed"), "reports", type_="check")
    op.create_check_constraint(
        op.f("ck_reports_closed"), "reports", f"({ENDED}) = (closed_at IS NOT NULL)"
    )
    op.create_index(
        "ix_reports_next_tick",
        "reports",
        ["next_tick"],
        postgresql_where=sa.text("next_tick IS NOT NULL"),
    )
    op.create_index(
        "ix_reports_holder_person",
        "reports",
        ["holder_person"],
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index(
        "ix_reports_orgs",
        "reports",
        ["orgs"],
        postgresql_using="gin",
        postgresql_where=sa.text("orgs <> '{}'"),
    )


def downgrade() -> None:
    """Forget the lives; what ended otherwise than by closing is closed."""
    op.drop_index("ix_reports_orgs", table_name="reports")
    op.drop_index("ix_reports_holder_person", table_name="reports")
    op.drop_index("ix_reports_next_tick", table_name="reports")
    op.drop_constraint(op.f("ck_reports_closed"), "reports", type_="check")
    op.execute(f"UPDATE reports SET status = 'closed' WHERE {ENDED}")
    op.create_check_constraint(
        op.f("ck_reports_closed"), "reports", "(status = 'closed') = (closed_at IS NOT NULL)"
    )
    op.add_column("reports", sa.Column("due_limit", postgresql.JSONB()))
    for column in (
        "due_stopped_at",
        "due_pauses",
        "due_since",
        "holder_org",
        "holder_person",
        "holder_post",
        "holder_area",
        "severity",
        "response",
        "next_tick",
        "life",
    ):
        op.drop_column("reports", column)
    op.execute("DROP FUNCTION wangge_sees_report CASCADE")
    for table in ("reports", "outbox"):
        op.add_column(table, sa.Column("org", sa.Text()))
        op.execute(f"UPDATE {table} SET org = orgs[1]")
        op.drop_column(table, "orgs")
    op.execute(SAW_REPORT)
    _policies("org")


def _policies(column: str) -> None:
    sees = f"wangge_sees_report(area_code, channel, {column})"
    op.execute(f"CREATE POLICY reports_read ON reports FOR SELECT USING ({sees})")
    op.execute(f"CREATE POLICY reports_change ON reports FOR UPDATE USING ({sees})")
