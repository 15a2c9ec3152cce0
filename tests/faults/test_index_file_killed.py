"""A process that is killed while it writes an index leaves the one before it, whole."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from geo.locate.index import GridIndex
from tests.unit.geo.random_coverage import random_coverage

_WRITER = """
import sys
from pathlib import Path
from geo.locate.index import GridIndex
from tests.unit.geo.random_coverage import random_coverage
both = [GridIndex(*random_coverage(seed, across=40, codes=60)) for seed in (1, 2)]
print("ready", flush=True)
while True:
    for index in both:
        index.save(Path(sys.argv[1]))
"""


def test_whatever_moment_it_is_killed_at_the_file_is_one_or_the_other(tmp_path: Path) -> None:
    path = tmp_path / "boundaries.index"
    allowed = {
        GridIndex(*random_coverage(seed, across=40, codes=60)).save(tmp_path / str(seed))
        for seed in (1, 2)
    }
    rng = random.Random(3)
    for _ in range(6):
        writer = subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(path)], stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        time.sleep(rng.uniform(0.02, 0.3))
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
        if path.exists():
            assert GridIndex.open(path).save(tmp_path / "copy") in allowed
    assert path.exists()
    # Halves may lie about under names that nobody reads, and some do: the kills were in time.
    assert all(left.name.startswith(".") for left in tmp_path.glob("*.partial"))
