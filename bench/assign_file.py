"""Measure ``wangge assign`` on Parquet as a whole process, beside reading and writing the file.

The peers do nothing with the rows: one takes the file whole, one goes row group by row group, and
one does that and waits for the disk, as ``wangge assign`` does before it gives the output its name.
With Dask the CPU and the memory are those of the command alone, without its two workers.
"""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from api.settings import PROJECT_DIR
from bench.county import County, mixed_points, read_county
from bench.processes import WANGGE, NotMeasured, free_port, running
from bench.results import OURS, Measurement, count_differences, measure
from bench.run import Run, say
from geo.locate.index import GridIndex

MILLION = 1_000_000
GROUP_ROWS = 1_000_000
ROUNDS = 3
_DASK_START_S = 60.0
_COLUMNS = ("--lon", "lon", "--lat", "lat", "--crs", "cgcs2000", "--json")
_WHOLE = (
    "import sys, pyarrow.parquet as pq; pq.write_table(pq.read_table(sys.argv[1]), sys.argv[2])"
)
_STREAMED = """
import os, sys, pyarrow.parquet as pq
file = pq.ParquetFile(sys.argv[1])
with pq.ParquetWriter(sys.argv[2], file.schema_arrow) as out:
    for number in range(file.metadata.num_row_groups):
        out.write_table(file.read_row_group(number))
if sys.argv[3:]:
    os.fsync(os.open(sys.argv[2], os.O_RDONLY))
"""
PEERS: dict[str, Sequence[str]] = {
    "pyarrow-whole": (sys.executable, "-c", _WHOLE, "{source}", "{out}"),
    "pyarrow-groups": (sys.executable, "-c", _STREAMED, "{source}", "{out}"),
    "pyarrow-groups-synced": (sys.executable, "-c", _STREAMED, "{source}", "{out}", "sync"),
}
_OURS = (*WANGGE, "assign", "{source}", "-o", "{out}", *_COLUMNS)


def assign(run: Run) -> Iterator[list[Measurement]]:
    """Time 2 million rows, and with ``full`` 20 million too; ``quick``: 20,000."""
    run.workplace.credentials()
    county = read_county()
    index = GridIndex(county.codes, county.shapes)
    sizes = [20_000] if run.quick else [2 * MILLION, 20 * MILLION] if run.full else [2 * MILLION]
    for rows in sizes:
        source = run.workplace.folder / f"points-{rows}.parquet"
        say(f"making {rows:,} rows")
        _make(county, source, rows, run.seed)
        yield from _measured(run, source, rows, index)
        source.unlink()


def _make(county: County, path: Path, rows: int, seed: int) -> None:
    """Write a file as an archive is: a number, a position, a short text, a time."""
    schema = pa.schema(
        [
            ("id", pa.int64()),
            ("lon", pa.float64()),
            ("lat", pa.float64()),
            ("text", pa.string()),
            ("taken_at", pa.timestamp("ms", tz="UTC")),
        ]
    )
    with pq.ParquetWriter(path, schema) as out:
        for start in range(0, rows, GROUP_ROWS):
            count = min(GROUP_ROWS, rows - start)
            lons, lats = mixed_points(county, seed + start, count)
            numbers = np.arange(start, start + count)
            texts = pa.array([f"第{number % 99_991}号事项" for number in numbers.tolist()])
            times = pa.array(1_700_000_000_000 + numbers * 997).cast(schema.field(4).type)
            table = pa.Table.from_arrays([numbers, lons, lats, texts, times], schema=schema)
            out.write_table(table, row_group_size=GROUP_ROWS)


def _measured(run: Run, source: Path, rows: int, index: GridIndex) -> Iterator[list[Measurement]]:
    job = f"assign-{rows}"
    found: dict[str, list[Lap]] = {name: [] for name in (OURS, *PEERS)}
    out = source.with_name("out.parquet")
    differences = 0
    with _two_workers(run) as scheduler:
        commands: dict[str, Sequence[str]] = {OURS: _OURS, **PEERS}
        if scheduler:
            commands["wangge-dask-2"] = (*_OURS, "--scheduler", scheduler)
            found["wangge-dask-2"] = []
        for number in range(1 if run.quick else ROUNDS):
            order = list(commands)
            run.chance.shuffle(order)
            for name in order:
                say(f"{job}, round {number + 1}: {name}")
                found[name].append(_run(run, commands[name], source, out))
                if number == 0 and name.startswith(OURS):
                    differences += _differences(out, index)
                out.unlink()
    for name, laps in found.items():
        answers = differences if name == OURS else None
        yield [
            measure(job, name, "s", [lap.wall_s for lap in laps], differences=answers),
            measure(job, name, "cpu-s", [lap.cpu_s for lap in laps]),
            measure(job, name, "peak MB", [lap.peak_mb for lap in laps]),
        ]


@dataclass(frozen=True, slots=True)
class Lap:
    """Hold what a whole process took: seconds, CPU of it and its children, most memory at once."""

    wall_s: float
    cpu_s: float
    peak_mb: float


def _run(run: Run, command: Sequence[str], source: Path, out: Path) -> Lap:
    """Run a command to its end; raise NotMeasured when it fails."""
    named = [{"{source}": str(source), "{out}": str(out)}.get(part, part) for part in command]
    began = time.perf_counter()
    with run.workplace.log.open("ab") as log:
        process = subprocess.Popen(
            named,
            cwd=PROJECT_DIR,
            env=run.workplace.environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    watcher = _Memory(process.pid)
    watcher.start()
    _, status, usage = os.wait4(process.pid, 0)
    wall_s = time.perf_counter() - began
    watcher.join()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise NotMeasured(f"{' '.join(named[2:4])} ended with {process.returncode}")
    return Lap(wall_s, usage.ru_utime + usage.ru_stime, watcher.peak_mb)


class _Memory(threading.Thread):
    """Read the most memory that a process has held, as long as it lives.

    Not from its usage at the end: there Linux counts what our own process held when it began.
    """

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._status = Path(f"/proc/{pid}/status")
        self.peak_mb = 0.0

    def run(self) -> None:
        """Look every 20 ms until the process is gone."""
        while True:
            try:
                text = self._status.read_text("utf-8")
            except OSError:
                return
            peak = re.search(r"VmHWM:\s+(\d+) kB", text)
            if peak is None:
                return
            self.peak_mb = max(self.peak_mb, int(peak[1]) / 1024)
            time.sleep(0.02)


def _differences(out: Path, index: GridIndex) -> int:
    """Return how many rows of the output have another grid than the index gives."""
    found = 0
    codes = pa.array(index.codes)
    file = pq.ParquetFile(out)
    for number in range(file.metadata.num_row_groups):
        table = file.read_row_group(number, columns=["lon", "lat", "grid"])
        lons, lats = (table[name].to_numpy() for name in ("lon", "lat"))
        ours = index.owner_numbers(lons, lats)
        theirs = pc.index_in(table["grid"], value_set=codes).fill_null(-1)
        found += count_differences(ours, theirs.to_numpy().astype(np.int64))
    return found


@contextmanager
def _two_workers(run: Run) -> Iterator[str | None]:
    """Run a Dask scheduler and two workers of one thread each on loopback; None without Dask."""
    try:
        distributed: Any = importlib.import_module("distributed")
    except ImportError:
        yield None
        return
    port = free_port()
    address = f"tcp://127.0.0.1:{port}"
    place: dict[str, Any] = {
        "environment": run.workplace.environment(
            None, DASK_TEMPORARY_DIRECTORY=str(run.workplace.folder)
        ),
        "log": run.workplace.log,
    }
    dask = (sys.executable, "-m", "dask")
    # Without an address its pages would listen everywhere.
    here = ("--host", "127.0.0.1", "--dashboard-address", "127.0.0.1:0")
    scheduler = (*dask, "scheduler", *here, "--port", str(port))
    worker = (*dask, "worker", address, *here, "--nthreads", "1", "--nworkers", "2")
    with running(scheduler, **place), running(worker, **place):
        try:
            with distributed.Client(address, timeout=_DASK_START_S) as client:
                client.wait_for_workers(2, timeout=_DASK_START_S)
        except (OSError, TimeoutError) as error:
            raise NotMeasured("the workers of Dask did not start") from error
        yield address
