"""Run one job on a foreign file in a process of its own that is thrown away afterwards.

The job is a small JSON file in a private folder, the answer another one beside arrays; nothing
that could run as code crosses. The folder is removed whatever happens.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import geo
from geo.boundary_files.drivers import child_environment
from geo.boundary_files.limits import MIB, READ_SECONDS
from geo.boundary_files.refusal import FileRefused

JOB, OUTCOME, SHAPES = "job.json", "outcome.json", "shapes.npz"
_MAX_OUTCOME_BYTES: Final = 256 * MIB
# Isolated mode ignores the environment and the current folder: our own package is named here.
_START: Final = (
    "import sys; sys.path.insert(0, sys.argv[1]);"
    " from geo.boundary_files.child import main; main(sys.argv[2])"
)


@contextmanager
def private_folder() -> Iterator[Path]:
    """Make a folder for one job that only this user can read, and remove it with its content."""
    with TemporaryDirectory(prefix="wangge-file-") as name:
        yield Path(name)


def run_job(
    folder: Path, job: Mapping[str, Any], *, seconds: float = READ_SECONDS
) -> dict[str, Any]:
    """Run ``job`` on the files in ``folder`` and return its answer; raise FileRefused.

    The child is killed with all it started after ``seconds``.
    """
    (folder / JOB).write_text(json.dumps(job), encoding="utf-8")
    root = Path(geo.__file__).resolve().parent.parent
    process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own words
        [sys.executable, "-I", "-X", "utf8", "-c", _START, str(root), str(folder)],
        env=child_environment(job.get("format"), str(folder)),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        code = process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        raise FileRefused("too_slow", f"{seconds:.0f}秒内未能读完文件，已停止。") from None
    finally:
        _end(process)
    return _outcome(folder / OUTCOME, code)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _outcome(path: Path, code: int) -> dict[str, Any]:
    if code != 0 or not path.is_file() or path.stat().st_size > _MAX_OUTCOME_BYTES:
        raise FileRefused(
            "reader_died", "读取程序被此文件中断（内容损坏，或所需内存、时间超限），未读取。"
        )
    outcome: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if "refused" in outcome:
        raise FileRefused(str(outcome["refused"]), str(outcome["message"]))
    return outcome
