"""Hold what the communities concerned say to a plan: asked, consented, objected."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from shapely.geometry.base import BaseGeometry

from api.accounts.audit_trail import write_audit
from api.accounts.roles import Caller
from api.db import consent_store, plan_store
from api.db.engine import Connection
from api.input_types import SHANGHAI
from api.knowledge import Knowledge
from api.plans import service
from api.problems import Problem, invalid
from geo.codes import Level, code_at, is_within
from geo.redraw.outcome import land_changes

# While these last, a community may still speak.
_OPEN_STATES = ("draft", "submitted")
STATE_WORDS: Mapping[str, str] = {
    "missing": "未征求",
    "asked": "征求中",
    "consented": "同意",
    "objected": "不同意",
}


def communities_concerned(
    before: Mapping[str, BaseGeometry | None], after: Mapping[str, BaseGeometry | None]
) -> dict[str, list[str]]:
    """Return the communities whose grids' land changes, each with these grids, in order of code.

    A grid that only gets nodes on its border concerns nobody.
    """
    concerned: dict[str, list[str]] = {}
    for code in sorted(after):
        if land_changes(before.get(code), after[code]):
            concerned.setdefault(code_at(code, Level.COMMUNITY), []).append(code)
    return concerned


def drawn(
    connection: Connection, plan_id: UUID
) -> tuple[Mapping[str, BaseGeometry | None], Mapping[str, BaseGeometry | None]]:
    """Return what a plan was drawn on and what it draws, by code."""
    return (
        plan_store.read_first_shapes(connection, plan_id),
        plan_store.read_drafted(connection, plan_id),
    )


def list_consents(connection: Connection, known: Knowledge, plan: Any) -> list[dict[str, Any]]:
    """Return one entry for each community concerned, and for one that spoke and no longer is."""
    before, after = drawn(connection, plan.id)
    concerned = communities_concerned(before, after)
    given = {row.community_code: row for row in consent_store.read_consents(connection, plan.id)}
    return [
        _entry(connection, known, plan, code, concerned.get(code, []), given.get(code))
        for code in sorted(concerned.keys() | given.keys())
    ]


def _entry(
    connection: Connection,
    known: Knowledge,
    plan: Any,
    community: str,
    grids: list[str],
    row: Any | None,
) -> dict[str, Any]:
    area = known.areas.get(community)
    entry: dict[str, Any] = {
        "community": {"code": community, "name": area.name if area else ""},
        "grids": grids,
        "concerned": bool(grids),
        "state": "missing",
        "outdated": False,
        "document_no": None,
        "document_date": None,
        "note": None,
        "entered_by": None,
        "entered_at": None,
    }
    if row is not None:
        later = plan_store.revisions_since(connection, plan.id, row.plan_revision)
        entry.update(
            state=row.state,
            outdated=any(code.startswith(community) for step in later for code in step.codes),
            document_no=row.document_no,
            document_date=row.document_date.isoformat() if row.document_date else None,
            note=row.note,
            entered_by=row.entered_by_name,
            entered_at=row.entered_at.astimezone(SHANGHAI).isoformat(),
        )
    return entry


def enter(
    connection: Connection,
    known: Knowledge,
    caller: Caller,
    plan_id: UUID,
    community: str,
    *,
    state: str,
    document_no: str | None,
    document_date: date | None,
    note: str | None,
    now: datetime,
) -> dict[str, Any]:
    """Enter what a community says to a plan; raise Problem 403, 404, 409 or 422.

    Who entered it is kept, the name of whoever signed is not: the paper has it. What stood there
    before is in the audit trail.
    """
    plan = service.find(connection, caller, plan_id, lock=True)
    if not is_within(community, caller.area_code):
        raise Problem("forbidden", "只能登记本辖区村（社区）的意见。")
    if plan.state not in _OPEN_STATES:
        raise Problem("plan-state", "方案已批准，意见不能再改。", {"state": plan.state})
    before, after = drawn(connection, plan.id)
    concerned = communities_concerned(before, after)
    if community not in concerned:
        raise invalid("方案没有改动这个村（社区）的网格。", field="code", reason="not_concerned")
    old = {row.community_code: row for row in consent_store.read_consents(connection, plan.id)}
    values = {
        "plan_id": plan.id,
        "community_code": community,
        "state": state,
        "document_no": document_no,
        "document_date": document_date,
        "note": note,
        "plan_revision": plan.revision,
        "entered_by_id": caller.account_id,
        "entered_by": caller.username,
        "entered_at": now,
    }
    consent_store.put_consent(connection, values)
    earlier = old[community].state if community in old else "missing"
    write_audit(
        connection,
        caller,
        "consent_entered",
        str(plan.id),
        detail={
            "community": community,
            "before": STATE_WORDS[earlier],
            "state": STATE_WORDS[state],
        },
    )
    (row,) = [r for r in consent_store.read_consents(connection, plan.id) if r[0] == community]
    return _entry(connection, known, plan, community, concerned[community], row)


def consent_checks(connection: Connection, known: Knowledge, plan: Any) -> list[dict[str, Any]]:
    """Return what stands open among the consents, as checks of a preview; none of them blocks."""
    checks = []
    for entry in list_consents(connection, known, plan):
        slug, words = _doubt(entry)
        if slug and entry["concerned"]:
            community = entry["community"]
            checks.append(
                {
                    "check": slug,
                    "code": community["code"],
                    "message": f"{community['name']}{words}",
                }
            )
    # An objection is the first thing that whoever decides must see.
    return sorted(checks, key=lambda check: check["check"] != "consent_objected")


def _doubt(entry: Mapping[str, Any]) -> tuple[str, str]:
    if entry["state"] == "objected":
        return "consent_objected", "不同意本方案，请先协商；确需批准的，请在说明中写明理由。"
    if entry["state"] == "consented" and entry["outdated"]:
        return "consent_outdated", "同意之后方案又有改动，请重新征求意见。"
    if entry["state"] == "consented":
        return "", ""
    return "consent_missing", "尚未登记同意意见。"
