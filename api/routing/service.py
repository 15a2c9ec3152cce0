"""Keep the access list: load a whole one, add a temporary item, let an item end.

Each change is a new version from that instant on; what was decided by the one before stays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from api.accounts.audit_trail import Actor, note
from api.calendar.working_days import Calendar, nth_working_day
from api.db import access_store, area_store
from api.db.engine import SERVICE, Connection, Database
from api.input_types import SHANGHAI
from api.knowledge import Keeper, Knowledge
from api.problems import Problem, invalid
from api.routing.access_list import AccessItem, AccessList, ItemKind
from api.routing.list_file import Reading, read_list, sha256_of, start_of
from api.routing.loading import load_access_lists
from api.sheet_files import RowFault

_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Hold what an import did, or would do: ``version`` is the one that says so, if stored."""

    items: int
    errors: tuple[RowFault, ...]
    version: int | None = None
    unchanged: bool = False
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    @property
    def refused(self) -> bool:
        """Say whether faulty rows forbade the import."""
        return bool(self.errors)

    def as_json(self, *, dry_run: bool) -> dict[str, Any]:
        """Return what an import did, or would do."""
        return {
            "items": self.items,
            "version": self.version,
            "unchanged": self.unchanged,
            "dry_run": dry_run,
            "added": list(self.added),
            "removed": list(self.removed),
        }

    def errors_json(self) -> list[dict[str, Any]]:
        """Return what is wrong, row by row: line, column, reason, message."""
        return [asdict(error) for error in self.errors]


def reading_for(
    known: Knowledge, present: AccessList | None, now: datetime, calendar: Calendar
) -> Reading:
    """Return what the rows of a table are read against."""
    return Reading(
        categories=known.categories.keys(),
        present=present,
        today=now.astimezone(SHANGHAI).date(),
        after=lambda day, n: nth_working_day(calendar, start_of(day), n).at.date(),
    )


def import_list(
    database: Database,
    keeper: Keeper,
    raw: bytes,
    *,
    now: datetime,
    actor: Actor,
    dry_run: bool = False,
) -> Outcome:
    """Load a whole list from a table; nothing at all when one row is faulty.

    The same list again changes nothing. Raises GeoError for a file that is no such table.
    """
    known = keeper.refresh()
    with database.transaction(SERVICE) as connection:
        present = _held(connection)
        read = read_list(raw, reading_for(known, present, now, known.calendar))
        outcome = Outcome(len(read.items), read.errors)
        if outcome.refused:
            return outcome
        before = {item.no for item in present.items} if present else set()
        after = {item.no for item in read.items}
        outcome = replace(
            outcome, added=tuple(sorted(after - before)), removed=tuple(sorted(before - after))
        )
        if present is not None and sha256_of(read.items) == sha256_of(present.items):
            return replace(outcome, version=present.version, unchanged=True)
        if dry_run:
            return outcome
        version = store_version(connection, present, read.items, now=now, what="import", by=actor)
        detail = {"version": version, **outcome.as_json(dry_run=False)}
        note(
            connection,
            actor,
            "access_list_imported",
            str(version),
            area_code=known.county.code,
            detail=detail,
        )
    keeper.refresh()
    return replace(outcome, version=version)


def _held(connection: Connection) -> AccessList | None:
    """Return the newest version, and let nobody else change it before the commit."""
    access_store.hold_list(connection)
    versions = load_access_lists(connection)
    return versions[-1] if versions else None


def store_version(
    connection: Connection,
    present: AccessList | None,
    items: Sequence[AccessItem],
    *,
    now: datetime,
    what: str,
    by: Actor,
) -> int:
    """Store a version that is in force from now on and return its number."""
    # Two of them never begin at once: the clocks of two processes may differ.
    since = max(now, present.since + _TICK) if present else now
    version = access_store.insert_version(
        connection,
        since=since,
        content_sha256=sha256_of(items),
        what=what,
        entered_by=by.name,
        items=[_row(item) for item in items],
    )
    area_store.raise_revision(connection, "access_list")
    return version


def _row(item: AccessItem) -> dict[str, Any]:
    return {
        "no": item.no,
        "item": item.item,
        "kind": item.kind.value,
        "applied_for_by": item.applied_for_by,
        "frequency": item.frequency,
        "categories": list(item.categories),
        "seasons": [season.written() for season in item.seasons],
        "start_at": item.start,
        "end_at": item.end,
    }


@dataclass(frozen=True, slots=True)
class NewItem:
    """Hold a temporary item as it is asked for: days are of the county, ``last`` is within."""

    item: str
    applied_for_by: str
    last: date
    first: date | None = None
    no: str | None = None
    categories: tuple[str, ...] = ()
    note: str = ""


def add_item(
    database: Database, keeper: Keeper, wanted: NewItem, *, now: datetime, actor: Actor
) -> AccessItem:
    """Let a grid have something for a time; raise Problem 422 for a known number or no time.

    It ends by itself: from the day after its last day nobody gets it any more.
    """
    known = keeper.refresh()
    unknown = [code for code in wanted.categories if code not in known.categories]
    if unknown:
        raise invalid("没有这个事项类别。", field="categories", reason="unknown_category")
    today = now.astimezone(SHANGHAI).date()
    if wanted.last < max(today, wanted.first or today):
        raise invalid("截止日期应在开始日期和今天之后。", field="to", reason="end_before_start")

    def change(present: AccessList | None) -> tuple[list[AccessItem], AccessItem]:
        items = list(present.items) if present else []
        no = wanted.no or _next_no(items)
        if present is not None and present.item(no) is not None:
            raise invalid(f"清单中已有编号{no}。", field="no", reason="known_no")
        start = start_of(wanted.first) if wanted.first else now
        item = AccessItem(
            no=no,
            item=wanted.item,
            kind=ItemKind.TEMPORARY,
            applied_for_by=wanted.applied_for_by,
            frequency=wanted.note,
            categories=wanted.categories,
            start=start,
            end=start_of(wanted.last + timedelta(days=1)),
        )
        return [*items, item], item

    return _change(database, keeper, change, "item_added", now=now, actor=actor)


def _next_no(items: Sequence[AccessItem]) -> str:
    numbers = [
        int(item.no.removeprefix("LS-"))
        for item in items
        if item.no.startswith("LS-") and item.no.removeprefix("LS-").isdecimal()
    ]
    return f"LS-{max(numbers, default=0) + 1:02d}"


def end_item(
    database: Database,
    keeper: Keeper,
    no: str,
    *,
    last: date | None,
    now: datetime,
    actor: Actor,
) -> AccessItem:
    """Let an item end now, or after its new last day; one that has not begun never will.

    Raises Problem 404 for no such item, 409 for one that is over, 422 for a day that is over.
    """
    end = now if last is None else start_of(last + timedelta(days=1))
    if end < now:
        raise invalid("截止日期不能早于今天。", field="to", reason="in_the_past")

    def change(present: AccessList | None) -> tuple[list[AccessItem], AccessItem]:
        item = present.item(no) if present else None
        if present is None or item is None:
            raise Problem("not-found", "准入清单中没有这个编号。")
        if item.end is not None and item.end <= now:
            words = f"该事项已于{item.last_day}退出。"
            raise Problem("term-over", words, {"reason": "already_ended", "no": no})
        ended = replace(item, end=end)
        begins = item.start is None or item.start < end
        kept = [ended if one.no == no else one for one in present.items if begins or one.no != no]
        return kept, ended

    return _change(database, keeper, change, "item_ended", now=now, actor=actor)


_Change = Callable[[AccessList | None], tuple[list[AccessItem], AccessItem]]


def _change(
    database: Database, keeper: Keeper, change: _Change, what: str, *, now: datetime, actor: Actor
) -> AccessItem:
    with database.transaction(SERVICE) as connection:
        present = _held(connection)
        items, item = change(present)
        version = store_version(connection, present, items, now=now, what=what, by=actor)
        county = keeper.current().county.code
        detail = {"version": version, "item": item.item, "to": str(item.last_day or "")}
        note(connection, actor, f"access_{what}", item.no, area_code=county, detail=detail)
    # Whoever asks this process next is answered by the new list; the others hear of it.
    keeper.refresh()
    return item
