"""Import and export a roster file: read, plan, then write in one transaction or not at all."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from api.db import account_store, area_store, duty_store, place_store, roster_store
from api.db.engine import SERVICE, Database, Scope
from api.duty.records import Person, Post, Term
from api.duty.roster_plan import RosterPlan, Standing, plan_roster
from api.duty.roster_rows import NUMBER, ROSTER, read_rows
from api.knowledge import Keeper
from api.sheet_files import RowFault, read_sheet


@dataclass(frozen=True, slots=True)
class Actor:
    """Hold who imports: for what is seen, for the audit trail."""

    username: str
    area: str
    scope: Scope
    account_id: Any = None
    ip: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """Hold what an import did or would do; with faults nothing was stored."""

    rows: int
    plan: RosterPlan
    faults: tuple[RowFault, ...]
    stored: bool

    def counts(self) -> dict[str, int]:
        """Return how many rows of each kind the import writes."""
        plan = self.plan
        return {
            "rows": self.rows,
            "people_added": len(plan.people_added),
            "people_changed": len(plan.people_changed),
            "posts_added": len(plan.posts_added),
            "terms_added": len(plan.terms_added),
            "terms_ended": len(plan.terms_ended),
            "unchanged": plan.unchanged,
        }


def import_roster(
    database: Database,
    keeper: Keeper,
    raw: bytes,
    *,
    actor: Actor,
    now: datetime,
    dry_run: bool = False,
) -> Outcome:
    """Import a roster file whole, or nothing of it; raises GeoError for a file that is no table."""
    known = keeper.current()
    sheet = read_sheet(raw, ROSTER)
    rows, faults = read_rows(sheet.rows, areas=known.areas)
    faults = [*sheet.faults, *faults]
    with database.transaction(actor.scope) as connection:
        database.be_patient(connection, seconds=60)
        duty_store.hold_roster(connection)
        standing = Standing.of(
            [Person(**row) for row in roster_store.read_people(connection)],
            [Post(**row) for row in roster_store.read_posts(connection)],
            [Term(**row) for row in roster_store.read_terms(connection)],
        )
        plan = plan_roster(rows, standing, within=actor.area, now=now)
        lines = {row.number: row.line for row in reversed(rows)}
        numbers = [person.number for person in plan.people_added]
        # That a number is taken is told, as a unique key tells it; whose it is, is not.
        database.set_scope(connection, SERVICE)
        taken = roster_store.taken_numbers(connection, numbers)
        database.set_scope(connection, actor.scope)
        for number in sorted(taken):
            words = "此工号属于其他辖区的人员。"
            faults.append(RowFault(lines[number], NUMBER, "number_taken", words))
        faults = sorted([*faults, *plan.faults], key=lambda fault: (fault.line, fault.column))
        stored = not dry_run and not faults and bool(rows)
        outcome = Outcome(len(rows), plan, tuple(faults), stored)
        if stored:
            _store(connection, plan, actor, now)
            account_store.insert_audit(
                connection,
                {
                    "actor_id": actor.account_id,
                    "actor": actor.username,
                    "action": "roster_imported",
                    "object": str(len(rows)),
                    "area_code": actor.area,
                    "detail": outcome.counts(),
                    "ip": actor.ip,
                },
            )
            # Last, because reports wait from here to the commit.
            place_store.hold_publications(connection)
            area_store.raise_revision(connection, "roster")
    if stored:
        keeper.refresh()
    return outcome


def _store(connection: Any, plan: RosterPlan, actor: Actor, now: datetime) -> None:
    entered = {"entered_by": actor.username, "entered_at": now}
    roster_store.add_people(connection, [asdict(person) for person in plan.people_added])
    roster_store.change_people(connection, [asdict(person) for person in plan.people_changed])
    roster_store.add_posts(connection, [asdict(post) for post in plan.posts_added])
    # What ends makes room for what begins.
    roster_store.end_terms(connection, [asdict(term) for term in plan.terms_ended])
    roster_store.add_terms(connection, [{**asdict(term), **entered} for term in plan.terms_added])
