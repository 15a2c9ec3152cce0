"""Note when the database announces a commit of boundaries, in a process that does nothing else.

A thread beside others notes it when it has had its turn, and a lag counted from then is too short.
Run with the connection and the file to write to; the file is there once it listens.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from bench.processes import NotMeasured, running

CONNINFO = "BENCH_CONNINFO"
# Before others that want a core, where that is allowed: what is measured is not our own lateness.
NICENESS = -10
_WAIT_S = 30.0


@contextmanager
def noted(conninfo: str, folder: Path, log: Path) -> Iterator[Path]:
    """Note the announcements in a file for the length of the block."""
    path = folder / "announced"
    path.unlink(missing_ok=True)
    command = [sys.executable, "-m", "bench.redraw.announced", str(path)]
    with running(command, environment={**os.environ, CONNINFO: conninfo}, log=log) as process:
        until = time.monotonic() + _WAIT_S
        while not path.exists():
            if process.poll() is not None or time.monotonic() > until:
                raise NotMeasured("nobody listens to the database")
            time.sleep(0.05)
        yield path


def first_since(path: Path, counted: float) -> float | None:
    """Return when the first announcement after an instant of the counter came, None for none."""
    later = (float(line) for line in path.read_text("utf-8").splitlines())
    return next((at for at in later if at >= counted), None)


def main(path: Path) -> None:
    """Listen until ended."""
    with contextlib.suppress(OSError):
        os.nice(NICENESS)
    with (
        psycopg.connect(os.environ[CONNINFO], autocommit=True) as connection,
        path.open("a", buffering=1, encoding="utf-8") as file,
    ):
        connection.execute("LISTEN wangge_revision")
        for notify in connection.notifies():
            at = time.perf_counter()
            if notify.payload == "boundaries":
                file.write(f"{at!r}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
