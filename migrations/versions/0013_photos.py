"""Keep what is known of photos; the files lie outside the database."""

from __future__ import annotations

from alembic import op
import sqlalchemy as sa

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

APP_ROLE = "wangge_app"
# A photo is seen with its report, and never without it.
POLICIES = """
CREATE POLICY photos_read ON photos FOR SELECT
  USING (EXISTS (SELECT 1 FROM reports r WHERE r.id = report_id));
CREATE POLICY photos_create ON photos FOR INSERT
  WITH CHECK (wangge_may_create() AND EXISTS (SELECT 1 FROM reports r WHERE r.id = report_id));
"""


def upgrade() -> None:
    """Create the table, its policies and the serving role's rights."""
    op.create_table(
        "photos",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("source_sha256", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("said_taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("clock_doubt", sa.Boolean(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("accuracy_m", sa.Double(), nullable=True),
        sa.Column("by_account", sa.Uuid(), nullable=False),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.CheckConstraint("(lon IS NULL) = (lat IS NULL)", name=op.f("ck_photos_position")),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_photos_report_id")),
        sa.ForeignKeyConstraint(["by_account"], ["accounts.id"], name=op.f("fk_photos_by_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photos")),
    )
    op.create_index("uq_photos_client_id", "photos", ["report_id", "client_id"], unique=True)
    op.create_index("ix_photos_report_id", "photos", ["report_id", "received_at"], unique=False)
    op.execute(POLICIES)
    op.execute("ALTER TABLE photos ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE photos FORCE ROW LEVEL SECURITY")
    op.execute(f"GRANT SELECT, INSERT ON photos TO {APP_ROLE}")


def downgrade() -> None:
    """Forget the photos; their files stay until they are swept."""
    op.drop_table("photos")
