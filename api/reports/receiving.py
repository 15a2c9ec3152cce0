"""Make of a body what intake takes: a draft, and the hashes and keys by which it is known again."""

from __future__ import annotations

from datetime import datetime

from api.knowledge import Knowledge
from api.reports.intake import Draft, body_hash
from api.reports.schemas import ReportIn
from api.routing.withheld import is_confidential


def draft_of(body: ReportIn, now: datetime, *, misplaced: str | None = None) -> Draft:
    """Return the draft of a checked body; raise PositionError for a position that is none.

    ``misplaced`` says in words why a position that was given could not be read.
    """
    reporter = body.reporter
    return Draft(
        channel=body.channel,
        text=body.text,
        category=body.category,
        position=body.position.to_position() if body.position else None,
        address=body.address,
        occurred_at=body.occurred_at or now,
        reporter_name=reporter.name if reporter else None,
        reporter_phone=reporter.phone if reporter else None,
        reporter_confidential=reporter.confidential if reporter else False,
        source_no=body.source_no,
        round=body.round,
        about=body.about,
        misplaced=misplaced,
    )


def hashes_of(body: ReportIn, known: Knowledge, *, misplaced: str | None = None) -> list[str]:
    """Return the hashes by which a body is known again; a name in it is hashed with a key."""
    # What is left out and what is said to be nothing are the same request.
    plain = body.model_dump(mode="json", exclude_none=True)
    if misplaced is not None:
        plain["misplaced"] = misplaced
    reporter = body.reporter
    if reporter is None or not (reporter.name or reporter.phone):
        return [body_hash(plain)]
    if reporter.confidential or is_confidential(known, body.category, body.about):
        return [body_hash({**plain, "reporter": None})]
    return known.vault.request_hashes(plain)


def source_key(body: ReportIn) -> tuple[str, str] | None:
    """Return the key that the number of another system is, once in each round; None without one."""
    if body.source_no is None:
        return None
    return (f"source:{body.channel}", f"{body.source_no} {body.round}")
