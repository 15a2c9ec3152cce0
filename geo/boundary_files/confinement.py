"""Shut the process that reads a foreign file away: little memory and time, no network, no files.

Three walls, each of its own: resource limits (POSIX); Landlock, by which the kernel refuses every
file but the packages and one working folder (Linux 5.13, ``landlock(7)``); a seccomp filter that
refuses sockets and new programs (Linux 3.5, ``seccomp(2)``). Where the kernel lacks one, the
others stay; what holds is returned, so that it can be told.
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import signal
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from geo.boundary_files.limits import CHILD_FILE_BYTES, CHILD_MEMORY_BYTES, READ_SECONDS

_PARENT_DEATH_SIGNAL: Final = 1
_NO_NEW_PRIVS: Final = 38
_SET_SECCOMP: Final = 22
_FILTER_MODE: Final = 2

_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
# Rights known since each version of the interface: files, then truncation, devices, and so on.
_FILE_RIGHTS: Final = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
_ALL_OF_A_FOLDER: Final = (1 << 15) - 1
_TCP: Final = 0b11

# Audit number of the machine and its numbers of: socket, connect, execve, execveat, ptrace,
# io_uring_setup (which could open sockets without the call of that name).
_MACHINES: Final = {
    "x86_64": (0xC000003E, (41, 42, 59, 322, 101, 425)),
    "aarch64": (0xC00000B7, (198, 203, 221, 281, 117, 425)),
}
_X32_CALLS: Final = 0x40000000


def limit_resources(*, cpu_seconds: int = READ_SECONDS) -> None:
    """Limit memory, processor seconds, files; no core dump; end with the parent."""
    resource.setrlimit(resource.RLIMIT_AS, (CHILD_MEMORY_BYTES, CHILD_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (CHILD_FILE_BYTES, CHILD_FILE_BYTES))
    resource.setrlimit(resource.RLIMIT_NOFILE, (128, 128))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if platform.system() != "Linux":
        return
    # Killed with the parent, should that end in a way that leaves it no time to say so.
    ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)


def confine(*, readable: Iterable[Path], working: Path | None = None) -> list[str]:
    """Let this process read below ``readable``, write below ``working``, and talk to nobody.

    Returns the names of the walls that hold. It cannot be undone in this process.
    """
    held: list[str] = []
    if platform.system() != "Linux":
        return held
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return held
    if _landlock(libc, readable, working):
        held.append("landlock")
    if _seccomp(libc):
        held.append("seccomp")
    return held


def _landlock(libc: ctypes.CDLL, readable: Iterable[Path], working: Path | None) -> bool:
    version = libc.syscall(_LANDLOCK_CREATE, None, 0, 1)
    if version < 1:
        return False
    rights = _FILE_RIGHTS[max(known for known in _FILE_RIGHTS if known <= version)]
    # Network rights came with version 4; an older kernel refuses a larger record.
    record = struct.pack("QQ", rights, _TCP) if version >= 4 else struct.pack("Q", rights)
    ruleset = libc.syscall(_LANDLOCK_CREATE, record, len(record), 0)
    if ruleset < 0:
        return False
    for path in readable:
        _allow(libc, ruleset, path, _READ_FILE | _READ_DIR)
    if working is not None:
        _allow(libc, ruleset, working, _ALL_OF_A_FOLDER & rights & ~1)
    done = libc.syscall(_LANDLOCK_RESTRICT, ruleset, 0) == 0
    os.close(ruleset)
    return bool(done)


def _allow(libc: ctypes.CDLL, ruleset: int, path: Path, rights: int) -> None:
    try:
        folder = os.open(path, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return
    libc.syscall(_LANDLOCK_ADD, ruleset, 1, struct.pack("=Qi", rights, folder), 0)
    os.close(folder)


def _seccomp(libc: ctypes.CDLL) -> bool:
    known = _MACHINES.get(platform.machine())
    if known is None:
        return False
    audit, refused = known
    program = _filter(audit, refused)
    code = ctypes.create_string_buffer(program, len(program))
    record = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code))
    return bool(libc.prctl(_SET_SECCOMP, _FILTER_MODE, record, 0, 0) == 0)


def _filter(audit: int, refused: tuple[int, ...]) -> bytes:
    """Return a BPF program: another machine's calls and the refused ones fail with EPERM."""
    load, equal, at_least, answer = 0x20, 0x15, 0x35, 0x06
    allow, fail = 0x7FFF0000, 0x00050001
    # A jump counts the steps that it leaps over; the last step is the failure.
    last = len(refused) + 5
    steps = [
        (load, 0, 0, 4),
        (equal, 0, last - 2, audit),
        (load, 0, 0, 0),
        (at_least, last - 4, 0, _X32_CALLS),
        *((equal, last - 5 - place, 0, number) for place, number in enumerate(refused)),
        (answer, 0, 0, allow),
        (answer, 0, 0, fail),
    ]
    return b"".join(struct.pack("HBBI", *step) for step in steps)
