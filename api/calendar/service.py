"""Load notices of days off, set when offices work, and show the calendar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from api.accounts.audit_trail import Actor, note
from api.calendar.limits import ClockSettings
from api.calendar.loading import in_force, load_calendar
from api.calendar.notice import Notice, read_notice
from api.db import area_store, calendar_store
from api.db.calendar_store import VersionRow
from api.db.engine import SERVICE, Connection, Database
from api.db.place_store import hold_publications
from api.knowledge import Keeper, Knowledge
from api.problems import invalid
from api.reports.recounting import recount
from api.sheet_files import RowFault

IMPORT_S = 120


@dataclass(frozen=True, slots=True)
class Outcome:
    """Hold what an import did, or would do.

    ``refused`` says that faulty rows forbade it, ``version`` names the notice that says this:
    the new one, the one that said so already, or None when nothing was stored.
    ``recomputed`` counts the reports whose provisional due date was counted again.
    """

    year: int
    days: int
    errors: tuple[RowFault, ...]
    version: str | None = None
    unchanged: bool = False
    recomputed: int = 0

    @property
    def refused(self) -> bool:
        """Say whether faulty rows forbade the import."""
        return bool(self.errors)


def import_calendar(
    database: Database,
    keeper: Keeper,
    raw: bytes,
    *,
    now: datetime,
    actor: Actor,
    year: int | None = None,
    document_no: str | None = None,
    dry_run: bool = False,
) -> Outcome:
    """Load the notice of a year from a table; nothing at all when one row is faulty.

    The same notice again changes nothing. A notice of a known year replaces the one before for
    what is counted from now on; provisional due dates of open reports are counted again, each
    with an event. Raises GeoError for a file that is no such table.
    """
    known = keeper.refresh()
    notice = read_notice(raw, year=year)
    outcome = Outcome(notice.year, len(notice.days), notice.errors)
    if outcome.refused:
        return outcome
    with database.transaction(SERVICE) as connection:
        database.be_patient(connection, seconds=IMPORT_S)
        if not dry_run:
            # Reports wait from here to the commit, so that none is counted by the old calendar.
            hold_publications(connection)
        versions = calendar_store.read_versions(connection)
        gap = _gap_before(notice, versions)
        if gap:
            return replace(outcome, errors=gap)
        same = [row for row in in_force(versions) if row.content_sha256 == notice.sha256]
        if same:
            return replace(outcome, version=same[0].name, unchanged=True)
        if dry_run:
            return outcome
        version = _store(connection, notice, now, actor, document_no)
        known = replace(known, calendar=load_calendar(connection))
        count = recount(connection, known, at=now, actor=actor.name, actor_id=actor.account_id)
        detail = {"version": version, "days": len(notice.days), "recomputed": count}
        note(
            connection,
            actor,
            "calendar_imported",
            version,
            area_code=known.county.code,
            detail=detail,
        )
    return replace(outcome, version=version, recomputed=count)


def _store(
    connection: Connection, notice: Notice, now: datetime, actor: Actor, document_no: str | None
) -> str:
    version = calendar_store.insert_version(
        connection,
        {
            "year": notice.year,
            "content_sha256": notice.sha256,
            "document_no": document_no,
            "imported_at": now,
            "imported_by": actor.name,
        },
        [(day.day, day.kind, day.name) for day in notice.days],
    )
    area_store.raise_revision(connection, "calendar")
    return version


def _gap_before(notice: Notice, versions: Sequence[VersionRow]) -> tuple[RowFault, ...]:
    """Return an error when years would be missing between this notice and the others."""
    years = {row.year for row in versions}
    if not years or years & {notice.year - 1, notice.year, notice.year + 1}:
        return ()
    missing = min(years) - 1 if notice.year < min(years) else max(years) + 1
    words = f"请先导入{missing}年的放假安排，日历中间不能缺年份。"
    return (RowFault(1, "date", "gap", words),)


def set_hours(
    connection: Connection,
    known: Knowledge,
    settings: ClockSettings,
    *,
    now: datetime,
    actor: Actor,
) -> None:
    """Set when offices work from a day on; raise Problem 422 for a day that is over.

    What is due already stays due when it is: only what is taken in from that day on counts so.
    """
    if settings.since < now.date():
        raise invalid("须从今天或以后的日期起生效。", field="since", reason="in_the_past")
    values = {
        "since": settings.since,
        "day_starts_minute": settings.day_starts_minute,
        "day_ends_minute": settings.day_ends_minute,
        "cut_off_minute": settings.cut_off_minute,
    }
    calendar_store.put_settings(connection, {**values, "set_at": now, "set_by": actor.name})
    area_store.raise_revision(connection, "calendar")
    since = settings.since.isoformat()
    note(
        connection,
        actor,
        "working_hours_set",
        since,
        area_code=known.county.code,
        detail={**values, "since": since},
    )
