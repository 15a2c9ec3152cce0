"""Answer a request that was taken in before as it was answered then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.db import intake_store, report_store
from api.db.engine import Connection
from api.input_types import local_time
from api.ownership import seen_by
from api.privacy.keeping import masked
from api.problems import Problem

if TYPE_CHECKING:
    from api.reports.intake import Draft, Request


def answered(response: dict[str, Any], draft: Draft) -> dict[str, Any]:
    """Name the reporter in an answer as it is remembered: whoever sent the body has said who."""
    kept = response.get("reporter_state") == "kept"
    return {**response, "reporter": masked(draft.reporter) if kept else None}


def earlier(connection: Connection, request: Request) -> dict[str, Any]:
    """Return what was answered when a key was used first.

    Raises Problem 409 for a key that stands for another body, 503 while it is being worked on.
    """
    taken = intake_store.read_keys(connection, request.keys)
    # A key that stands for another body counts more than one that fits; the caller's own key first.
    taken.sort(key=lambda row: (row[1] in request.hashes, row[0].startswith("source:")))
    for scope, sha, report_id, response in taken:
        by_source = scope.startswith("source:")
        row = report_store.read_report(connection, report_id)
        if sha not in request.hashes:
            slug = "source-number-conflict" if by_source else "idempotency-conflict"
            words = (
                "该渠道的这个来源单号已经受理过，内容不同；重办请用更高的 round。"
                if by_source
                else "同一 Idempotency-Key 已用于另一份内容，请换一个。"
            )
            raise Problem(slug, words, _what_is_known(row))
        if row is None and by_source:
            # The number belongs to a report of another jurisdiction: say no more than that.
            raise Problem("source-number-conflict", "该渠道的这个来源单号已经受理过。")
        assignment = (
            seen_by(response["assignment"], request.caller) if by_source else response["assignment"]
        )
        return answered({**response, "assignment": assignment}, request.draft)
    raise Problem("unavailable", "请求正在处理，请稍后重试。", headers={"Retry-After": "1"})


def _what_is_known(row: Any | None) -> dict[str, Any]:
    """Name the report that holds a key, for those who may see it."""
    if row is None:
        return {}
    named = {"id": str(row.id), "number": row.number, "created_at": local_time(row.created_at)}
    return {"report": named}
