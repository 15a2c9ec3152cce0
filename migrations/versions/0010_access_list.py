"""Keep the access list by versions, with seasonal and temporary items; say whom a complaint is about."""

from __future__ import annotations

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

APP_ROLE = "wangge_app"
KINDS_BEFORE = "kind IN ('boundaries','roster','places','calendar')"
KINDS = "kind IN ('boundaries','roster','places','calendar','access_list')"
ABOUT = "about IN ('grid_worker','community_cadre','township_cadre')"


def upgrade() -> None:
    """Create the tables, let processes hear of a new list, let a report say whom it is about."""
    op.create_table(
        "access_list_versions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content_sha256", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column(
            "entered_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("entered_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "what IN ('import','item_added','item_ended')",
            name=op.f("ck_access_list_versions_what"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_list_versions")),
    )
    op.create_table(
        "access_list_items",
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("no", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("applied_for_by", sa.Text(), nullable=False),
        sa.Column("frequency", sa.Text(), nullable=False),
        sa.Column("categories", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("seasons", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("start_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('primary','assist','temporary','forbidden')",
            name=op.f("ck_access_list_items_kind"),
        ),
        sa.CheckConstraint(
            "start_at IS NULL OR end_at IS NULL OR start_at < end_at",
            name=op.f("ck_access_list_items_period"),
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["access_list_versions.id"],
            name=op.f("fk_access_list_items_version_id"),
        ),
        sa.PrimaryKeyConstraint("version_id", "no", name=op.f("pk_access_list_items")),
    )
    op.add_column("reports", sa.Column("about", sa.Text(), nullable=True))
    op.create_check_constraint(op.f("ck_reports_about"), "reports", ABOUT)
    op.drop_constraint(op.f("ck_revisions_kind"), "revisions", type_="check")
    op.create_check_constraint(op.f("ck_revisions_kind"), "revisions", KINDS)
    op.execute("INSERT INTO revisions (kind) VALUES ('access_list')")
    op.execute(f"GRANT SELECT, INSERT ON access_list_versions, access_list_items TO {APP_ROLE}")


def downgrade() -> None:
    """Forget the list and whom complaints are about."""
    op.execute("DELETE FROM revisions WHERE kind = 'access_list'")
    op.drop_constraint(op.f("ck_revisions_kind"), "revisions", type_="check")
    op.create_check_constraint(op.f("ck_revisions_kind"), "revisions", KINDS_BEFORE)
    op.drop_constraint(op.f("ck_reports_about"), "reports", type_="check")
    op.drop_column("reports", "about")
    op.drop_table("access_list_items")
    op.drop_table("access_list_versions")
