"""Let a county start from a list: provisional grids, and how many grids the list expects."""

from __future__ import annotations

from alembic import op
import sqlalchemy as sa

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the two columns; grids that are named as not divided yet are marked so."""
    op.add_column(
        "areas",
        sa.Column("provisional", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column("areas", sa.Column("expected_grids", sa.Integer(), nullable=True))
    op.create_check_constraint(
        op.f("ck_areas_expected_grids"),
        "areas",
        "expected_grids IS NULL OR (level = 'community' AND expected_grids > 0)",
    )
    op.execute(
        "UPDATE areas SET provisional = true WHERE level = 'grid' AND name LIKE '%（暂未细分）'"
    )


def downgrade() -> None:
    """Forget both; the names still say which grids were not divided yet."""
    op.drop_constraint(op.f("ck_areas_expected_grids"), "areas", type_="check")
    op.drop_column("areas", "expected_grids")
    op.drop_column("areas", "provisional")
