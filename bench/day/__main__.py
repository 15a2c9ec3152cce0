"""Play a day of reports through their whole life and hold it against what is promised."""

from __future__ import annotations

import argparse
import random
import secrets
import sys
import time
from pathlib import Path

from rich.console import Console

from bench.__main__ import RESULTS
from bench.day.driving import Drive, Line
from bench.day.matters import Matters
from bench.day.people import bring_in
from bench.day.quick_clocks import NAME, write_template
from bench.day.stock import look, take_stock
from bench.machine import describe_machine
from bench.processes import NotMeasured
from bench.redraw.figures import Findings, print_findings, write_findings
from bench.run import say
from bench.timing import Control
from bench.workplace import Workplace, settle

WORKERS = 2
STEP_LIMIT_MS = 50.0
# The scheduler looks every second; what is due waits for two of them and a batch.
CLOCK_LIMIT_S = 5.0
SLOWEST_SHOWN = 6
SIMILAR = 200


def main() -> int:
    """Play the day; return 1 when something is missed or wrong."""
    chosen = _options()
    print(f"seed {chosen.seed}", flush=True)
    findings, control = Findings(), Control()
    before = control.take()
    with Workplace(say) as workplace:
        say(f"load of the machine {settle():.2f}")
        try:
            play(workplace, findings, chosen)
        except NotMeasured as reason:
            say(f"{reason}\n{workplace.last_words()}")
            findings.wrong.append(f"could not go on: {reason}")
    after = control.take()
    findings.add("control", "fixed work, against its first time", after.wall_s / before.wall_s, "")
    print_findings(Console(width=130), findings)
    about = {"seed": chosen.seed, "machine": describe_machine(), "hour_s": chosen.hour}
    write_findings(chosen.out / "day.json", findings, about)
    return 0 if findings.holds else 1


def play(workplace: Workplace, findings: Findings, chosen: argparse.Namespace) -> None:
    """Serve the demo county, drive the reports, look at random instants, take stock."""
    folder = write_template(workplace.folder / "life", hour_s=chosen.hour)
    extra = {"WANGGE_LIFE_DIR": str(folder), "WANGGE_LIFE_TEMPLATE": NAME}
    run = f"day-{chosen.seed}"
    with workplace.service(WORKERS, extra) as service:
        people = bring_in(workplace, service.port, workers=chosen.workers)
        drive = Drive(
            service.port,
            people,
            Matters(chosen.seed, sorted(people.workers)),
            run,
            chosen.seed,
            chosen.reports,
            senders=chosen.senders,
            until=time.monotonic() + chosen.minutes * 60,
        )
        seen = _Instants(workplace, run, chosen.seed, drive)
        began, cpu_began = time.monotonic(), service.cpu_s()
        drive.go(meanwhile=seen.watch)
        wall_s, cpu_s = time.monotonic() - began, service.cpu_s() - cpu_began
        with workplace.connect() as connection:
            wrong = take_stock(connection, run, drive.ledger)
        findings.add_times("similar", "perhaps the same matter", _similar(drive))
    _write_down(findings, drive, wall_s=wall_s, cpu_s=cpu_s)
    findings.add("instants", "snapshots looked at", seen.count, "")
    findings.add("instants", "clocks behind, at most", seen.lag_s, "s", CLOCK_LIMIT_S)
    findings.expect("instants", seen.wrong)
    findings.expect("stock", wrong)


class _Instants:
    """Look at the database at random instants while the day goes on."""

    def __init__(self, workplace: Workplace, run: str, seed: int, drive: Drive) -> None:
        """Look at nothing yet."""
        self.count, self.lag_s = 0, 0.0
        self.wrong: list[str] = []
        self._workplace = workplace
        self._run = run
        self._chance = random.Random(f"{seed} instants")
        self._drive = drive
        self._said = time.monotonic()

    def watch(self) -> None:
        """Look until the day is over."""
        with self._workplace.connect() as connection:
            while not self._drive.stop.wait(self._chance.uniform(0.2, 2.0)):
                wrong, lag_s = look(connection, self._run)
                self.count += 1
                self.lag_s = max(self.lag_s, lag_s)
                self.wrong += wrong
                if time.monotonic() - self._said > 30:
                    self._said = time.monotonic()
                    say(f"{self._drive.begun} reports, {self._drive.steps} steps")


def _write_down(findings: Findings, drive: Drive, *, wall_s: float, cpu_s: float) -> None:
    ledger = drive.ledger
    findings.add("day", "reports begun", drive.begun, "")
    findings.add("day", "of them driven to their end", drive.ended, "")
    findings.add("day", "steps acknowledged", drive.steps, "")
    findings.add("day", "steps refused (somebody or the clock was first)",
                 sum(ledger.refused.values()), "")  # fmt: skip
    findings.add("day", "took", wall_s, "s")
    findings.add("day", "requests a second", (drive.steps + drive.begun) / wall_s, "/s")
    findings.add("day", "CPU of service and database a request",
                 1000 * cpu_s / max(1, drive.steps + drive.begun), "ms")  # fmt: skip
    findings.add_times("intake", "a report", drive.intake_s)
    steps = [seconds for taken in drive.step_s.values() for seconds in taken]
    findings.add_times("step", "any step", steps, p95_limit_ms=STEP_LIMIT_MS)
    slowest = sorted(drive.step_s.items(), key=lambda item: -_p95(item[1]))
    for step, taken in slowest[:SLOWEST_SHOWN]:
        findings.add("step", f"{step}, {len(taken)} times, p95", 1000 * _p95(taken), "ms")
    for words, count in ledger.refused.most_common(8):
        say(f"refused {count} times: {words}")


def _similar(drive: Drive) -> list[float]:
    """Return how long it takes to find what may be the same as a report, now that all are there."""
    line, token = Line(drive.port, drive.ledger), drive.people.token("dispatcher")
    taken = []
    try:
        for report in list(drive.ledger.reports.values())[-SIMILAR:]:
            path = f"/v1/reports/{report}/similar"
            taken.append(line.send("GET", path, None, token, "read")[-1])
    finally:
        line.close()
    return taken


def _p95(seconds: list[float]) -> float:
    return sorted(seconds)[int(0.95 * (len(seconds) - 1))]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.day", description=__doc__)
    parser.add_argument("--reports", type=int, default=20_000)
    parser.add_argument("--minutes", type=float, default=90.0, help="no longer than this")
    parser.add_argument("--senders", type=int, default=2, help="requests under way at a time")
    parser.add_argument("--workers", type=int, default=24, help="grid workers with a phone")
    parser.add_argument("--hour", type=float, default=5.0, help="seconds of an hour of a limit")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**31))
    parser.add_argument("--out", type=Path, default=RESULTS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
