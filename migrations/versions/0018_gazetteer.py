"""Keep the gazetteer as the county's own table: validity, aliases with scope and standing, rights."""

from __future__ import annotations

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

APP_ROLE = "wangge_app"
# Everybody reads the names; who may change them is said by the area. What is only proposed tells
# of reports: it is seen by those who see the area.
POLICIES = """
CREATE POLICY places_read ON places FOR SELECT USING (true);
CREATE POLICY places_add ON places FOR INSERT WITH CHECK (wangge_sees_area(area_code));
CREATE POLICY places_change ON places FOR UPDATE USING (wangge_sees_area(area_code));
CREATE POLICY place_aliases_read ON place_aliases FOR SELECT
  USING (status = 'approved' OR wangge_sees_area(area_code));
CREATE POLICY place_aliases_add ON place_aliases FOR INSERT
  WITH CHECK (wangge_sees_area(area_code));
CREATE POLICY place_aliases_change ON place_aliases FOR UPDATE
  USING (wangge_sees_area(area_code));
"""
# A second net below the service: a place inside itself would let a walk upwards never end.
NO_CYCLE = """
CREATE FUNCTION wangge_refuse_place_cycle() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE above text := NEW.parent_id; steps integer := 0;
BEGIN
  WHILE above IS NOT NULL LOOP
    steps := steps + 1;
    IF above = NEW.id OR steps > 20 THEN
      RAISE EXCEPTION 'a place cannot lie inside itself' USING ERRCODE = 'check_violation';
    END IF;
    SELECT parent_id INTO above FROM places WHERE id = above;
  END LOOP;
  RETURN NEW;
END
$$;
CREATE TRIGGER places_no_cycle BEFORE INSERT OR UPDATE OF parent_id ON places
  FOR EACH ROW WHEN (NEW.parent_id IS NOT NULL)
  EXECUTE FUNCTION wangge_refuse_place_cycle();
"""


def upgrade() -> None:
    """Give places their time and edition, aliases a table of their own, both their policies."""
    op.add_column("places", sa.Column("valid_from", sa.DateTime(timezone=True), nullable=True))
    op.add_column("places", sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True))
    op.add_column("places", sa.Column("edition", sa.Integer(), server_default="1", nullable=False))
    op.create_check_constraint(
        op.f("ck_places_period"),
        "places",
        "valid_from IS NULL OR valid_to IS NULL OR valid_from < valid_to",
    )
    op.create_index("ix_places_area_code", "places", ["area_code"])
    op.create_index(
        "ix_places_parent_id",
        "places",
        ["parent_id"],
        postgresql_where=sa.text("parent_id IS NOT NULL"),
    )
    op.create_table(
        "place_aliases",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("place_id", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("evidence", postgresql.JSONB(), server_default="[]", nullable=False),
        sa.Column(
            "entered_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("entered_by", sa.Text(), nullable=False),
        sa.Column("entered_by_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "kind IN ('alias','former','colloquial','spelling')",
            name=op.f("ck_place_aliases_kind"),
        ),
        sa.CheckConstraint(
            "status IN ('proposed','approved','rejected','ended')",
            name=op.f("ck_place_aliases_status"),
        ),
        sa.CheckConstraint(
            "since IS NULL OR until IS NULL OR since <= until",
            name=op.f("ck_place_aliases_period"),
        ),
        sa.CheckConstraint("(lon IS NULL) = (lat IS NULL)", name=op.f("ck_place_aliases_pin")),
        sa.CheckConstraint(
            "place_id IS NOT NULL OR (status <> 'approved' AND lon IS NOT NULL)",
            name=op.f("ck_place_aliases_of_a_place"),
        ),
        sa.ForeignKeyConstraint(
            ["place_id"], ["places.id"], name=op.f("fk_place_aliases_place_id")
        ),
        sa.ForeignKeyConstraint(["scope"], ["areas.code"], name=op.f("fk_place_aliases_scope")),
        sa.ForeignKeyConstraint(
            ["area_code"], ["areas.code"], name=op.f("fk_place_aliases_area_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place_aliases")),
    )
    op.create_index(
        "uq_place_aliases_name",
        "place_aliases",
        ["place_id", "name", "scope"],
        unique=True,
        postgresql_where=sa.text("status IN ('proposed','approved')"),
    )
    op.create_index("ix_place_aliases_place_id", "place_aliases", ["place_id"])
    op.create_index(
        "ix_place_aliases_proposed",
        "place_aliases",
        ["number"],
        postgresql_where=sa.text("status = 'proposed'"),
    )
    op.create_index(
        "ix_audit_of_places",
        "audit",
        ["object", "id"],
        postgresql_where=sa.text("action ^@ 'place_'"),
    )
    # A place's aliases held in the whole county, and keep their order.
    op.execute(
        "INSERT INTO place_aliases (place_id, name, kind, scope, area_code, status, entered_by) "
        "SELECT p.id, one.name, 'alias', left(p.area_code, 6), p.area_code, 'approved', "
        "'command-line' FROM places p, LATERAL (SELECT name, min(place) AS place "
        "FROM unnest(p.aliases) WITH ORDINALITY AS a (name, place) GROUP BY name) AS one "
        "ORDER BY p.id, one.place"
    )
    op.drop_column("places", "aliases")
    op.execute(NO_CYCLE)
    op.execute(POLICIES)
    for table in ("places", "place_aliases"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON place_aliases TO {APP_ROLE}")


def downgrade() -> None:
    """Put the aliases that hold everywhere back into their places; forget the rest."""
    op.execute("SELECT set_config('wangge.scope', 'all', true)")
    op.add_column(
        "places",
        sa.Column("aliases", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
    )
    op.execute(
        "UPDATE places p SET aliases = ARRAY(SELECT a.name FROM place_aliases a "
        "WHERE a.place_id = p.id AND a.status = 'approved' AND length(a.scope) = 6 "
        "ORDER BY a.number)"
    )
    op.execute("DROP POLICY places_read ON places")
    op.execute("DROP POLICY places_add ON places")
    op.execute("DROP POLICY places_change ON places")
    op.execute("ALTER TABLE places NO FORCE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE places DISABLE ROW LEVEL SECURITY")
    op.execute("DROP TRIGGER places_no_cycle ON places")
    op.execute("DROP FUNCTION wangge_refuse_place_cycle()")
    op.drop_index("ix_audit_of_places", table_name="audit")
    op.drop_table("place_aliases")
    op.drop_index("ix_places_parent_id", table_name="places")
    op.drop_index("ix_places_area_code", table_name="places")
    op.drop_constraint(op.f("ck_places_period"), "places", type_="check")
    for column in ("edition", "valid_to", "valid_from"):
        op.drop_column("places", column)
