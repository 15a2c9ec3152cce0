"""Measure drafting: a long random walk, and everything taken back."""

from __future__ import annotations

from bench.redraw.draft import begin
from bench.redraw.figures import Findings
from bench.redraw.office import Office
from bench.redraw.strokes import Strokes
from bench.redraw.walk import undo_all, walk

UNDONE = 500


def drafting(office: Office, findings: Findings, *, seed: int, operations: int) -> None:
    """Walk through one plan of the whole county, then undo the last 500 operations."""
    county = office.township[:6]
    draft = begin(office.decider[0], office.connection, county, "walk")
    strokes = Strokes(seed, buildings=office.buildings(county))
    cpu_s = office.service.cpu_s()
    walked = walk(draft, strokes, office.decider, operations)
    cpu_s = office.service.cpu_s() - cpu_s
    findings.add_times("walk", "an operation", walked.all_seconds, p95_limit_ms=100)
    for kind, seconds in sorted(walked.seconds.items()):
        findings.add_times("walk", kind, seconds)
    findings.add_times("walk", "a refusal", walked.refused_seconds)
    findings.add(
        "walk", "CPU of servers and database, an operation", cpu_s / operations * 1e3, "ms"
    )
    findings.add("walk", "nodes on the outer border", len(draft.outer), "")
    findings.expect("walk", draft.wrong)
    draft.wrong.clear()
    findings.add_times("undo", "an undo", undo_all(draft, office.decider, UNDONE), p95_limit_ms=100)
    findings.expect("undo", draft.wrong)
