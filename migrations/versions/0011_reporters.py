"""Keep reporters apart from reports, encrypted."""

from __future__ import annotations

from typing import Any

from alembic import op
import sqlalchemy as sa

from api.input_types import SHANGHAI
from api.privacy.key_file import make_file
from api.privacy.vault import Reporter, Vault
from api.settings import get_settings

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

APP_ROLE = "wangge_app"

FORGET = """
CREATE FUNCTION wangge_forget_reporter() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE reporters SET state = 'withheld', key_id = NULL, sealed = NULL, phone_tag = NULL,
    changed_at = now()
  WHERE report_id = NEW.id AND state = 'kept' AND EXISTS (
    SELECT 1 FROM categories c WHERE c.code = NEW.category AND c.confidential);
  RETURN NULL;
END
$$;

CREATE TRIGGER reports_forget_reporter AFTER UPDATE OF category ON reports
  FOR EACH ROW WHEN (NEW.category IS DISTINCT FROM OLD.category)
  EXECUTE FUNCTION wangge_forget_reporter();
"""

POLICIES = """
CREATE POLICY reporters_read ON reporters FOR SELECT
  USING (EXISTS (SELECT 1 FROM reports r WHERE r.id = report_id));
CREATE POLICY reporters_create ON reporters FOR INSERT WITH CHECK (wangge_may_create());
CREATE POLICY reporters_change ON reporters FOR UPDATE
  USING (EXISTS (SELECT 1 FROM reports r WHERE r.id = report_id));
ALTER TABLE reporters ENABLE ROW LEVEL SECURITY;
ALTER TABLE reporters FORCE ROW LEVEL SECURITY;
"""


def upgrade() -> None:
    """Move names and phones into a table of their own, sealed with the newest key.

    Needs the key file when there are any; it is made when there is none. The answers that intake
    remembers lose the masked name. What stood in the dropped columns goes from the disk with the
    next VACUUM FULL of ``reports``.
    """
    op.create_table(
        "reporters",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text()),
        sa.Column("sealed", sa.LargeBinary()),
        sa.Column("phone_tag", sa.LargeBinary()),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('kept','withheld','erased')", name=op.f("ck_reporters_state")
        ),
        sa.CheckConstraint(
            "CASE WHEN state = 'kept' THEN sealed IS NOT NULL AND key_id IS NOT NULL "
            "ELSE sealed IS NULL AND key_id IS NULL AND phone_tag IS NULL END",
            name=op.f("ck_reporters_nothing_left"),
        ),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_reporters_report_id")),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_reporters")),
    )
    op.create_index(
        "ix_reporters_phone_tag",
        "reporters",
        ["phone_tag"],
        postgresql_where=sa.text("phone_tag IS NOT NULL"),
    )
    op.create_index(
        "ix_reporters_key_id",
        "reporters",
        ["key_id", "report_id"],
        postgresql_where=sa.text("key_id IS NOT NULL"),
    )
    _seal_all()
    op.drop_column("reports", "reporter_name")
    op.drop_column("reports", "reporter_phone")
    op.execute(
        "UPDATE intake_keys SET response = jsonb_set(response, '{reporter}', 'null') "
        "WHERE response->'reporter' <> 'null'"
    )
    op.execute(FORGET)
    op.execute(POLICIES)
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON reporters TO {APP_ROLE}")


def downgrade() -> None:
    """Write names and phones back where they stood; needs the keys that sealed them."""
    op.add_column("reports", sa.Column("reporter_name", sa.Text()))
    op.add_column("reports", sa.Column("reporter_phone", sa.Text()))
    _open_all()
    op.execute("DROP TRIGGER reports_forget_reporter ON reports")
    op.execute("DROP FUNCTION wangge_forget_reporter")
    op.drop_table("reporters")


def _rows(statement: str) -> list[Any]:
    # Row security holds for the owner too: nothing is seen without a scope.
    op.execute("SELECT set_config('wangge.scope', 'all', true)")
    return list(op.get_bind().execute(sa.text(statement)))


def _seal_all() -> None:
    rows = _rows(
        "SELECT id, reporter_name, reporter_phone, created_at FROM reports "
        "WHERE reporter_name <> '' OR reporter_phone <> ''"
    )
    if not rows:
        return
    path = get_settings().reporter_key_file
    make_file(path, max(row.created_at for row in rows).astimezone(SHANGHAI).date())
    vault = Vault(path)
    for row in rows:
        sealed = vault.seal(row.id, Reporter(row.reporter_name, row.reporter_phone))
        op.get_bind().execute(
            sa.text(
                "INSERT INTO reporters (report_id, state, key_id, sealed, phone_tag, changed_at) "
                "VALUES (:id, 'kept', :key_id, :sealed, :phone_tag, now())"
            ),
            {
                "id": row.id,
                "key_id": sealed.key_id,
                "sealed": sealed.content,
                "phone_tag": sealed.phone_tag,
            },
        )


def _open_all() -> None:
    rows = _rows("SELECT report_id, key_id, sealed FROM reporters WHERE state = 'kept'")
    vault = Vault(get_settings().reporter_key_file)
    for row in rows:
        reporter = vault.open(row.report_id, row.key_id, row.sealed)
        op.get_bind().execute(
            sa.text(
                "UPDATE reports SET reporter_name = :name, reporter_phone = :phone WHERE id = :id"
            ),
            {"id": row.report_id, "name": reporter.name, "phone": reporter.phone},
        )
