"""Run one assignment in a process of its own that is ended in the middle, or has no room."""

from __future__ import annotations

import os
import resource
import signal
import sys
from pathlib import Path

from geo.assign.running import Progress
from geo.errors import GeoError
from tests.unit.geo.assign.files import assign


def main() -> None:
    how, amount, source, out = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[4])
    if how == "room":
        resource.setrlimit(resource.RLIMIT_FSIZE, (amount, amount))

    def told(progress: Progress) -> None:
        if how == "kill" and progress.rows >= amount:
            os.kill(os.getpid(), signal.SIGKILL)

    try:
        assign(source, out, tell=told)
    except GeoError as refusal:
        sys.stdout.write(refusal.message)
        sys.exit(1)


if __name__ == "__main__":
    main()
