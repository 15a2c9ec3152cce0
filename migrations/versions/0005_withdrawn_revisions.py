"""Let what was to come into force later be withdrawn without deleting it."""

from __future__ import annotations

from alembic import op
import sqlalchemy as sa

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SHAPES = ("grid_boundaries", "area_boundaries")


def upgrade() -> None:
    """Mark withdrawn revisions, changesets and shapes; a withdrawn shape holds never."""
    op.add_column(
        "boundary_revisions", sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column(
        "changesets", sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column("changesets", sa.Column("replaced_by", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_changesets_replaced_by"), "changesets", "changesets", ["replaced_by"], ["id"]
    )
    op.drop_constraint(op.f("ck_grid_boundaries_period"), "grid_boundaries", type_="check")
    for table in SHAPES:
        op.add_column(
            table,
            sa.Column("withdrawn", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        )
        op.create_check_constraint(op.f(f"ck_{table}_period"), table, "isempty(valid) = withdrawn")


def downgrade() -> None:
    """Forget what was withdrawn: it never came into force."""
    for table in SHAPES:
        op.drop_constraint(op.f(f"ck_{table}_period"), table, type_="check")
        op.execute(f"DELETE FROM {table} WHERE withdrawn")
        op.drop_column(table, "withdrawn")
    op.create_check_constraint(
        op.f("ck_grid_boundaries_period"), "grid_boundaries", "NOT isempty(valid)"
    )
    op.drop_constraint(op.f("fk_changesets_replaced_by"), "changesets", type_="foreignkey")
    op.execute(
        "DELETE FROM lineage WHERE changeset_id IN (SELECT id FROM changesets WHERE withdrawn_at IS NOT NULL)"
    )
    op.execute(
        "DELETE FROM changeset_grids WHERE changeset_id IN (SELECT id FROM changesets WHERE withdrawn_at IS NOT NULL)"
    )
    op.execute("DELETE FROM changesets WHERE withdrawn_at IS NOT NULL")
    op.drop_column("changesets", "replaced_by")
    op.drop_column("changesets", "withdrawn_at")
    op.execute("DELETE FROM boundary_revisions WHERE withdrawn_at IS NOT NULL")
    op.drop_column("boundary_revisions", "withdrawn_at")
