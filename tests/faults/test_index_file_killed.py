"""A process that is killed while it writes an index leaves the one before it, whole."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from geo.locate.index import GridIndex
from tests.unit.geo.random_coverage import random_coverage

KILLS = 6
# One process reads the code and makes the indexes; each writer that is killed is a fork of it. A
# writer whose maker has gone ends by itself.
_MAKER = """
import os
import sys
from pathlib import Path
from geo.locate.index import GridIndex
from tests.unit.geo.random_coverage import random_coverage
both = [GridIndex(*random_coverage(seed, across=40, codes=60)) for seed in (1, 2)]
maker = os.getpid()
for _ in sys.stdin:
    writer = os.fork()
    while writer == 0 and os.getppid() == maker:
        for index in both:
            index.save(Path(sys.argv[1]))
    if writer == 0:
        os._exit(0)
    print(writer, flush=True)
    os.waitpid(writer, 0)
    print("gone", flush=True)
"""


@contextmanager
def maker_of_writers(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Run a process that forks a writer of ``path`` for each line it gets."""
    with subprocess.Popen(
        [sys.executable, "-c", _MAKER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as maker:
        try:
            yield maker
        finally:
            maker.kill()


def test_whatever_moment_it_is_killed_at_the_file_is_one_or_the_other(tmp_path: Path) -> None:
    path = tmp_path / "boundaries.index"
    allowed = {
        GridIndex(*random_coverage(seed, across=40, codes=60)).save(tmp_path / str(seed))
        for seed in (1, 2)
    }
    rng = random.Random(3)
    with maker_of_writers(path) as maker:
        assert maker.stdin is not None
        assert maker.stdout is not None
        for _ in range(KILLS):
            maker.stdin.write("one more\n")
            maker.stdin.flush()
            writer = int(maker.stdout.readline())
            time.sleep(rng.uniform(0.02, 0.3))
            os.kill(writer, signal.SIGKILL)
            assert maker.stdout.readline() == "gone\n"
            if path.exists():
                assert GridIndex.open(path).save(tmp_path / "copy") in allowed
    assert path.exists()
    # Halves may lie about under names that nobody reads, and some do: the kills were in time.
    assert all(left.name.startswith(".") for left in tmp_path.glob("*.partial"))
