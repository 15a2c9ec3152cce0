"""Keep notices until they are sent, with receipts."""

from __future__ import annotations

from alembic import op
import sqlalchemy as sa

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

APP_ROLE = "wangge_app"
UNSENT = "state IN ('waiting','sending','failed')"
# Who sees a report sees who was told of it, and nobody else does. The service itself sees all
# without asking of each report: it looks every second.
SEEN = (
    "current_setting('wangge.scope', true) = 'all' "
    "OR EXISTS (SELECT 1 FROM reports r WHERE r.id = report_id)"
)
POLICIES = f"""
CREATE POLICY notices_read ON notices FOR SELECT USING ({SEEN});
CREATE POLICY notices_create ON notices FOR INSERT WITH CHECK (wangge_may_create());
CREATE POLICY notices_change ON notices FOR UPDATE USING ({SEEN});
CREATE POLICY notices_prune ON notices FOR DELETE USING ({SEEN});
ALTER TABLE notices ENABLE ROW LEVEL SECURITY;
ALTER TABLE notices FORCE ROW LEVEL SECURITY;
"""


def _instant(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    """Create the table, its policies and the serving role's rights."""
    op.create_table(
        "notices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("to_area", sa.Text(), nullable=False),
        sa.Column("to_post", sa.Uuid(), nullable=True),
        sa.Column("to_person", sa.Uuid(), nullable=True),
        sa.Column("to_org", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        _instant("at"),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        _instant("not_before"),
        sa.Column("claim", sa.Uuid(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("way", sa.Text(), nullable=True),
        sa.Column("provider_id", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        _instant("settled_at", nullable=True),
        _instant("delivered_at", nullable=True),
        sa.Column("phoned_by", sa.Uuid(), nullable=True),
        sa.Column("phoned_by_name", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting','sending','sent','failed','by_phone','phoned','lapsed')",
            name=op.f("ck_notices_state"),
        ),
        sa.CheckConstraint(f"({UNSENT}) = (settled_at IS NULL)", name=op.f("ck_notices_settled")),
        sa.CheckConstraint(
            "(state = 'sending') = (claim IS NOT NULL)", name=op.f("ck_notices_claim")
        ),
        sa.CheckConstraint(
            "(state = 'phoned') = (phoned_by_name IS NOT NULL)", name=op.f("ck_notices_phoned")
        ),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_notices_report_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
    )
    op.create_index("ix_notices_report_id", "notices", ["report_id", "at"])
    op.create_index("ix_notices_at", "notices", ["at", "id"])
    op.create_index(
        "ix_notices_unsent",
        "notices",
        [sa.text("urgent DESC"), "not_before", "id"],
        postgresql_where=sa.text(UNSENT),
    )
    op.create_index(
        "ix_notices_by_phone",
        "notices",
        [sa.text("urgent DESC"), "at", "id"],
        postgresql_where=sa.text("state = 'by_phone'"),
    )
    op.execute(POLICIES)
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON notices TO {APP_ROLE}")


def downgrade() -> None:
    """Forget who was told what."""
    op.drop_table("notices")
