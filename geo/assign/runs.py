"""Name a run, so that another on the same machine can tell whether its process is still there.

A name says which machine and start of it (or container), which process there, and when that began:
numbers of processes are given again. What cannot be told is not over.
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import Final

# Where Linux says all of this; elsewhere no run is ever known to be over.
PROC: Final = Path("/proc")
_GONE: Final = ("Z", "X")
_STATE, _BEGAN = 0, 19
_ENDED: Final = "ended"
_PID: Final = re.compile(r"[1-9][0-9]{0,8}")
_TIME: Final = re.compile(r"[1-9][0-9]*")


def name_of_run(mark: str) -> str:
    """Return a name for this process's run; ``mark`` tells its runs apart."""
    return "-".join((_machine(), str(os.getpid()), _began(os.getpid()) or "0", mark))


def is_over(name: str) -> bool:
    """Say whether a run is known to be over: its process was on this machine and is gone."""
    machine, _, rest = name.partition("-")
    pid, _, rest = rest.partition("-")
    began, _, _ = rest.partition("-")
    if not machine or machine != _machine() or not (_PID.fullmatch(pid) and _TIME.fullmatch(began)):
        return False
    now = _began(int(pid))
    return _is_gone(int(pid)) if now is None else now != began


def _machine() -> str:
    try:
        start = (PROC / "sys/kernel/random/boot_id").read_text("ascii").strip()
        # Containers of one machine count their processes each for themselves.
        here = (PROC / "self/ns/pid").stat().st_ino
    except (OSError, UnicodeDecodeError):
        return ""
    return hashlib.sha256(f"{start} {here}".encode()).hexdigest()[:16]


def _began(pid: int) -> str | None:
    """Return when a process began, in ticks since the machine did; None when that is not told."""
    try:
        told = (PROC / str(pid) / "stat").read_text("utf-8", errors="replace")
    except OSError:
        return None
    # Behind the name, which may hold anything.
    fields = told.rpartition(")")[2].split()
    return _ENDED if fields[_STATE] in _GONE else fields[_BEGAN]


def _is_gone(pid: int) -> bool:
    """Say whether there is no process of a number: files of other users' may be hidden."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
