"""Create the tables of redrawing: plans, operations, changesets, lineage, buildings."""

from __future__ import annotations

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


APP_ROLE = "wangge_app"
TABLES = (
    "buildings, plans, plan_operations, plan_changes, plan_revisions, changesets, "
    "changeset_grids, lineage"
)


def upgrade() -> None:
    """Create the tables and give the serving role what it needs to publish."""
    op.execute("CREATE SEQUENCE boundary_numbers")
    op.create_table(
        "plan_changes",
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("before", sa.LargeBinary(), nullable=True),
        sa.Column("after", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("plan_id", "number", "code", name=op.f("pk_plan_changes")),
    )
    op.create_table(
        "buildings",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("lon", sa.Double(), nullable=False),
        sa.Column("lat", sa.Double(), nullable=False),
        sa.Column("households", sa.Integer(), nullable=False),
        sa.Column("place_id", sa.Text(), nullable=True),
        sa.Column("community_code", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_code"], ["areas.code"], name=op.f("fk_buildings_community_code")
        ),
        sa.ForeignKeyConstraint(["place_id"], ["places.id"], name=op.f("fk_buildings_place_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_buildings")),
    )
    op.create_index("ix_buildings_community_code", "buildings", ["community_code"], unique=False)
    op.create_table(
        "plans",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("base", sa.Text(), nullable=False),
        sa.Column("crosses_parent", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decider_id", sa.Uuid(), nullable=True),
        sa.Column("decider", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("document_no", sa.Text(), nullable=True),
        sa.Column("document_date", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('draft','submitted','scheduled','effective','rejected','overtaken')",
            name=op.f("ck_plans_state"),
        ),
        sa.CheckConstraint(
            "decider_id IS DISTINCT FROM author_id", name=op.f("ck_plans_two_persons")
        ),
        sa.ForeignKeyConstraint(["area_code"], ["areas.code"], name=op.f("fk_plans_area_code")),
        sa.ForeignKeyConstraint(["author_id"], ["accounts.id"], name=op.f("fk_plans_author_id")),
        sa.ForeignKeyConstraint(["base"], ["boundary_revisions.name"], name=op.f("fk_plans_base")),
        sa.ForeignKeyConstraint(["decider_id"], ["accounts.id"], name=op.f("fk_plans_decider_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plans")),
    )
    op.create_index("ix_plans_area_code", "plans", ["area_code"], unique=False)
    op.create_table(
        "changesets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=True),
        sa.Column("rolls_back", sa.Uuid(), nullable=True),
        sa.Column("revision_name", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("decider", sa.Text(), nullable=False),
        sa.Column("document_no", sa.Text(), nullable=True),
        sa.Column("document_date", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handed_over_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "summary", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["area_code"], ["areas.code"], name=op.f("fk_changesets_area_code")
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_changesets_plan_id")),
        sa.ForeignKeyConstraint(
            ["revision_name"], ["boundary_revisions.name"], name=op.f("fk_changesets_revision_name")
        ),
        sa.ForeignKeyConstraint(
            ["rolls_back"], ["changesets.id"], name=op.f("fk_changesets_rolls_back")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_changesets")),
    )
    op.create_index("ix_changesets_effective_at", "changesets", ["effective_at"], unique=False)
    op.create_index(
        "ix_changesets_to_hand_over",
        "changesets",
        ["effective_at"],
        unique=False,
        postgresql_where=sa.text("handed_over_at IS NULL"),
    )
    op.create_table(
        "plan_operations",
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("logged", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), server_default="done", nullable=False),
        sa.CheckConstraint(
            "state IN ('done','undone','dropped')", name=op.f("ck_plan_operations_state")
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["accounts.id"], name=op.f("fk_plan_operations_author_id")
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_plan_operations_plan_id")),
        sa.PrimaryKeyConstraint("plan_id", "number", name=op.f("pk_plan_operations")),
    )
    op.create_table(
        "plan_revisions",
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("codes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_plan_revisions_plan_id")),
        sa.PrimaryKeyConstraint("plan_id", "revision", name=op.f("pk_plan_revisions")),
    )
    op.create_table(
        "changeset_grids",
        sa.Column("changeset_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("before", sa.LargeBinary(), nullable=True),
        sa.Column("after", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["changeset_id"], ["changesets.id"], name=op.f("fk_changeset_grids_changeset_id")
        ),
        sa.ForeignKeyConstraint(["code"], ["areas.code"], name=op.f("fk_changeset_grids_code")),
        sa.PrimaryKeyConstraint("changeset_id", "code", name=op.f("pk_changeset_grids")),
    )
    op.create_index("ix_changeset_grids_code", "changeset_grids", ["code"], unique=False)
    op.create_table(
        "lineage",
        sa.Column("changeset_id", sa.Uuid(), nullable=False),
        sa.Column("old_code", sa.Text(), nullable=False),
        sa.Column("new_code", sa.Text(), nullable=False),
        sa.Column("area_share", sa.Double(), nullable=False),
        sa.Column("household_share", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["changeset_id"], ["changesets.id"], name=op.f("fk_lineage_changeset_id")
        ),
        sa.ForeignKeyConstraint(["new_code"], ["areas.code"], name=op.f("fk_lineage_new_code")),
        sa.ForeignKeyConstraint(["old_code"], ["areas.code"], name=op.f("fk_lineage_old_code")),
        sa.PrimaryKeyConstraint("changeset_id", "old_code", "new_code", name=op.f("pk_lineage")),
    )
    op.create_index("ix_lineage_new_code", "lineage", ["new_code"], unique=False)

    op.execute(f"GRANT SELECT, INSERT, UPDATE ON {TABLES} TO {APP_ROLE}")
    # Publishing is the serving role's work: new shapes, new units, never a deletion.
    op.execute(
        "GRANT INSERT, UPDATE ON revisions, areas, boundary_revisions, grid_boundaries, area_boundaries "
        f"TO {APP_ROLE}"
    )
    op.execute(f"GRANT USAGE ON SEQUENCE boundary_numbers TO {APP_ROLE}")


def downgrade() -> None:
    """Take the tables and the rights away."""
    op.execute(
        "REVOKE INSERT, UPDATE ON areas, boundary_revisions, grid_boundaries, area_boundaries "
        f"FROM {APP_ROLE}"
    )
    op.execute(f"REVOKE INSERT ON revisions FROM {APP_ROLE}")
    op.drop_index("ix_lineage_new_code", table_name="lineage")
    op.drop_table("lineage")
    op.drop_index("ix_changeset_grids_code", table_name="changeset_grids")
    op.drop_table("changeset_grids")
    op.drop_table("plan_revisions")
    op.drop_table("plan_operations")
    op.drop_index(
        "ix_changesets_to_hand_over",
        table_name="changesets",
        postgresql_where=sa.text("handed_over_at IS NULL"),
    )
    op.drop_index("ix_changesets_effective_at", table_name="changesets")
    op.drop_table("changesets")
    op.drop_index("ix_plans_area_code", table_name="plans")
    op.drop_table("plans")
    op.drop_index("ix_buildings_community_code", table_name="buildings")
    op.drop_table("buildings")
    op.drop_table("plan_changes")
    op.execute("DROP SEQUENCE boundary_numbers")
