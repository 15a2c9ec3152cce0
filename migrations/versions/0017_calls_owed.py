"""Find the ended reports whose callers are still to be called back."""

from __future__ import annotations

from alembic import op
import sqlalchemy as sa

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index over the few of them."""
    op.create_index(
        "ix_reports_to_call",
        "reports",
        ["due_at"],
        postgresql_where=sa.text("""status = 'closed' AND life @> '{"to_call": true}'"""),
    )


def downgrade() -> None:
    """Drop the index; the mark stays in the life."""
    op.drop_index("ix_reports_to_call", "reports")
