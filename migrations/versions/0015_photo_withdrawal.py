"""Let a photo be withdrawn: its file goes, its row stays and says who did it, when and why."""

from __future__ import annotations

from alembic import op
import sqlalchemy as sa

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

APP_ROLE = "wangge_app"
COLUMNS = ("withdrawn_at", "withdrawn_by", "withdrawn_by_name", "withdrawn_reason")


def upgrade() -> None:
    """Add what is known of a withdrawal; the serving role may write that and nothing else."""
    op.add_column("photos", sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("photos", sa.Column("withdrawn_by", sa.Uuid(), nullable=True))
    op.add_column("photos", sa.Column("withdrawn_by_name", sa.Text(), nullable=True))
    op.add_column("photos", sa.Column("withdrawn_reason", sa.Text(), nullable=True))
    op.create_foreign_key(
        op.f("fk_photos_withdrawn_by"), "photos", "accounts", ["withdrawn_by"], ["id"]
    )
    op.create_check_constraint(
        op.f("ck_photos_withdrawn"),
        "photos",
        "(withdrawn_at IS NULL) = (withdrawn_by IS NULL) "
        "AND (withdrawn_at IS NULL) = (withdrawn_by_name IS NULL) "
        "AND (withdrawn_reason IS NULL OR withdrawn_at IS NOT NULL)",
    )
    op.execute(
        "CREATE POLICY photos_withdraw ON photos FOR UPDATE USING (wangge_may_create() "
        "AND EXISTS (SELECT 1 FROM reports r WHERE r.id = report_id))"
    )
    op.execute(f"GRANT UPDATE ({', '.join(COLUMNS)}) ON photos TO {APP_ROLE}")


def downgrade() -> None:
    """Forget withdrawals; their pictures do not come back."""
    op.execute("DROP POLICY photos_withdraw ON photos")
    op.execute(f"REVOKE UPDATE ({', '.join(COLUMNS)}) ON photos FROM {APP_ROLE}")
    op.drop_constraint(op.f("ck_photos_withdrawn"), "photos")
    op.drop_constraint(op.f("fk_photos_withdrawn_by"), "photos")
    for name in COLUMNS:
        op.drop_column("photos", name)
