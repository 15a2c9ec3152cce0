"""Publish a plan of many operations while both server processes are asked for owners."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import shapely

from bench.county import FloatArray
from bench.redraw.announced import first_since
from bench.redraw.draft import Draft, begin, wkb
from bench.redraw.in_force import read_instants
from bench.redraw.lines import Line
from bench.redraw.office import SERVERS, Office
from bench.redraw.owners import corners, owners
from bench.redraw.strokes import WEIGHTS, Strokes
from bench.redraw.walk import walk
from bench.redraw.watching import Commit, Verdict, judge, watching
from geo.redraw.sheet import Sheet

POINTS = 40
# Strokes of one person on one evening: nothing is taken back.
PLAN_WEIGHTS = {kind: weight for kind, weight in WEIGHTS.items() if kind not in ("undo", "redo")}


@dataclass
class Published:
    """Hold what one publication took, and how each server process came to it."""

    seconds: float
    cpu_s: float
    verdicts: list[Verdict] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def draft_plan(office: Office, strokes: Strokes, area: str, operations: int) -> Draft:
    """Draw a plan of so many operations and hand it in."""
    draft = begin(office.author[0], office.connection, area, "measured")
    walk(draft, strokes, office.author, operations)
    office.author[0].need("POST", f"{draft.path}/submit")
    return draft


def publish(office: Office, draft: Draft, before: Sheet) -> tuple[Published, str]:
    """Approve a submitted plan under the eyes of everybody; return the changeset's id, too."""
    changed = {c: draft.sheet.shapes.get(c) for c in changed_codes(draft.start, draft.sheet)}
    after = before.changed(changed)
    told: dict[str, str] = {}

    def approve() -> None:
        answer = office.decider[0].need("POST", f"{draft.path}/approve", {"allow_vacant": True})
        told["id"] = answer["changeset"]["id"]

    published = _watched(office, before, after, approve)
    if any(wkb(office.sheet(server)) != wkb(after) for server in range(SERVERS)):
        published.wrong.append("what is served is not what was drafted")
    return published, told["id"]


def roll_back(office: Office, changeset: str, before: Sheet, after: Sheet) -> Published:
    """Take a publication back under the eyes of everybody."""

    def undo() -> None:
        office.decider[-1].need("POST", f"/v1/changesets/{changeset}/rollback")

    published = _watched(office, before, after, undo)
    if any(wkb(office.sheet(server)) != wkb(after) for server in range(SERVERS)):
        published.wrong.append("the rollback did not give the bytes back")
    return published


def changed_codes(one: Sheet, other: Sheet) -> list[str]:
    """Return the codes whose shapes differ between two sheets."""
    codes = sorted(set(one) | set(other))
    return [code for code in codes if one.shapes.get(code) is not other.shapes.get(code)]


def telling_points(before: Sheet, after: Sheet, seed: int) -> FloatArray:
    """Return corners and inner points of changed grids whose owners differ, as far as there are."""
    codes = changed_codes(before, after)
    shapes = [sheet[code] for sheet in (before, after) for code in codes if code in sheet]
    inner = shapely.get_coordinates(shapely.point_on_surface(np.array(shapes, dtype=object)))
    points = np.concatenate([inner, corners(shapes)])
    moved = np.flatnonzero(owners(before, points) != owners(after, points)).tolist()
    chosen = random.Random(seed).sample(moved, min(POINTS, len(moved)))
    telling: FloatArray = points[chosen]
    return telling


def _watched(office: Office, before: Sheet, after: Sheet, change: Callable[[], None]) -> Published:
    points = telling_points(before, after, 1)
    old, now = owners(before, points), owners(after, points)
    old_name = _revision(office.watchers[0])
    with watching(office.watchers, points) as held:
        time.sleep(0.3)
        cpu_s, began = office.service.cpu_s(), time.perf_counter()
        change()
        took, cpu_s = time.perf_counter() - began, office.service.cpu_s() - cpu_s
        time.sleep(1.0)
    new_name = _revision(office.watchers[0])
    published = Published(took, cpu_s)
    announced = first_since(office.announced, began)
    if announced is None:
        published.wrong.append("no commit was announced")
        return published
    expected = [(old_name, old), (new_name, now)]
    commit = Commit(office.committed_at(new_name), announced)
    for watch in held.watches:
        in_force = read_instants(office.instants, watch.server_pid).get(new_name)
        published.verdicts.append(judge(watch, commit, expected, in_force))
    published.wrong += [words for verdict in published.verdicts for words in verdict.wrong]
    return published


def _revision(line: Line) -> str:
    point = {"position": {"lon": 110.5, "lat": 40.5, "crs": "cgcs2000"}}
    return str(line.need("POST", "/v1/locate", point)["revision"])
