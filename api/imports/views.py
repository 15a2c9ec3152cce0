"""Show uploads and what was found in them, in the shape of the API."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import UUID

from api.imports import examining
from api.imports.spool import Record, Spool
from geo.boundary_files import examination

MOST_OF_A_KIND = 300
_FLAG = re.compile(r" ?--([a-z-]+) ?")
_OPTION_LABELS = {
    "make-codes": "自动编码",
    "code-field": "编码列",
    "name-field": "名称列",
    "gap-width": "合并空白的宽度",
    "exclaves": "多个部分视为飞地",
    "encoding": "文字编码",
    "repair": "采用修复方案",
    "layer": "图层",
    "crs": "坐标系",
    "units": "名录",
    "county": "旗县编码",
}


def show(spool: Spool, record: Record) -> dict[str, Any]:
    """Return an upload in the shape of the API, with its report once there is one."""
    folder = spool.folder(UUID(record.id))
    shown = brief(record)
    shown["progress"] = None
    if record.state in ("waiting", "running"):
        shown["progress"] = read_json(folder / examination.PROGRESS) or {"stage": "waiting"}
    outcome = None
    if record.state in ("examined", "applied"):
        outcome = read_json(folder / examination.OUTCOME)
    shown["report"] = outcome and _report(outcome["report"])
    shown["update"] = outcome and outcome["update"] and _update(outcome["update"])
    return shown


def brief(record: Record) -> dict[str, Any]:
    """Return an upload without its report."""
    return {
        "id": record.id,
        "name": record.name,
        "size": record.size,
        "state": record.state,
        "area": record.area,
        "author": record.author,
        "author_name": record.author_name,
        "created_at": record.created_at,
        "changed_at": record.changed_at,
        "options": record.options,
        "base": record.base,
        "refused": record.refused
        and {**record.refused, "message": without_flags(record.refused["message"])},
        "answerable": record.refused is not None
        and record.refused["reason"] in examining.ANSWERABLE,
        "plan": record.plan,
        "usable": bool(record.summary.get("usable")),
    }


def _report(report: dict[str, Any]) -> dict[str, Any]:
    """Return the report with as many findings as a page can show; the file has all with a place."""
    findings = report["findings"]
    told: Counter[str] = Counter()
    shown = []
    # They come sorted by kind and size: the largest of each kind are the first.
    for finding in findings:
        told[finding["kind"]] += 1
        if told[finding["kind"]] <= MOST_OF_A_KIND:
            shown.append(finding)
    return {
        **report,
        "conclusion": without_flags(report["conclusion"]),
        "findings": shown,
        "findings_total": len(findings),
    }


def without_flags(words: str) -> str:
    """Return a sentence of the command line with its options called as the page calls them."""
    return _FLAG.sub(lambda found: f"“{_OPTION_LABELS.get(found[1], found[1])}”", words)


def _update(update: dict[str, Any]) -> dict[str, Any]:
    return {**update, "steps": len(update["steps"])}


def read_json(path: Path) -> dict[str, Any] | None:
    """Return what a process left as JSON, None when it is not there."""
    try:
        value: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return value
