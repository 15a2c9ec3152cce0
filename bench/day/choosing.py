"""Choose what happens next to a report: who presses which step, from what the last answer said.

No plan is laid beforehand: the clock, another person or a merge may have come between. A step that
is refused is not wrong; what counts is what was acknowledged.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.day.people import People

Report = Mapping[str, Any]
ENDED = frozenset({"closed", "void", "out_of_area", "merged"})
MOST_STEPS = 40


@dataclass(frozen=True, slots=True)
class Move:
    """Hold a step that is to be taken, and by whom (a role, or the grid of a worker)."""

    who: str
    body: Mapping[str, Any]

    @property
    def step(self) -> str:
        """Return the name of the step."""
        return str(self.body["step"])


def move(who: str, step: str, **members: Any) -> Move:
    """Return a move with the members that are given."""
    given = {name: value for name, value in members.items() if value is not None}
    return Move(who, {"step": step, **given})


@dataclass
class Chooser:
    """Choose the moves of one report by its own seeded chance."""

    people: People
    chance: random.Random
    others: Callable[[], Report | None]
    detours: set[str] = field(default_factory=set)
    taken: int = 0

    def next(self, report: Report) -> Move | None:
        """Return the next move; None when the report's day is over."""
        self.taken += 1
        if report["status"] in ENDED:
            return self._afterwards(report)
        if self.taken > MOST_STEPS:
            return move("shift_lead", "close", note="结束当日", outcome="explained")
        aside = self._aside(report)
        if aside is not None:
            return aside
        return _BY_STATUS[report["status"]](self, report)

    def after_refusal(self, report: Report) -> Move:
        """Return what a shift lead does with a report that is stuck."""
        if report["status"] == "return_pending" or report["request"] is not None:
            return move("shift_lead", "refuse", note="请继续办理")
        return move("shift_lead", "close", note="由值班长结案", outcome="explained")

    def holder(self, report: Report) -> str:
        """Return who can press for the holder: the worker, the department, else the desk."""
        holder = report["holder"]
        if holder["org"] is not None:
            mine = holder["org"] == self.people.department
            return "department" if mine else "dispatcher"
        if holder["post"] is not None and holder["area"]["code"] in self.people.workers:
            return str(holder["area"]["code"])
        return "dispatcher"

    def once(self, name: str, share: float) -> bool:
        """Say with the chance of ``share``, once a report, whether a detour is taken."""
        if name in self.detours:
            return False
        self.detours.add(name)
        return self.chance.random() < share

    def _aside(self, report: Report) -> Move | None:
        """Return a step that moves no status: anybody may take one at any time."""
        if report["status"] not in ("awaiting_decision", "suspended") and self.once("urge", 0.08):
            return move("dispatcher", "urge", note="请尽快办理")
        if self.once("supervise", 0.02):
            return move("leader", "supervise", note="请按期办结并反馈")
        if self.once("handoff", 0.01):
            return move("dispatcher", "handoff", hotline="119")
        return None

    def _afterwards(self, report: Report) -> Move | None:
        if report["status"] == "closed" and self.once("reopen", 0.04):
            return move("shift_lead", "reopen", note="来电人不满意")
        if report["status"] == "merged" and self.once("unmerge", 0.2):
            return move("shift_lead", "unmerge")
        return None


def _undecided(c: Chooser, report: Report) -> Move:
    if c.once("split", 0.04):
        return move("dispatcher", "split", parts=[{"text": f"{report['text']} 另一事项"}])
    if report["decision"] == "desk" and not c.once("far", 0.5):
        note = "示意：当场答复"
        return move("dispatcher", "direct_reply", answer=note, outcome="explained")
    candidates = report["assignment"]["candidates"]
    if candidates:
        return move("dispatcher", "confirm_grid", grid=candidates[0]["grid"]["code"])
    if report["grid"] is not None and len(report["area"]["code"]) < 15:
        return move("dispatcher", "confirm_grid", grid=report["grid"]["code"])
    if c.people.department and c.once("department", 0.6):
        return move("dispatcher", "route", to={"org": c.people.department})
    if len(report["area"]["code"]) == 15:
        return move("dispatcher", "route", to={"area": report["area"]["code"]})
    if c.once("outside", 0.5):
        return move("dispatcher", "void", reason="out_of_area", note="不在本旗")
    return move("dispatcher", "direct_reply", answer="示意：当场答复")


def _unsigned(c: Chooser, report: Report) -> Move:
    if c.once("triage", 0.06):
        return move("dispatcher", "triage", severity=2)
    if c.once("merge", 0.05) and (other := c.others()) is not None:
        return move("shift_lead", "merge", report=other["id"])
    holder = c.holder(report)
    if report["sender"] is not None and holder != "dispatcher" and c.once("return", 0.12):
        return move(holder, "return", reason="address_unclear", note="找不到地方")
    return move(holder, "accept")


def _accepted(c: Chooser, report: Report) -> Move:
    holder = c.holder(report)
    if holder != "dispatcher" and c.once("pass_up", 0.05):
        return move(holder, "pass_up", note="需上级协调")
    if c.people.department and c.once("summon", 0.06):
        return move("dispatcher", "summon", orgs=[c.people.department])
    if holder != "dispatcher" and c.once("late_return", 0.04):
        return move(holder, "return", reason="not_grid_matter")
    if holder != "dispatcher" and c.once("extend", 0.05):
        return move(holder, "extend", limit={"amount": 0.1, "unit": "hour"}, note="等配件")
    if holder != "dispatcher" and c.once("suspend", 0.05):
        until = datetime.now(UTC) + timedelta(seconds=c.chance.randint(5, 60))
        return move(holder, "suspend", until=until.isoformat(), note="等开春")
    if c.once("on_the_spot", 0.1):
        return move(holder, "close", outcome="resolved", note="当场办结")
    if c.once("arrive", 0.8):
        return move(holder, "arrive")
    return _on_site(c, report)


def _on_site(c: Chooser, report: Report) -> Move:
    return move(c.holder(report), "handle", outcome="resolved", note="已办理")


def _decide(c: Chooser, _report: Report) -> Move:
    step = "grant" if c.chance.random() < 0.5 else "refuse"
    return move("shift_lead", step, note="经核实")


def _summoned(c: Chooser, report: Report) -> Move:
    open_ = [one for one in report["summons"] if one["arrived_at"] is None]
    if open_ and open_[0]["reported_at"] is None and open_[0]["org"] == c.people.department:
        return move("department", "arrive")
    if open_:
        return move("dispatcher", "arrive", org=open_[0]["org"], passed=True)
    return move(c.holder(report), "handle", outcome="resolved", note="已办理")


def _suspended(_c: Chooser, _report: Report) -> Move:
    return move("shift_lead", "resume")


def _handled(c: Chooser, _report: Report) -> Move:
    if "verified" not in c.detours:
        passed = c.chance.random() < 0.9
        if passed:
            c.detours.add("verified")
        return move("shift_lead", "verify", passed=passed, note=None if passed else "未见效果")
    c.detours.discard("verified")
    return move("dispatcher", "reply", answer="示意：已办理完毕")


def _replied(c: Chooser, report: Report) -> Move:
    reporters = report["reporters"] or ()
    called = {call["reporter"] for call in report["follow_ups"]}
    waiting = [name for name in reporters if name not in called]
    if waiting:
        return move(
            "dispatcher",
            "follow_up",
            reporter=waiting[0],
            resolved="yes",
            satisfied=c.chance.choice(("satisfied", "fairly")),
        )
    return _close(c, report)


def _close(_c: Chooser, _report: Report) -> Move:
    return move("dispatcher", "close", note="示意：办结")


_BY_STATUS: Mapping[str, Callable[[Chooser, Report], Move]] = {
    "awaiting_decision": _undecided,
    "assigned": _unsigned,
    "reopened": _unsigned,
    "passed_up": _unsigned,
    "accepted": _accepted,
    "on_site": _on_site,
    "return_pending": _decide,
    "extension_pending": _decide,
    "suspended": _suspended,
    "summoned": _summoned,
    "handled": _handled,
    "replied": _replied,
    "followed_up": _close,
}
