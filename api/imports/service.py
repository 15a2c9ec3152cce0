"""Take uploads in, tell what was found, make plans of them, forget them."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID, uuid4

import numpy as np

from api.accounts.roles import IMPORTERS, PLAN_AUTHORS, Caller
from api.db import plan_store
from api.db.account_store import insert_audit
from api.db.area_store import read_grid_shapes, read_revision_start
from api.db.engine import SERVICE
from api.deps import Service, now
from api.imports import examining
from api.imports.schemas import ApplyIn, OptionsIn
from api.imports.spool import Record, Spool
from api.knowledge import Knowledge, revision_at
from api.plans.service import scope
from api.plans.whole_updates import WorkedOut, start_with
from api.problems import Problem
from geo.boundary_files import examination
from geo.boundary_files.packing import load, pack, unpack
from geo.codes import LEVELS, Level, is_within
from geo.redraw.operations import Regroup

MOST_PER_ACCOUNT = 5
MOST_FINDINGS = 2_000
# An examination that has just been asked for may not have begun.
JUST_NOW = timedelta(seconds=2)


def spool_of(parts: Service) -> Spool:
    """Return where this machine keeps its uploads."""
    return Spool(parts.settings.var_dir)


def take(
    parts: Service,
    known: Knowledge,
    caller: Caller,
    *,
    name: str,
    content: BinaryIO,
    size: int,
    options: OptionsIn,
) -> Record:
    """Keep an upload and have it examined; raise Problem 429 when too many wait already."""
    spool = spool_of(parts)
    mine = [r for r in spool.records() if r.author_id == str(caller.account_id)]
    if len(mine) >= MOST_PER_ACCOUNT:
        raise Problem(
            "too-many-requests",
            f"您已有{len(mine)}个导入未处理，请先删除不用的。",
            headers={"Retry-After": "60"},
        )
    at = now().isoformat()
    record = Record(
        id=str(uuid4()),
        name=name,
        size=size,
        author_id=str(caller.account_id),
        author=caller.username,
        area=caller.area_code,
        created_at=at,
        changed_at=at,
        options=options.model_dump(mode="json"),
    )
    spool.create(record, content)
    return _begin(parts, spool, known, record)


def _begin(parts: Service, spool: Spool, known: Knowledge, record: Record) -> Record:
    at = now()
    base = revision_at(known, at).name
    with parts.database.transaction(SERVICE) as connection:
        start = read_revision_start(connection, base)
        codes, shapes = read_grid_shapes(connection, start)
        used = plan_store.codes_ever_used(connection, known.county.code)
    level = Level(record.options["level"])
    exclaves = [c for c in codes if c in known.areas and known.areas[c].exclave]
    job: dict[str, Any] = {
        "name": Path(record.name).stem,
        "area": record.area,
        "options": {
            **record.options,
            **_about(known, level, record.options),
            "known_exclaves": exclaves,
        },
        "present": codes,
        "retired": sorted(set(used) - set(codes)),
        "exclaves": exclaves,
    }
    record = spool.change(record, at, base=base, state="waiting", plan=None)
    task = examining.Task(job, pack(shapes) if level is Level.GRID else None)
    examining.start(spool, record, task, now)
    return record


def _about(known: Knowledge, level: Level, options: dict[str, Any]) -> dict[str, Any]:
    """Return what the county's own units say of parents: their codes, and their names."""
    if level is Level.COUNTY:
        return {}
    above = LEVELS[LEVELS.index(level) - 1]
    units = {code: row.name for code, row in known.areas.items() if row.level == above.value}
    if options["make_codes"]:
        spare = [f"{known.county.code}{400}{400 + number}" for number in range(60)]
        return {"spare_parents": spare, "parent_names": units}
    return {"parents": dict.fromkeys(units), "parent_names": units}


def find(parts: Service, caller: Caller, import_id: UUID) -> Record:
    """Return an upload that the caller may see; raise Problem 404 otherwise."""
    record = spool_of(parts).read(import_id)
    if record is None or not _sees(caller, record):
        raise Problem("not-found", "没有这个导入，或它已过期删除。")
    return record


def _sees(caller: Caller, record: Record) -> bool:
    return caller.role in IMPORTERS and is_within(record.area, caller.area_code)


def mine(parts: Service, caller: Caller) -> list[Record]:
    """Return the uploads that the caller may see, newest first."""
    return [record for record in spool_of(parts).records() if _sees(caller, record)]


def look_after(parts: Service, known: Knowledge, record: Record) -> Record:
    """Begin an examination anew that died with its server; refuse a file that kills servers."""
    fresh = datetime.fromisoformat(record.changed_at) + JUST_NOW > now()
    if record.state not in ("waiting", "running") or fresh:
        return record
    spool = spool_of(parts)
    with spool.hold(UUID(record.id)) as idle:
        record = spool.read(UUID(record.id)) or record
        if not idle or record.state not in ("waiting", "running"):
            return record
        if record.tries >= examining.MOST_TRIES:
            words = {"reason": "interrupted", "message": "检查几次都被中断，已停止。"}
            spool.erase_made(UUID(record.id), upload=True)
            return spool.change(record, now(), state="refused", refused=words)
    return _begin(parts, spool, known, record)


def examine_again(
    parts: Service, known: Knowledge, caller: Caller, import_id: UUID, options: OptionsIn
) -> Record:
    """Examine an upload with other options, or against the boundaries in force by now."""
    record = find(parts, caller, import_id)
    spool = spool_of(parts)
    if record.state in ("waiting", "running"):
        raise _state("busy", "正在检查，请稍候。")
    if record.state == "applied" or not (spool.folder(import_id) / examination.UPLOAD).exists():
        raise _state("gone", "文件已不在服务器上，请重新上传。")
    record = spool.change(record, now(), options=options.model_dump(mode="json"), tries=0)
    return _begin(parts, spool, known, record)


def forget(parts: Service, caller: Caller, import_id: UUID) -> None:
    """Remove an upload with all that was made of it; what was applied stays a plan."""
    find(parts, caller, import_id)
    spool_of(parts).erase(import_id)


def show(parts: Service, record: Record) -> dict[str, Any]:
    """Return an upload in the shape of the API, with its report once there is one."""
    folder = spool_of(parts).folder(UUID(record.id))
    shown = brief(record)
    shown["progress"] = None
    if record.state in ("waiting", "running"):
        shown["progress"] = _read(folder / examination.PROGRESS) or {"stage": "waiting"}
    outcome = None
    if record.state in ("examined", "applied"):
        outcome = _read(folder / examination.OUTCOME)
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
        "created_at": record.created_at,
        "changed_at": record.changed_at,
        "options": record.options,
        "base": record.base,
        "refused": record.refused,
        "answerable": record.refused is not None
        and record.refused["reason"] in examining.ANSWERABLE,
        "plan": record.plan,
        "usable": bool(record.summary.get("usable")),
    }


def _report(report: dict[str, Any]) -> dict[str, Any]:
    """Return the report with as many findings as a page can show; the file has all with a place."""
    findings = report["findings"]
    return {**report, "findings": findings[:MOST_FINDINGS], "findings_total": len(findings)}


def _update(update: dict[str, Any]) -> dict[str, Any]:
    return {**update, "steps": len(update["steps"])}


def _read(path: Path) -> dict[str, Any] | None:
    try:
        value: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return value


def drawing(parts: Service, caller: Caller, import_id: UUID, name: str) -> bytes:
    """Return one of the GeoJSON files that the examination left; raise Problem 404 before."""
    record = find(parts, caller, import_id)
    path = spool_of(parts).folder(import_id) / name
    if record.state not in ("examined", "applied"):
        raise Problem("not-found", "文件还没有检查完，或未能读取。")
    try:
        return path.read_bytes()
    except OSError:
        raise Problem("not-found", "没有这份图形。") from None


def apply(
    parts: Service, known: Knowledge, caller: Caller, import_id: UUID, order: ApplyIn
) -> dict[str, Any]:
    """Make a plan of a file, all of it or nothing; raise Problem 403 or 409."""
    find(parts, caller, import_id)
    if caller.role not in PLAN_AUTHORS:
        raise Problem("forbidden", "由旗级或苏木乡镇管理员起草方案。")
    spool = spool_of(parts)
    with spool.hold(import_id) as ours:
        if not ours:
            raise _state("busy", "正在检查，请稍候。")
        record = find(parts, caller, import_id)
        folder = spool.folder(import_id)
        outcome = _read(folder / examination.OUTCOME)
        update = _possible(record, outcome, order)
        at = now()
        with parts.database.transaction(scope(caller)) as connection:
            plan = start_with(
                connection,
                known,
                caller,
                name=order.name or f"{Path(record.name).stem[:60]} 导入",
                area=record.area,
                base=record.base,
                steps=_worked_out(folder, update),
                now=at,
            )
            insert_audit(
                connection,
                {
                    "actor_id": caller.account_id,
                    "actor": caller.username,
                    "action": "import_boundaries",
                    "object": plan["id"],
                    "area_code": record.area,
                    "detail": {"file": record.name, "steps": len(update["steps"])},
                    "ip": None,
                },
            )
        # From here on the plan is the thing; the file has done its service.
        (folder / examination.UPLOAD).unlink(missing_ok=True)
        record = spool.change(record, at, state="applied", plan=plan["id"])
    return {**brief(record), "plan_name": plan["name"], "revision": plan["revision"]}


def _possible(record: Record, outcome: dict[str, Any] | None, order: ApplyIn) -> dict[str, Any]:
    """Return the update that a file stands for; raise Problem 409 when it is not to be had."""
    if record.state == "applied":
        raise _state("applied", "已由此文件生成方案。", plan=record.plan)
    if record.state != "examined" or outcome is None:
        raise _state("not_examined", "文件还没有检查完，或未能读取。")
    if not outcome["usable"]:
        raise _state("not_usable", f"文件还不能导入：{outcome['report']['conclusion']}")
    if not outcome["report"]["importable"] and not order.repair:
        raise _state("needs_repair", "文件须先采用修复方案（repair: true）才能导入。")
    update: dict[str, Any] | None = outcome["update"]
    if update is None:
        raise _state("not_grids", "只有网格的界线可以生成方案。")
    if update["refused"]:
        raise _state("refused", update["refused"][0]["message"], refused=update["refused"][:20])
    if not update["steps"]:
        raise _state("nothing_changes", "文件与现有网格界线相同，不需要调整。")
    return update


def _state(reason: str, words: str, **extras: Any) -> Problem:
    return Problem("import-state", words, {"reason": reason, **extras})


def _worked_out(folder: Path, update: dict[str, Any]) -> list[WorkedOut]:
    shapes = np.array(unpack(load(folder / examination.STEPS)), dtype=object)
    at = 0
    steps: list[WorkedOut] = []
    for step in update["steps"]:
        pieces = shapes[at : at + len(step["pieces"])]
        at += len(pieces)
        after = shapes[at : at + len(step["after"])]
        at += len(after)
        steps.append(
            WorkedOut(
                logged=Regroup(
                    area=step["area"],
                    pieces=tuple(zip(step["pieces"], pieces, strict=True)),
                    communities=tuple(step["communities"]),
                    cross_parent=step["cross_parent"],
                ),
                after={
                    **dict(zip(step["after"], after, strict=True)),
                    **dict.fromkeys(step["retired"]),
                },
            )
        )
    return steps
