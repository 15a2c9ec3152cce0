"""Create the table of consents: what the communities concerned say to a plan."""

from __future__ import annotations

from alembic import op
import sqlalchemy as sa

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


APP_ROLE = "wangge_app"


def upgrade() -> None:
    """Create the table and let the serving role write it."""
    op.create_table(
        "plan_consents",
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("community_code", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("document_no", sa.Text(), nullable=True),
        sa.Column("document_date", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("plan_revision", sa.BigInteger(), nullable=False),
        sa.Column("entered_by_id", sa.Uuid(), nullable=False),
        sa.Column("entered_by", sa.Text(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('asked','consented','objected')", name=op.f("ck_plan_consents_state")
        ),
        sa.ForeignKeyConstraint(
            ["community_code"], ["areas.code"], name=op.f("fk_plan_consents_community_code")
        ),
        sa.ForeignKeyConstraint(
            ["entered_by_id"], ["accounts.id"], name=op.f("fk_plan_consents_entered_by_id")
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_plan_consents_plan_id")),
        sa.PrimaryKeyConstraint("plan_id", "community_code", name=op.f("pk_plan_consents")),
    )
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON plan_consents TO {APP_ROLE}")


def downgrade() -> None:
    """Take the table away."""
    op.drop_table("plan_consents")
