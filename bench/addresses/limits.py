"""Set the figures of the address matcher beside what they have to be."""

from __future__ import annotations

from collections.abc import Sequence

from bench.addresses.scoring import Score
from bench.addresses.speed import CHARACTERS, Speed
from bench.redraw.figures import Findings

WRONG_AUTO = 0.01
UNANSWERED = 0.10
NOT_AUTO = 0.25
DECIDED = 0.03
P95_MS = {5_000: 10.0, 50_000: 25.0}
REBUILD_S = 1.0


def note_score(findings: Findings, name: str, found: Score, *, judged: bool) -> None:
    """Note what is missing to a perfect score; limits only for a set that nobody tuned on."""
    shares = (
        ("automatic answers that are wrong", found.auto_precision, WRONG_AUTO),
        ("answerable texts not answered at their level", found.answered, UNANSWERED),
        ("texts that fix a grid, without its automatic answer", found.grid_auto, NOT_AUTO),
        ("ambiguous or unknown texts decided by the machine", found.abstained, DECIDED),
    )
    for what, share, limit in shares:
        if share is not None:
            findings.add(name, what, 100 * (1 - share), "%", 100 * limit if judged else None)
    findings.add(name, "near names swapped", found.swapped, "", 0 if judged else None)


def note_speed(findings: Findings, speeds: Sequence[Speed]) -> None:
    """Note the times of each gazetteer."""
    for size, speed in zip(P95_MS, speeds, strict=True):
        measure = f"{size:,} places"
        what = f"a text of {CHARACTERS} characters"
        findings.add(measure, f"{what}, median", speed.p50_ms, "ms")
        findings.add(measure, f"{what}, p95", speed.p95_ms, "ms", P95_MS[size])
        findings.add(measure, "made anew", speed.rebuild_s, "s", REBUILD_S)
        findings.add(measure, "memory", speed.memory_mib, "MiB")
