"""Take what a gateway says of delivery; list notices in their order without sorting them all."""

from __future__ import annotations

from alembic import op
import sqlalchemy as sa

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_ALL = "current_setting('wangge.scope', true) = 'all'"
_BEFORE = f"{_ALL} OR EXISTS (SELECT 1 FROM reports r WHERE r.id = report_id)"
# OFFSET 0 keeps the planner from looking up every report in sight before the first notice is read.
_SEEN = f"{_ALL} OR EXISTS (SELECT 1 FROM reports r WHERE r.id = report_id OFFSET 0)"


def upgrade() -> None:
    """Add when a message was said not to have arrived, and the indexes."""
    op.add_column("notices", sa.Column("undelivered_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_notices_listed", "notices", [sa.text("urgent DESC"), "at", "id"])
    op.create_index(
        "ix_notices_provider_id",
        "notices",
        ["provider_id"],
        postgresql_where=sa.text("provider_id IS NOT NULL"),
    )
    op.execute(f"ALTER POLICY notices_read ON notices USING ({_SEEN})")


def downgrade() -> None:
    """Forget what gateways said of delivery."""
    op.execute(f"ALTER POLICY notices_read ON notices USING ({_BEFORE})")
    op.drop_index("ix_notices_provider_id", "notices")
    op.drop_index("ix_notices_listed", "notices")
    op.drop_column("notices", "undelivered_at")
