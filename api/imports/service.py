"""Take uploads in, tell what was found, make plans of them, forget them."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID, uuid4

from api.accounts.roles import IMPORTERS, Caller
from api.db import plan_store
from api.db.area_store import read_grid_shapes, read_revision_start
from api.db.engine import SERVICE
from api.deps import Service
from api.imports import examining
from api.imports.schemas import OptionsIn
from api.imports.spool import Record, Spool
from api.input_types import now
from api.knowledge import Knowledge, revision_at
from api.problems import Problem
from geo.boundary_files import examination
from geo.boundary_files.packing import pack
from geo.codes import LEVELS, Level, is_within

MOST_PER_ACCOUNT = 5
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
        author_name=caller.display_name or caller.username,
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
        "names": {code: known.areas[code].name for code in codes if code in known.areas},
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
        raise refused_state("busy", "正在检查，请稍候。")
    if record.state == "applied" or not (spool.folder(import_id) / examination.UPLOAD).exists():
        raise refused_state("gone", "文件已不在服务器上，请重新上传。")
    record = spool.change(record, now(), options=options.model_dump(mode="json"), tries=0)
    return _begin(parts, spool, known, record)


def forget(parts: Service, caller: Caller, import_id: UUID) -> None:
    """Remove an upload with all that was made of it; what was applied stays a plan."""
    find(parts, caller, import_id)
    spool_of(parts).erase(import_id)


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


def refused_state(reason: str, words: str, **extras: Any) -> Problem:
    """Return the problem of an upload with which this cannot be done."""
    return Problem("import-state", words, {"reason": reason, **extras})
