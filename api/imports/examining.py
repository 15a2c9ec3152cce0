"""Have files examined: a thread that waits for its turn and for a process it can kill.

The process gets no database, no environment and a folder of its own; it is killed after its time
and dies with the server. What a death cuts short is begun anew by whoever asks for it next.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import geo
from api.imports.spool import Record, Spool
from geo.boundary_files import examination
from geo.boundary_files.drivers import child_environment
from geo.boundary_files.packing import Packed

logger = logging.getLogger("wangge.imports")

EXAMINE_SECONDS: Final = 300.0
MOST_TRIES: Final = 3
_LOOK_S: Final = 0.05
_TURN_S: Final = 0.2
# Isolated mode ignores the environment and the current folder: our own package is named here.
_START: Final = (
    "import sys; sys.path.insert(0, sys.argv[1]);"
    " from geo.boundary_files.examination import main; main(sys.argv[2])"
)
# What a person can answer with another option: the file is kept for that.
ANSWERABLE: Final = frozenset(
    {
        "which_crs", "crs_mismatch", "unknown_crs", "which_layer", "no_layer", "no_column",
        "bad_encoding", "unknown_encoding", "bad_text", "no_parent", "too_many_codes",
        "repair_failed",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Task:
    """Hold what the examination needs beside the file: the job's values, the present grids."""

    job: dict[str, Any]
    present: Packed | None


def places() -> int:
    """Return how many files are examined at once: half the processors, one at least."""
    return max(1, (os.cpu_count() or 1) // 2)


def start(spool: Spool, record: Record, task: Task, clock: Callable[[], datetime]) -> None:
    """Examine an upload in the background."""
    worker = threading.Thread(
        target=_examine, args=(spool, record, task, clock), name="import", daemon=True
    )
    worker.start()


def _examine(spool: Spool, record: Record, task: Task, clock: Callable[[], datetime]) -> None:
    import_id = UUID(record.id)
    with spool.hold(import_id) as mine:
        if not mine:
            return
        while True:
            with spool.turn(places()) as ours:
                if ours:
                    _work(spool, record, task, clock)
                    return
            if not spool.folder(import_id).exists():
                return
            time.sleep(_TURN_S)


def _work(spool: Spool, record: Record, task: Task, clock: Callable[[], datetime]) -> None:
    import_id = UUID(record.id)
    folder = spool.folder(import_id)
    try:
        spool.erase_made(import_id, upload=False)
        record = spool.change(record, clock(), state="running", tries=record.tries + 1)
        (folder / examination.JOB).write_text(json.dumps(task.job), "utf-8")
        if task.present is not None:
            task.present.save(folder / examination.PRESENT)
        outcome = _run(folder)
        if "refused" in outcome:
            _refuse(spool, record, outcome, clock())
            return
        spool.change(record, clock(), state="examined", refused=None, summary=_summary(outcome))
    except FileNotFoundError:
        # Somebody erased the upload meanwhile; nothing of it may come back.
        shutil.rmtree(folder, ignore_errors=True)
    except OSError:
        logger.exception("an import could not be examined")
        outcome = {"refused": "no_room", "message": "服务器磁盘空间不足或无法写入，请告诉管理员。"}
        _refuse(spool, record, outcome, clock())


def _refuse(spool: Spool, record: Record, outcome: dict[str, Any], at: datetime) -> None:
    reason, message = str(outcome["refused"]), str(outcome["message"])
    spool.erase_made(UUID(record.id), upload=reason not in ANSWERABLE)
    spool.change(record, at, state="refused", refused={"reason": reason, "message": message})


def _summary(outcome: dict[str, Any]) -> dict[str, Any]:
    report, update = outcome["report"], outcome["update"]
    return {
        "rows": report["file"]["rows"],
        "importable": report["importable"],
        "usable": outcome["usable"],
        "findings": len(report["findings"]),
        "steps": None if update is None else len(update["steps"]),
    }


def _run(folder: Path) -> dict[str, Any]:
    """Run the process on ``folder`` and return its outcome; whatever happens, it is gone then."""
    work = folder / "work"
    work.mkdir(mode=0o700)
    root = Path(geo.__file__).resolve().parent.parent
    process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own words
        [sys.executable, "-I", "-X", "utf8", "-c", _START, str(root), str(folder)],
        env=child_environment(None, str(work)),
        cwd=work,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        code = _wait(process, folder)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        shutil.rmtree(work, ignore_errors=True)
    if code is None:
        return {
            "refused": "too_slow",
            "message": f"{EXAMINE_SECONDS:.0f}秒内未能查完，已停止；请按乡镇分开，或先化简。",
        }
    path = folder / examination.OUTCOME
    if code != 0 or not path.is_file():
        return {"refused": "reader_died", "message": "检查程序被此文件中断，未读取。"}
    outcome: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return outcome


def _wait(process: subprocess.Popen[bytes], folder: Path) -> int | None:
    """Return the exit code, None when time is up or the upload was erased."""
    end = time.monotonic() + EXAMINE_SECONDS
    while time.monotonic() < end and folder.exists():
        try:
            return process.wait(_LOOK_S)
        except subprocess.TimeoutExpired:
            continue
    return None
