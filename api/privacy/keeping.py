"""Decide what a new report keeps of its reporter, and say it: sealed, or nothing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from api.ownership import mask_phone
from api.privacy.vault import Reporter, Unreadable, Vault

NOTES = {
    "withheld": "按保密要求，来电人的姓名和电话没有保存。",
    "erased": "来电人的姓名和电话已按规定删除。",
    "unreadable": "来电人信息无法解密，请系统管理员恢复密钥文件。",
}
UNREADABLE = "无法解密"


def reporter_values(
    vault: Vault, report_id: UUID, reporter: Reporter, *, confidential: bool, unwanted: bool
) -> dict[str, Any]:
    """Return the columns of the reporter of a new report; raise Problem 503 without keys.

    ``confidential`` says that the category keeps no caller, ``unwanted`` that the caller wishes
    not to be kept: then nothing is, but that it was so.
    """
    values: dict[str, Any] = {
        "reporter_state": None,
        "reporter_key": None,
        "reporter_sealed": None,
        "reporter_tag": None,
    }
    given = bool(reporter.name or reporter.phone)
    if unwanted or (given and confidential):
        values["reporter_state"] = "withheld"
    elif given:
        sealed = vault.seal(report_id, reporter)
        values |= {
            "reporter_state": "kept",
            "reporter_key": sealed.key_id,
            "reporter_sealed": sealed.content,
            "reporter_tag": sealed.phone_tag,
        }
    return values


def shown_reporter(row: Any, vault: Vault | None, *, people: bool) -> dict[str, Any]:
    """Return what a report shows of its reporter: masked, and why there is nothing.

    Without ``people`` nothing at all is said: for screens that everybody sees. Without a vault
    nothing is opened: for answers that are kept.
    """
    state = row.reporter_state if people else None
    shown = None
    if state == "kept" and vault is not None:
        try:
            shown = masked(vault.open(row.id, row.reporter_key, bytes(row.reporter_sealed)))
        except Unreadable:
            state, shown = "unreadable", {"name": UNREADABLE, "phone": None}
    return {
        "reporter": shown,
        "reporter_state": state or "none",
        "reporter_note": NOTES.get(state or ""),
    }


def masked(reporter: Reporter) -> dict[str, str | None]:
    """Return a reporter with all but the first character of the name hidden, the phone masked."""
    name = f"{reporter.name[0]}**" if reporter.name else None
    return {"name": name, "phone": mask_phone(reporter.phone)}
