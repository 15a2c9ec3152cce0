"""Let the state machines run longer, with new seeds: redrawing, a service, a report's life."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.soak.campaign import Tally, Trial
from bench.workplace import Workplace

ROOT = Path(__file__).resolve().parents[2]
MACHINES = (
    "tests/unit/geo/redraw/test_redraw_history_machine.py",
    "tests/http/test_plan_machine.py",
    "tests/unit/api/life/test_life_machine.py",
)
EXAMPLES = 10
_STEP = re.compile(r"^E\s+(state\..*|\w*Error.*)$", re.MULTILINE)


@contextmanager
def machines(_workplace: Workplace) -> Iterator[Trial]:
    """Try other orders of drawing, publishing and taking back; a failure names its steps."""
    environment = {**os.environ, "WANGGE_MACHINE_EXAMPLES": str(EXAMPLES)}

    def trial(seed: int, tally: Tally) -> None:
        for machine in MACHINES:
            command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
            done = subprocess.run(
                [*command, "-o", "timeout=0", f"--hypothesis-seed={seed}", machine],
                cwd=ROOT,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            tally.checked += EXAMPLES
            if done.returncode != 0:
                steps = "; ".join(_STEP.findall(done.stdout)) or done.stdout[-2_000:]
                tally.failures.append(f"seed {seed}, {machine}: {steps}")

    yield trial
