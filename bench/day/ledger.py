"""Write down what the service acknowledged: each report, each step, under which key."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# These write an event of their kind into another report as well.
_TWO_REPORTS = {"merge", "unmerge", "split"}


@dataclass
class Ledger:
    """Hold what was acknowledged; whoever writes waits for no other."""

    reports: dict[str, str] = field(default_factory=dict)
    steps: dict[str, Counter[str]] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    replayed: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    broken: int = 0
    wrong: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take_report(self, key: str, report: Mapping[str, Any], *, replayed: bool) -> None:
        """Note a report that was taken in."""
        with self._lock:
            self.reports[key] = str(report["id"])
            self.steps.setdefault(str(report["id"]), Counter())
            self.replayed += replayed

    def take_step(
        self,
        key: str,
        body: Mapping[str, Any],
        before: Mapping[str, Any],
        after: Mapping[str, Any],
        *,
        replayed: bool,
    ) -> None:
        """Note a step that was acknowledged, in every report that it touches."""
        step, about = str(body["step"]), str(before["id"])
        touched = [about]
        if step in _TWO_REPORTS:
            touched += _others(step, body, before, after)
        with self._lock:
            self.keys[key] = about
            self.replayed += replayed
            for report in touched:
                self.steps.setdefault(report, Counter())[step] += 1

    def refuse(self, step: str, reason: str) -> None:
        """Note a refusal: the state was another one by then."""
        with self._lock:
            self.refused[f"{step}: {reason}"] += 1

    def break_off(self) -> None:
        """Note a request to which no answer came."""
        with self._lock:
            self.broken += 1

    def complain(self, words: str) -> None:
        """Note what must never be answered."""
        with self._lock:
            self.wrong.append(words)


def _others(
    step: str, body: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any]
) -> list[str]:
    if step == "merge":
        return [str(body["report"])]
    if step == "unmerge":
        return [str(before["merged_into"])]
    return [str(part) for part in after["parts"] if part not in before["parts"]]
