"""Be the throw-away process that does heavy work on a sheet: job in, answer out, end.

It has no database, no socket and no file to write: only its standard input and output.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from pathlib import Path

import geo
from api.plans.geometry_steps import Step, do_in_order
from api.plans.geometry_wire import Job, limits_of_job, read_job, write_nonsense, write_steps
from geo.boundary_files.confinement import confine, limit_resources
from geo.errors import GeoError
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
    try:
        answer = write_steps(do(job))
    except GeoError as error:
        answer = write_nonsense(error)
    sys.stdout.buffer.write(answer)


def do(job: Job) -> list[Step]:
    """Return what comes of each operation of a job, in order."""
    used = list(job.used)
    limits = limits_of_job(job, used)
    try:
        return do_in_order(job.sheet, job.operations, limits, halt=job.halt, used=used)
    except MemoryError:
        words = "图形太复杂，计算所需内存超限；请缩小范围，或减少点数。"
        return [RedrawError("took_too_much_memory", words)]
