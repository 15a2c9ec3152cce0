"""Find reports of a category in a box, or of a span of time without a place, under row security.

No operator of PostGIS may run before a row policy, so the index of shapes is of no use to whoever
sees a part of the reports only; comparisons of plain numbers may.
"""

from __future__ import annotations

from alembic import op
import sqlalchemy as sa

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the two indexes."""
    op.create_index("ix_reports_category_lat", "reports", ["category", "lat"])
    op.create_index(
        "ix_reports_category_placeless",
        "reports",
        ["category", "created_at"],
        postgresql_where=sa.text("lon IS NULL"),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_reports_category_placeless", table_name="reports")
    op.drop_index("ix_reports_category_lat", table_name="reports")
