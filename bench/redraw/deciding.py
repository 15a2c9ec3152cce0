"""Measure what follows drafting: preview with a backlog, publication, rollback, history."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np

from bench.county import FloatArray
from bench.redraw.backlog import add_open_reports, close_reports
from bench.redraw.figures import Findings
from bench.redraw.office import SERVERS, Office
from bench.redraw.owners import corners, owners
from bench.redraw.publishing import (
    PLAN_WEIGHTS,
    Published,
    draft_plan,
    publish,
    roll_back,
)
from bench.redraw.strokes import Strokes
from geo.redraw.sheet import Sheet

OPERATIONS = 60
PREVIEWS = 10
BACKLOG = 30_000
LAG_MS = 20.0
INSTANTS = 20
POINTS = 100_000
PART = 20_000
SMALL_PLAN = 3


def deciding(office: Office, findings: Findings, *, seed: int, rounds: int) -> None:
    """Preview, publish and roll back plans of 60 operations, without and with 30,000 open reports.

    Half of the rounds have the backlog, spread over the whole county.
    """
    buildings = office.buildings(office.township)
    for number in range(rounds):
        strokes = Strokes(seed + number, buildings=buildings, weights=PLAN_WEIGHTS)
        before = office.sheet()
        draft = draft_plan(office, strokes, office.township, OPERATIONS)
        backlog: list[str] = []
        label = "plain"
        if number % 2:
            label = f"{BACKLOG:,} open reports"
            backlog = add_open_reports(
                office.connection, before, sorted(before), BACKLOG, revision="demo-1", seed=number
            )
            office.connection.execute("ANALYZE reports")
        seconds = [
            office.author[turn % SERVERS].ask("GET", f"{draft.path}/preview").seconds
            for turn in range(PREVIEWS)
        ]
        findings.add_times("preview", label, seconds, p95_limit_ms=1_000)
        findings.expect(f"draft, {label}", draft.wrong)
        published, changeset = publish(office, draft, before)
        _note(findings, f"publish, {label}", published)
        after = office.sheet()
        _note(findings, f"roll back, {label}", roll_back(office, changeset, after, before))
        if backlog:
            close_reports(office.connection, backlog)


def _note(findings: Findings, measure: str, published: Published) -> None:
    limit = 2_000 if measure.startswith("publish") else None
    findings.add(measure, "the request", published.seconds * 1e3, "ms", limit)
    findings.add(measure, "CPU of servers and database", published.cpu_s * 1e3, "ms")
    for number, verdict in enumerate(published.verdicts):
        server = f"server {number + 1}"
        findings.add(measure, f"{server}: answers meanwhile", verdict.answers, "")
        findings.add(measure, f"{server}: in force", verdict.in_force_ms, "ms", LAG_MS)
        findings.add(measure, f"{server}: last question answered from before", verdict.old_ms, "ms")
        findings.add(measure, f"{server}: first answer from after", verdict.new_ms, "ms", LAG_MS)
    findings.expect(measure, published.wrong)


def history(office: Office, findings: Findings, *, seed: int) -> None:
    """Publish 20 small plans, then ask for the owners of 100,000 points at 20 instants.

    All vertices that any of the states has are among the points. What the servers answer is held
    against plain shapely on the shapes as they were drafted, and against PostGIS.
    """
    start = states = office.sheet()
    begun: list[datetime] = []
    sheets: list[Sheet] = []
    for number in range(INSTANTS):
        strokes = Strokes(
            seed + number, buildings={}, weights={"split": 3, "transfer": 3, "merge": 2}
        )
        draft = draft_plan(office, strokes, office.township, SMALL_PLAN)
        findings.wrong += [f"history: {words}" for words in draft.wrong]
        answer = office.decider[0].need("POST", f"{draft.path}/approve", {"allow_vacant": True})
        begun.append(datetime.fromisoformat(answer["effective_at"]))
        changed = {
            code: draft.sheet.shapes.get(code)
            for code in set(draft.start) | set(draft.sheet)
            if draft.start.shapes.get(code) is not draft.sheet.shapes.get(code)
        }
        states = states.changed(changed)
        sheets.append(states)
    points = _points(start, sheets, seed)
    wrong: list[str] = []
    # Half of the instants are the very beginnings, half the last moment before the next.
    ends = [
        *(moment - timedelta(microseconds=1) for moment in begun[1:]),
        datetime.now().astimezone(),
    ]
    for number, sheet in enumerate(sheets):
        at = begun[number] if number % 2 else ends[number]
        expected = owners(sheet, points)
        told = _told(office, points, at, server=number % SERVERS)
        stored = _stored(office, points, at)
        for name, found in (("servers", told), ("PostGIS", stored)):
            if differing := int((found != expected).sum()):
                wrong.append(f"{differing} owners of {name} differ at {at.isoformat()}")
    findings.add("history", "points asked for", len(points) * len(sheets), "")
    findings.expect("history", wrong)


def _points(start: Sheet, sheets: list[Sheet], seed: int) -> FloatArray:
    shapes = {id(s): s for sheet in (start, *sheets) for s in sheet.shapes.values()}
    vertices = corners(list(shapes.values()))
    west, south, east, north = _bounds(vertices)
    source = np.random.default_rng(seed)
    count = max(POINTS - len(vertices), POINTS // 10)
    anywhere = source.uniform((west, south), (east, north), (count, 2))
    points: FloatArray = np.concatenate([vertices, anywhere])
    return points


def _bounds(points: FloatArray) -> tuple[float, float, float, float]:
    west, south = points.min(axis=0).tolist()
    east, north = points.max(axis=0).tolist()
    return west, south, east, north


def _told(office: Office, points: FloatArray, at: datetime, *, server: int) -> object:
    grids: list[str | None] = []
    for first in range(0, len(points), PART):
        body = {
            "crs": "cgcs2000",
            "positions": points[first : first + PART].tolist(),
            "at": at.isoformat(),
        }
        answer = office.watchers[server].need("POST", "/v1/locate/batch", body)
        grids += [row["grid"] for row in answer["rows"]]
    return np.array(grids, dtype=object)


def _stored(office: Office, points: FloatArray, at: datetime) -> object:
    """Return the lowest code that covers each point, by PostGIS.

    ST_Covers rounds for points that lie on an edge beside the lattice; there are none here.
    """
    rows = office.connection.execute(
        "SELECT min(g.code) FROM unnest(%s::float8[], %s::float8[]) WITH ORDINALITY AS p (x, y, n) "
        "LEFT JOIN grid_boundaries g ON g.valid @> %s AND "
        "ST_Covers(g.geom, ST_SetSRID(ST_MakePoint(p.x, p.y), 4490)) GROUP BY p.n ORDER BY p.n",
        (points[:, 0].tolist(), points[:, 1].tolist(), at),
    ).fetchall()
    return np.array([row[0] for row in rows], dtype=object)
