"""Date organisations, posts, cover, absence, shifts and overrides; persons get a number."""

from __future__ import annotations

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

APP_ROLE = "wangge_app"
TABLES = ("orgs", "covers", "absences", "shifts", "overrides")


def _valid() -> sa.Column[object]:
    return sa.Column(
        "valid", postgresql.TSTZRANGE(), server_default=sa.text("'(,)'::tstzrange"), nullable=False
    )


def _entered() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("entered_by", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "entered_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
    )


def upgrade() -> None:
    """Add what is dated; carry the rows of the old table over; let the serving role write."""
    # Row security is forced on the owner too: without a scope no person would get a number.
    op.execute("SELECT set_config('wangge.scope', 'all', true)")
    _add_orgs()
    _widen_people_and_posts()
    _add_terms()
    _carry_over()
    op.drop_table("duty")
    # Why somebody is away is seen with the person, and by nobody who does not see the person.
    op.execute(
        "CREATE POLICY absences_seen ON absences FOR ALL "
        "USING (EXISTS (SELECT 1 FROM people p WHERE p.id = person_id))"
    )
    op.execute("ALTER TABLE absences ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE absences FORCE ROW LEVEL SECURITY")
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON {', '.join(TABLES)} TO {APP_ROLE}")
    op.execute(f"GRANT USAGE ON SEQUENCE person_numbers TO {APP_ROLE}")


def _add_orgs() -> None:
    op.create_table(
        "orgs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("area_code", sa.Text(), nullable=True),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        _valid(),
        sa.CheckConstraint(
            "kind IN ('department','township_team','centre')", name=op.f("ck_orgs_kind")
        ),
        sa.ForeignKeyConstraint(["area_code"], ["areas.code"], name=op.f("fk_orgs_area_code")),
        sa.ForeignKeyConstraint(["parent_id"], ["orgs.id"], name=op.f("fk_orgs_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orgs")),
        postgresql.ExcludeConstraint(("name", "="), ("valid", "&&"), name="ex_orgs_one_name"),
    )


def _widen_people_and_posts() -> None:
    op.execute("CREATE SEQUENCE person_numbers")
    op.add_column("people", sa.Column("number", sa.Text(), nullable=True))
    op.add_column("people", sa.Column("org_id", sa.Uuid(), nullable=True))
    op.add_column("people", _valid())
    op.execute(
        "UPDATE people SET number = 'G' || lpad(n.number::text, 6, '0') FROM "
        "(SELECT id, nextval('person_numbers') AS number FROM "
        "(SELECT id FROM people ORDER BY area_code, id) AS ordered) AS n WHERE n.id = people.id"
    )
    op.alter_column("people", "number", nullable=False)
    op.create_unique_constraint(op.f("uq_people_number"), "people", ["number"])
    op.create_check_constraint(op.f("ck_people_number"), "people", "number <> ''")
    op.create_foreign_key(op.f("fk_people_org_id"), "people", "orgs", ["org_id"], ["id"])
    op.alter_column("posts", "area_code", nullable=True)
    op.add_column("posts", sa.Column("org_id", sa.Uuid(), nullable=True))
    op.add_column("posts", sa.Column("name", sa.Text(), server_default="", nullable=False))
    op.add_column(
        "posts",
        sa.Column("by_shifts", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column(
        "posts", sa.Column("places", sa.ARRAY(sa.Text()), server_default="{}", nullable=False)
    )
    op.add_column("posts", _valid())
    op.create_foreign_key(op.f("fk_posts_org_id"), "posts", "orgs", ["org_id"], ["id"])
    op.create_check_constraint(
        op.f("ck_posts_place"), "posts", "num_nonnulls(area_code, org_id) = 1"
    )
    for column in _entered():
        op.add_column("holders", column)
    op.create_exclude_constraint(
        "ex_holders_one_seat_a_person",
        "holders",
        ("post_id", "="),
        ("person_id", "="),
        ("valid", "&&"),
        using="gist",
    )


def _person_and_post(table: str) -> tuple[sa.ForeignKeyConstraint, ...]:
    return (
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f(f"fk_{table}_post_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f(f"fk_{table}_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def _ids() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
    )


def _period() -> sa.Column[object]:
    return sa.Column("valid", postgresql.TSTZRANGE(), nullable=False)


def _add_terms() -> None:
    op.create_table(
        "covers",
        *_ids(),
        sa.Column("rank", sa.Integer(), server_default="1", nullable=False),
        _period(),
        *_entered(),
        *_person_and_post("covers"),
        sa.CheckConstraint("rank > 0", name=op.f("ck_covers_rank")),
        postgresql.ExcludeConstraint(
            ("post_id", "="), ("rank", "="), ("valid", "&&"), name="ex_covers_one_person_a_rank"
        ),
        postgresql.ExcludeConstraint(
            ("post_id", "="),
            ("person_id", "="),
            ("valid", "&&"),
            name="ex_covers_one_rank_a_person",
        ),
    )
    op.create_table(
        "shifts",
        *_ids(),
        _period(),
        *_entered(),
        *_person_and_post("shifts"),
        postgresql.ExcludeConstraint(
            ("post_id", "="), ("person_id", "="), ("valid", "&&"), name="ex_shifts_one_at_a_time"
        ),
    )
    op.create_table(
        "overrides",
        *_ids(),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        _period(),
        *_entered(),
        *_person_and_post("overrides"),
        postgresql.ExcludeConstraint(
            ("post_id", "="), ("valid", "&&"), name="ex_overrides_one_at_a_time"
        ),
    )
    op.create_table(
        "absences",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        _period(),
        *_entered(),
        sa.CheckConstraint(
            "kind IN ('annual','sick','personal','training','trip','maternity')",
            name=op.f("ck_absences_kind"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_absences_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absences")),
        postgresql.ExcludeConstraint(
            ("person_id", "="), ("valid", "&&"), name="ex_absences_one_at_a_time"
        ),
    )
    for table in ("covers", "shifts", "overrides"):
        op.create_index(f"ix_{table}_person_id", table, ["person_id"])


def _carry_over() -> None:
    op.execute(
        "INSERT INTO covers (id, post_id, person_id, valid) "
        "SELECT id, post_id, person_id, valid FROM duty WHERE kind = 'cover'"
    )
    op.execute(
        "INSERT INTO overrides (id, post_id, person_id, reason, valid) "
        "SELECT id, post_id, person_id, reason, valid FROM duty WHERE kind = 'override'"
    )
    # An absence was of a post and is of a person now: what overlapped becomes one.
    op.execute(
        "INSERT INTO absences (id, person_id, kind, valid) "
        "SELECT gen_random_uuid(), person_id, 'personal', unnest(range_agg(valid)) "
        "FROM duty WHERE kind = 'absence' GROUP BY person_id"
    )


def downgrade() -> None:
    """Go back to one table; shifts, absences, organisations and their posts are lost."""
    op.execute("DELETE FROM holders h USING posts p WHERE p.id = h.post_id AND p.area_code IS NULL")
    op.create_table(
        "duty",
        *_ids(),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        _period(),
        *_person_and_post("duty"),
        sa.CheckConstraint("kind IN ('cover','override','absence')", name=op.f("ck_duty_kind")),
        postgresql.ExcludeConstraint(
            ("post_id", "="), ("kind", "="), ("valid", "&&"), name="ex_duty_one_at_a_time"
        ),
    )
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON duty TO {APP_ROLE}")
    on_area = "JOIN posts p ON p.id = t.post_id AND p.area_code IS NOT NULL"
    op.execute(
        "INSERT INTO duty (id, post_id, person_id, kind, valid) "
        f"SELECT t.id, t.post_id, t.person_id, 'cover', t.valid FROM covers t {on_area} "
        "WHERE t.rank = 1"
    )
    op.execute(
        "INSERT INTO duty (id, post_id, person_id, kind, reason, valid) "
        f"SELECT t.id, t.post_id, t.person_id, 'override', t.reason, t.valid "
        f"FROM overrides t {on_area}"
    )
    for table in ("covers", "shifts", "overrides", "absences"):
        op.drop_table(table)
    op.drop_constraint("ex_holders_one_seat_a_person", "holders")
    for column in ("entered_by", "entered_at"):
        op.drop_column("holders", column)
    op.drop_constraint(op.f("ck_posts_place"), "posts", type_="check")
    op.execute("DELETE FROM posts WHERE area_code IS NULL")
    for column in ("org_id", "name", "by_shifts", "places", "valid"):
        op.drop_column("posts", column)
    op.alter_column("posts", "area_code", nullable=False)
    for column in ("number", "org_id", "valid"):
        op.drop_column("people", column)
    op.drop_table("orgs")
    op.execute("DROP SEQUENCE person_numbers")
