"""Be the throw-away process that does heavy work on a sheet: job in, answer out, end.

It has no database, no socket and no file to write: only its standard input and output.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from pathlib import Path

import geo
from api.plans.geometry_wire import Job, Step, limits_of_job, read_job, write_steps
from geo.boundary_files.confinement import confine, limit_resources
from geo.errors import GeoError
from geo.redraw.apply import apply
from geo.redraw.refusal import RedrawError

# Look-ups and strokes of others go first.
_NICENESS = 10


def main() -> None:
    """Read a job, do it, write what came of it; a refusal is an answer."""
    limit_resources()
    os.nice(_NICENESS)
    job = read_job(sys.stdin.buffer.read())
    packages = (Path(geo.__file__).resolve().parent.parent, Path(sysconfig.get_path("purelib")))
    confine(readable=(*packages, Path(sys.prefix), Path(sys.base_prefix), Path("/usr")))
    sys.stdout.buffer.write(write_steps(do(job)))


def do(job: Job) -> list[Step]:
    """Return what comes of each operation of a job, in order."""
    used = list(job.used)
    limits = limits_of_job(job, used)
    sheet = job.sheet
    steps: list[Step] = []
    for operation in job.operations:
        try:
            outcome, logged = apply(sheet, operation, limits)
        except GeoError as refusal:
            steps.append(refusal)
            if job.halt:
                break
            continue
        except MemoryError:
            words = "图形太复杂，计算所需内存超限；请缩小范围，或减少点数。"
            return [*steps, RedrawError("took_too_much_memory", words)]
        steps.append((outcome, logged))
        sheet = outcome.redo(sheet)
        used += outcome.created
    return steps
