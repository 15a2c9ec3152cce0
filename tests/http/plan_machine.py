"""Draw, publish and take back in any order, over HTTP, and hold what must be true meanwhile."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar

import numpy as np
import shapely
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from shapely.geometry.base import BaseGeometry

from geo.lattice import doubled_area, on_lattice
from geo.redraw.operations import Merge, MoveNode, Operation, Reshape, Split, Transfer
from geo.redraw.sheet import Sheet
from tests.drawn_county import TOWNSHIP, DrawnCounty
from tests.unit.geo.redraw.random_edits import (
    KINDS,
    ONE_BEND_DEG,
    random_edit,
    vertices,
)

PICTURES = (
    "AABBXX\nAABBXX\nCCDDKK\nCCDDKK",
    "AAAABX\nACCABX\nAAAADD\nKKLLDD",
    "AABBAX\nAABBBX\nCCDDDX\nKKKLLX",
)
PLACES = [(column + 0.5, row + 0.5) for column in range(6) for row in range(3)]
EDITORS = ("township_admin", "county_admin")
# One of these draws many lines at once; each of any other draws one.
MANY_LINES = ("partition", "assign_places")
MOST_PLANS = 3
Serve = Callable[[str], AbstractContextManager[DrawnCounty]]


@dataclass
class Draft:
    """A plan as it must be: its bytes at each step done, and at each that was taken back."""

    url: str
    author: str
    done: list[bytes]
    undone: list[bytes] = field(default_factory=list)
    revision: int = 0
    state: str = "draft"


@dataclass
class Published:
    """A changeset with the county before it, None once something else was published."""

    id: str
    effective_at: datetime
    before: bytes | None


def written(operation: Operation) -> dict[str, Any]:
    """Return an edit as a request writes it."""

    def drawn(shape: BaseGeometry) -> dict[str, Any]:
        geojson: dict[str, Any] = json.loads(shapely.to_geojson(shape))
        return geojson

    if isinstance(operation, Split):
        return {"op": "split", "grid": operation.grid, "line": drawn(operation.line)}
    if isinstance(operation, Merge):
        return {"op": "merge", "grids": [*operation.grids], "keep": operation.keep}
    if isinstance(operation, Reshape):
        return {"op": "reshape", "between": [*operation.between], "line": drawn(operation.line)}
    assert isinstance(operation, Transfer | MoveNode)
    across = {"cross_parent": operation.cross_parent}
    if isinstance(operation, Transfer):
        return {"op": "transfer", "to": operation.to, "area": drawn(operation.area), **across}
    start, end = [*operation.start], [*operation.end]
    return {"op": "move_node", "from": start, "to": end, **across}


def sheet_of(collection: bytes) -> Sheet:
    """Return the grids of a feature collection."""
    features = json.loads(collection)["features"]
    shapes = shapely.from_geojson([json.dumps(feature["geometry"]) for feature in features])
    codes = [feature["properties"]["code"] for feature in features]
    return Sheet(dict(zip(codes, shapes, strict=True)))


def outline_of(sheet: Sheet) -> BaseGeometry:
    """Return the county that grids make."""
    return shapely.coverage_union_all(list(sheet.shapes.values()))


def assert_bent(before: BaseGeometry, after: BaseGeometry, *, bends: int) -> None:
    """Hold that each of so many nodes bent the border of the county by its rounding at most."""
    apart = shapely.hausdorff_distance(shapely.boundary(before), shapely.boundary(after))
    assert apart <= bends * ONE_BEND_DEG


class PlanMachine(RuleBasedStateMachine):
    """Two administrators redraw a small county, publish, wait and take back."""

    serve: ClassVar[Serve]

    @initialize(picture=st.sampled_from(PICTURES))
    def begin(self, picture: str) -> None:
        """Serve a picture."""
        self._open = type(self).serve(picture)
        self.county = self._open.__enter__()
        self.public = self.county.grids()
        self.start = outline_of(sheet_of(self.public))
        self.outer: set[tuple[float, float]] = set()
        self.outer_in_force: set[tuple[float, float]] = set()
        self.drafts: list[Draft] = []
        self.published: list[Published] = []
        self.ever = set(sheet_of(self.public))
        self.facts: list[tuple[datetime, bytes, dict[tuple[float, float], str | None]]] = []

    # ---- drafting

    @precondition(lambda self: len(self._in("draft", "submitted")) < MOST_PLANS)
    @rule(author=st.sampled_from((*EDITORS[:1] * 3, EDITORS[1])), seed=st.integers(0, 10**6))
    def start_plan(self, author: str, seed: int) -> None:
        """Begin a draft with a stroke or two."""
        self._start(author, seed)

    def _start(self, author: str, seed: int) -> Draft:
        url = self.county.draft(by=author)
        draft = Draft(url, author, [self._drafted(url)])
        self.drafts.append(draft)
        rng = random.Random(seed)
        for _ in range(rng.randint(1, 6)):
            self._stroke_at_random(draft, rng.choice(KINDS), rng, author, 0)
        return draft

    @precondition(lambda self: self._in("draft"))
    @rule(
        which=st.integers(0, 9),
        kind=st.sampled_from(KINDS),
        seed=st.integers(0, 10**6),
        by=st.sampled_from(EDITORS),
        behind=st.sampled_from((0, 0, 0, 1, 2)),
    )
    def draw(self, which: int, kind: str, seed: int, by: str, behind: int) -> None:
        """Do one stroke, perhaps having seen an older revision."""
        self._stroke_at_random(self._pick(which, "draft"), kind, random.Random(seed), by, behind)

    def _stroke_at_random(
        self, draft: Draft, kind: str, rng: random.Random, by: str, behind: int
    ) -> None:
        operation = random_edit(sheet_of(draft.done[-1]), kind, rng)
        if operation is not None:
            body = {**written(operation), "crs": "cgcs2000"}
            self._stroke(draft, body, by, behind)

    @precondition(lambda self: self._in("draft"))
    @rule(which=st.integers(0, 9), size=st.sampled_from((10, 20, 40)), seed=st.integers(0, 9))
    def propose(self, which: int, size: int, seed: int) -> None:
        """Let the service propose grids for a community."""
        body = {"op": "partition", "area": f"{TOWNSHIP}001", "households": size, "seed": seed}
        self._stroke(self._pick(which, "draft"), {**body, "tolerance": 0.3}, EDITORS[0], 0)

    @precondition(lambda self: self._in("draft"))
    @rule(which=st.integers(0, 9), house=st.integers(0, 17), grid=st.integers(0, 9))
    def assign(self, which: int, house: int, grid: int) -> None:
        """Give a house to another grid."""
        draft = self._pick(which, "draft")
        codes = sorted(sheet_of(draft.done[-1]))
        body = {"op": "assign_places", "to": codes[grid % len(codes)], "places": [f"house-{house}"]}
        self._stroke(draft, body, EDITORS[1], 0)

    def _stroke(self, draft: Draft, body: dict[str, Any], by: str, behind: int) -> None:
        seen = max(draft.revision - behind, 0)
        answer = self.county.stroke(draft.url, body, seen, by=by)
        if answer.status_code != 200:
            assert answer.status_code == 422 or (answer.status_code, seen) < (410, draft.revision)
            assert answer.json()["type"] in ("/problems/redraw-refused", "/problems/edit-conflict")
            assert self._drafted(draft.url) == draft.done[-1]
            return
        told = answer.json()
        assert told["rebased"] == (seen < draft.revision)
        draft.revision += 1
        assert told["revision"] == draft.revision
        self.outer |= {tuple(node) for node in told["outer_nodes"]}
        assert not {grid["code"] for grid in told["created"]} & self.ever
        draft.done.append(self._drafted(draft.url))
        draft.undone.clear()
        self._prove_bends(draft, body["op"], len(told["outer_nodes"]))
        codes = set(sheet_of(draft.done[-1]))
        assert {grid["code"] for grid in told["created"]} <= codes
        assert not set(told["retired"]) & codes

    def _prove_bends(self, draft: Draft, kind: str, nodes: int) -> None:
        """Hold that a stroke bent the outer border by its own rounding at most."""
        before, after = (outline_of(sheet_of(drawn)) for drawn in draft.done[-2:])
        assert_bent(before, after, bends=nodes if kind in MANY_LINES else min(nodes, 1))

    @precondition(lambda self: self._in("draft"))
    @rule(which=st.integers(0, 9), back=st.booleans(), by=st.sampled_from(EDITORS))
    def undo_or_redo(self, which: int, back: bool, by: str) -> None:
        """Take the last stroke back, or do it again: to the byte."""
        draft = self._pick(which, "draft")
        step = "undo" if back else "redo"
        match = {"If-Match": f'"{draft.revision}"'}
        answer = self.county.login(by).post(f"{draft.url}/{step}", headers=match)
        source, target = (draft.done, draft.undone) if back else (draft.undone, draft.done)
        if len(source) <= (1 if back else 0):
            assert answer.status_code == 409
            return
        assert answer.status_code == 200, answer.text
        target.append(source.pop())
        draft.revision += 1
        assert self._drafted(draft.url) == draft.done[-1]

    # ---- deciding

    @precondition(lambda self: self._in("draft"))
    @rule(which=st.integers(0, 9))
    def submit(self, which: int) -> None:
        """Hand a plan in; then nobody can draw on it."""
        self._submit(self._pick(which, "draft"))

    def _submit(self, draft: Draft) -> None:
        answer = self.county.login(draft.author).post(f"{draft.url}/submit")
        if answer.status_code == 409:
            assert len(draft.done) == 1
            return
        assert answer.status_code == 200, answer.text
        draft.state = "submitted"
        body = {"op": "merge", "grids": ["150221104001001", "150221104001002"],
                "keep": "150221104001001"}  # fmt: skip
        assert self.county.stroke(draft.url, body, draft.revision).status_code == 409

    @precondition(lambda self: len(self._in("submitted")) > 1)
    @rule(which=st.integers(0, 9))
    def reject(self, which: int) -> None:
        """Send a plan back."""
        draft = self._pick(which, "submitted")
        answer = self.county.login("county_admin").post(
            f"{draft.url}/reject", json={"reason": "再议"}
        )
        if draft.author == "county_admin":
            assert answer.status_code == 409
        else:
            assert answer.status_code == 200, answer.text
            draft.state = "draft"

    @precondition(lambda self: self._in("submitted"))
    @rule(which=st.integers(0, 9), days=st.sampled_from((0, 0, 1, 10)), overtake=st.booleans())
    def approve(self, which: int, days: int, overtake: bool) -> None:
        """Publish a plan, now or from a day on."""
        self._approve(self._pick(which, "submitted"), days, overtake)

    @rule(
        seed=st.integers(0, 10**6), days=st.sampled_from((0, 0, 0, 1, 10)), overtake=st.booleans()
    )
    def publish(self, seed: int, days: int, overtake: bool) -> None:
        """Draft, submit and approve a plan in one go, whatever else is under way."""
        draft = self._start(EDITORS[0], seed)
        self._submit(draft)
        if draft.state == "submitted":
            self._approve(draft, days, overtake)

    def _approve(self, draft: Draft, days: int, overtake: bool) -> None:
        said: dict[str, Any] = {"allow_vacant": True, "overtake": overtake}
        if days:
            said["effective_at"] = (self.county.clock + timedelta(days=days)).isoformat()
        self._remember()
        codes = set(sheet_of(draft.done[-1]))
        answer = self.county.login("county_admin").post(f"{draft.url}/approve", json=said)
        if answer.status_code != 200:
            assert answer.status_code == 409, answer.text
            return
        changeset = answer.json()["changeset"]
        draft.state = answer.json()["state"]
        assert draft.state == ("scheduled" if days else "effective")
        self._publish(changeset, before=None if days else self.public)
        self.ever |= codes

    @precondition(lambda self: self.published)
    @rule(which=st.integers(0, 9), overtake=st.booleans())
    def take_back(self, which: int, overtake: bool) -> None:
        """Restore what was before a changeset, or withdraw one that is still to come."""
        chosen = self.published[which % len(self.published)]
        self._remember()
        answer = self.county.login("county_admin").post(
            f"/v1/changesets/{chosen.id}/rollback", params={"overtake": overtake}
        )
        if answer.status_code != 200:
            assert answer.status_code == 409, answer.text
            assert self.county.grids() == self.public
            return
        last = chosen.before
        self.published.remove(chosen)
        if answer.json()["id"] != chosen.id:
            self._publish(answer.json(), before=self.public)
            assert last is None or self.public == last
        assert chosen.effective_at > self.county.clock or answer.json()["rolls_back"] == chosen.id

    @precondition(lambda self: self._in("scheduled"))
    @rule(days=st.sampled_from((1, 5, 20)))
    def wait(self, days: int) -> None:
        """Let days go by; what was scheduled comes into force."""
        self._remember()
        self.county.pass_time(timedelta(days=days))
        fresh = self.county.grids()
        if fresh != self.public:
            self._forget_ways_back()
        self.public = fresh
        for row in self.county.login("county_admin").get("/v1/plans").json()["items"]:
            for draft in self.drafts:
                if draft.url.endswith(row["id"]):
                    draft.state = row["state"]

    def _publish(self, changeset: dict[str, Any], *, before: bytes | None) -> None:
        self._forget_ways_back()
        at = datetime.fromisoformat(changeset["effective_at"])
        self.published.append(Published(changeset["id"], at, before))
        now = self.county.grids()
        if at > self.county.clock:
            assert now == self.public
        self.public = now
        listed = self.county.login("county_admin").get("/v1/plans").json()["items"]
        states = {row["id"]: row["state"] for row in listed}
        for draft in self.drafts:
            draft.state = states[draft.url.rpartition("/")[2]]
        alive = self.county.login("county_admin").get("/v1/changesets").json()["items"]
        self.published = [e for e in self.published if e.id in {row["id"] for row in alive}]
        for row in alive:
            self.outer_in_force |= {tuple(node) for node in row["summary"]["outer_nodes"]}
        self.outer |= self.outer_in_force

    def _forget_ways_back(self) -> None:
        for entry in self.published:
            entry.before = None

    # ---- what must be true

    @invariant()
    def what_is_drafted_is_seen_by_nobody(self) -> None:
        """Look at the county as everybody sees it."""
        assert self.county.grids() == self.public

    @invariant()
    def what_was_is_what_was(self) -> None:
        """Ask again for instants and places that were asked for before."""
        for at, grids, owners in self.facts[-2:] + self.facts[:1]:
            assert self.county.grids(at=at) == grids
            for place, code in owners.items():
                assert self.county.owner(*place, at=at) == code

    @invariant()
    def the_county_is_whole_today_and_when_all_is_in_force(self) -> None:
        """Prove the coverage, to the lattice step."""
        later = self.county.grids(at=self.county.clock + timedelta(days=400))
        for grids in {self.public, later}:
            self._prove(sheet_of(grids))

    def _prove(self, sheet: Sheet) -> None:
        shapes = np.array(list(sheet.shapes.values()), dtype=object)
        assert shapely.coverage_is_valid(shapes)
        assert shapely.is_valid(shapes).all()
        assert all(on_lattice(shape) for shape in shapes)
        outline = outline_of(sheet)
        land = sum(doubled_area(shape) for shape in shapes)
        assert land == doubled_area(outline)
        fresh = vertices(outline) - vertices(self.start)
        assert fresh <= self.outer
        assert vertices(self.start) <= vertices(outline)
        if not fresh:
            assert land == doubled_area(self.start)
        # A node may bend again what another has bent; so far, that is the sum of them.
        assert_bent(self.start, outline, bends=len(self.outer_in_force))

    def _remember(self) -> None:
        at = self.county.clock - timedelta(microseconds=1)
        if not self.facts or at - self.facts[-1][0] > timedelta(seconds=1):
            places = random.Random(len(self.facts)).sample(PLACES, 2)
            owners = {place: self.county.owner(*place, at=at) for place in places}
            self.facts.append((at, self.county.grids(at=at), owners))

    def _drafted(self, url: str) -> bytes:
        answer = self.county.login("county_admin").get(f"{url}/grids.geojson")
        assert answer.status_code == 200, answer.text
        return answer.content

    def _in(self, *states: str) -> list[Draft]:
        return [draft for draft in self.drafts if draft.state in states]

    def _pick(self, which: int, state: str) -> Draft:
        chosen = self._in(state)
        return chosen[which % len(chosen)]

    def teardown(self) -> None:
        """Stop serving."""
        if hasattr(self, "_open"):
            self._open.__exit__(None, None, None)
