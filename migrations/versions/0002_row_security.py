"""Give the serving role its rights, and let row security scope reports and people."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

APP_ROLE = "wangge_app"

READ_ONLY = ("areas", "boundary_revisions", "grid_boundaries", "area_boundaries", "roads")
READ_WRITE = (
    "places",
    "people",
    "posts",
    "holders",
    "duty",
    "categories",
    "accounts",
    "reports",
    "assignments",
    "outbox",
    "intake_keys",
)
APPEND_ONLY = ("audit", "report_events")
SCOPED = ("people", "reports", "assignments", "report_events")

FUNCTIONS = """
CREATE FUNCTION wangge_sees_area(area text) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT CASE coalesce(current_setting('wangge.scope', true), 'none')
    WHEN 'all' THEN true
    WHEN 'areas' THEN EXISTS (
      SELECT 1
      FROM unnest(string_to_array(current_setting('wangge.areas', true), ',')) AS mine(code)
      WHERE mine.code <> '' AND area ^@ mine.code)
    ELSE false
  END
$$;

CREATE FUNCTION wangge_sees_report(area text, channel text, org text) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT CASE coalesce(current_setting('wangge.scope', true), 'none')
    WHEN 'channel' THEN channel = current_setting('wangge.channel', true)
    WHEN 'org' THEN coalesce(org = nullif(current_setting('wangge.org', true), ''), false)
    ELSE wangge_sees_area(area)
  END
$$;

CREATE FUNCTION wangge_may_create() RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT coalesce(current_setting('wangge.create', true), 'off') = 'on'
$$;

CREATE FUNCTION wangge_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE FUNCTION wangge_announce_outbox() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('wangge_outbox', NEW.id::text);
  RETURN NULL;
END
$$;

CREATE FUNCTION wangge_announce_revision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('wangge_revision', NEW.kind);
  RETURN NULL;
END
$$;

CREATE FUNCTION wangge_announce_session() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('wangge_session', OLD.account_id::text);
  RETURN NULL;
END
$$;

CREATE FUNCTION wangge_announce_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('wangge_session', NEW.id::text);
  RETURN NULL;
END
$$;
"""

TRIGGERS = """
CREATE TRIGGER outbox_announce AFTER INSERT ON outbox
  FOR EACH ROW EXECUTE FUNCTION wangge_announce_outbox();
CREATE TRIGGER revisions_announce AFTER INSERT OR UPDATE ON revisions
  FOR EACH ROW EXECUTE FUNCTION wangge_announce_revision();
CREATE TRIGGER sessions_announce AFTER DELETE OR UPDATE ON sessions
  FOR EACH ROW EXECUTE FUNCTION wangge_announce_session();
CREATE TRIGGER accounts_announce AFTER UPDATE OF role, area_code, channel, org, person_id,
  must_change_password, password_hash ON accounts
  FOR EACH ROW EXECUTE FUNCTION wangge_announce_account();
"""

POLICIES = """
CREATE POLICY people_read ON people FOR SELECT USING (wangge_sees_area(area_code));
CREATE POLICY people_write ON people FOR ALL USING (wangge_sees_area(area_code));
CREATE POLICY reports_read ON reports FOR SELECT
  USING (wangge_sees_report(area_code, channel, org));
CREATE POLICY reports_create ON reports FOR INSERT WITH CHECK (wangge_may_create());
CREATE POLICY reports_change ON reports FOR UPDATE
  USING (wangge_sees_report(area_code, channel, org));
CREATE POLICY assignments_read ON assignments FOR SELECT
  USING (EXISTS (SELECT 1 FROM reports r WHERE r.id = report_id));
CREATE POLICY assignments_create ON assignments FOR INSERT WITH CHECK (wangge_may_create());
CREATE POLICY assignments_change ON assignments FOR UPDATE
  USING (EXISTS (SELECT 1 FROM reports r WHERE r.id = report_id));
CREATE POLICY report_events_read ON report_events FOR SELECT
  USING (EXISTS (SELECT 1 FROM reports r WHERE r.id = report_id));
CREATE POLICY report_events_create ON report_events FOR INSERT
  WITH CHECK (wangge_may_create());
"""


def upgrade() -> None:
    """Create the role, the rights, the policies and the announcing triggers."""
    op.execute(
        f"DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{APP_ROLE}') THEN "
        f"CREATE ROLE {APP_ROLE} NOLOGIN; END IF; "
        # Whoever migrates may also serve through one login, confined to the application role.
        # Granted always: newer servers make the creator a member that may not yet SET ROLE.
        f"BEGIN EXECUTE format('GRANT {APP_ROLE} TO %I', current_user); "
        "EXCEPTION WHEN insufficient_privilege OR invalid_grant_operation THEN NULL; END; END $$"
    )
    op.execute(FUNCTIONS)
    op.execute(TRIGGERS)
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION wangge_refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_never_emptied BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION wangge_refuse_change()"
        )
    op.execute(POLICIES)
    for table in SCOPED:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"GRANT USAGE ON SCHEMA public TO {APP_ROLE}")
    op.execute(f"GRANT SELECT ON {', '.join(READ_ONLY)} TO {APP_ROLE}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON {', '.join(READ_WRITE)} TO {APP_ROLE}")
    op.execute(f"GRANT SELECT, INSERT ON {', '.join(APPEND_ONLY)} TO {APP_ROLE}")
    op.execute(f"GRANT SELECT, UPDATE ON revisions TO {APP_ROLE}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON sessions TO {APP_ROLE}")
    op.execute(f"GRANT DELETE ON outbox, intake_keys TO {APP_ROLE}")
    op.execute(f"GRANT USAGE ON SEQUENCE report_numbers TO {APP_ROLE}")
    op.execute(
        "INSERT INTO revisions (kind) VALUES ('boundaries'), ('roster'), ('places') "
        "ON CONFLICT DO NOTHING"
    )


def downgrade() -> None:
    """Take policies, triggers and functions away; the role stays, other databases may use it."""
    for table in SCOPED:
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    # Those that ask no function of ours would outlive the functions.
    op.execute("DROP POLICY assignments_read ON assignments")
    op.execute("DROP POLICY assignments_change ON assignments")
    op.execute("DROP POLICY report_events_read ON report_events")
    op.execute("DROP FUNCTION wangge_sees_report, wangge_sees_area, wangge_may_create CASCADE")
    op.execute(
        "DROP FUNCTION wangge_refuse_change, wangge_announce_outbox, wangge_announce_revision, "
        "wangge_announce_session, wangge_announce_account CASCADE"
    )
    op.execute("DELETE FROM revisions")
    op.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {APP_ROLE}")
    op.execute(f"REVOKE ALL ON SEQUENCE report_numbers FROM {APP_ROLE}")
    op.execute(f"REVOKE USAGE ON SCHEMA public FROM {APP_ROLE}")
