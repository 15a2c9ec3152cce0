"""Serve a county that is drawn as a text picture, on a real database, with a clock of its own."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import shapely
from fastapi.testclient import TestClient

from api import deps
from api.app import create_app
from api.db.cluster import Cluster
from api.db.cluster_databases import create_database, drop_database
from api.db.provision import ProvidedDatabase
from api.demo.load import Credentials, load_county_and_accounts
from api.input_types import SHANGHAI
from api.plans.handover import hand_over_due
from api.settings import Settings
from geo.geojson import write as write_geometry
from tests.conftest import beside, quick_hashes
from tests.scenarios.text_map import TextMap

UNITS = {
    "150221000000": ("土默特右旗", "county", "banner"),
    "150221104000": ("萨拉齐镇", "township", "town"),
    "150221104001": ("振华社区居委会", "community", "residents_committee"),
    "150221104002": ("花苑社区居委会", "community", "residents_committee"),
    "150221200000": ("海子乡", "township", "township"),
    "150221200201": ("磴口村委会", "community", "villagers_committee"),
}
# A–H: grids of one community; K, L: of another one of the township; X: of another township.
CODES = {letter: f"150221104001{number:03d}" for number, letter in enumerate("ABCDEFGH", start=1)}
CODES |= {"K": "150221104002001", "L": "150221104002002", "X": "150221200201001"}
TOWNSHIP = "150221104"
HOUSEHOLDS = 10


def write_county(folder: Path, drawn: TextMap, houses: Sequence[tuple[float, float]]) -> None:
    """Write a drawn county as the folder of data that a service reads: one house a place."""
    county = folder / "boundaries" / "demo"
    county.mkdir(parents=True)
    (folder / "reference").symlink_to(Settings().data_dir / "reference")
    shapes = drawn.shapes()
    letters = {code: letter for letter, code in drawn.codes.items()}
    features = [
        {
            "type": "Feature",
            "properties": {
                "code": code,
                "name": f"网格{letters[code]}",
                "kind": "community",
                "parent": code[:12],
                "households": 0,
                "exclave": shape.geom_type == "MultiPolygon",
            },
            "geometry": write_geometry(shape),
        }
        for code, shape in sorted(shapes.items())
    ]
    _write(county / "grids.geojson", features)
    lon, lat = drawn.at(0, 0)
    street = {"type": "LineString", "coordinates": [[lon - 0.1, lat], [lon - 0.1, lat + 0.1]]}
    road = {"name": "示意路", "class": "road"}
    _write(county / "roads.geojson", [{"type": "Feature", "properties": road, "geometry": street}])
    parents = {code[:digits].ljust(12, "0") for code in shapes for digits in (6, 9, 12)}
    _table(
        county / "units.csv",
        ("code12", "name", "level", "parent_code", "kind"),
        [(code, name, level, "", kind) for code, (name, level, kind) in UNITS.items()
         if code in parents],
    )  # fmt: skip
    _table(
        county / "buildings.csv",
        ("id", "grid_code", "compound_id", "number", "lon", "lat", "households"),
        [(f"house-{n}", _grid_of(drawn, at), "", n, *drawn.at(*at), HOUSEHOLDS)
         for n, at in enumerate(houses)],
    )  # fmt: skip
    header = ("id", "name", "kind", "lon", "lat", "radius_m", "area_code", "parent_id", "aliases",
              "grids")  # fmt: skip
    first = min(shapes)
    _table(
        county / "places.csv",
        header,
        [("T1", "萨拉齐镇", "township", lon, lat, 1_000, first[:9], "", "", first)],
    )


def _grid_of(drawn: TextMap, at: tuple[float, float]) -> str:
    point = shapely.Point(drawn.at(*at))
    return min(code for code, shape in drawn.shapes().items() if shapely.intersects(shape, point))


def _write(path: Path, features: list[Any]) -> None:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")


def _table(path: Path, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])


@dataclass
class DrawnCounty:
    """A served county: clients by role, and a clock that only moves when it is told."""

    running: TestClient
    drawn: TextMap
    credentials: Credentials
    clock: datetime = field(default_factory=lambda: datetime.now(SHANGHAI).replace(microsecond=0))
    _clients: dict[str, TestClient] = field(default_factory=dict)

    def login(self, role: str) -> TestClient:
        """Return a client logged in as the demo account of a role."""
        if role not in self._clients:
            account = self.credentials[role]
            body = {name: account[name] for name in ("username", "password")}
            answer = beside(self.running).post("/v1/sessions", json=body)
            assert answer.status_code == 200, answer.text
            bearer = {"Authorization": f"Bearer {answer.json()['token']}"}
            self._clients[role] = beside(self.running, headers=bearer)
        return self._clients[role]

    async def tick(self) -> datetime:
        """Let a millisecond go by at each request: no two things happen at one instant."""
        self.clock += timedelta(milliseconds=1)
        return self.clock

    def pass_time(self, span: timedelta) -> None:
        """Move the clock on, and do what the scheduler does at that time."""
        self.clock += span
        self._clients.clear()  # sessions end meanwhile
        parts = self.running.app.state.service  # type: ignore[attr-defined]
        hand_over_due(parts.database, parts.keeper, self.clock)
        parts.keeper.refresh()

    def draft(
        self, *strokes: dict[str, Any], area: str = TOWNSHIP, by: str = "township_admin"
    ) -> str:
        """Start a plan and do strokes on it; return its address."""
        author = self.login(by)
        answer = author.post("/v1/plans", json={"name": "调整", "area": area})
        assert answer.status_code == 201, answer.text
        plan = f"/v1/plans/{answer.json()['id']}"
        for number, stroke in enumerate(strokes):
            done = self.stroke(plan, stroke, number, by=by)
            assert done.status_code == 200, done.text
        return plan

    def stroke(
        self, plan: str, body: dict[str, Any], seen: int, *, by: str = "township_admin"
    ) -> Any:
        """Ask for one stroke on a plan that was seen at a revision."""
        match = {"If-Match": f'"{seen}"'}
        return self.login(by).post(f"{plan}/operations", json=body, headers=match)

    def approve(self, plan: str, *, by: str = "township_admin", **said: Any) -> Any:
        """Submit a plan and let the county approve it."""
        submitted = self.login(by).post(f"{plan}/submit")
        assert submitted.status_code == 200, submitted.text
        body = {"allow_vacant": True, **said}
        return self.login("county_admin").post(f"{plan}/approve", json=body)

    def publish(self, *strokes: dict[str, Any], **said: Any) -> dict[str, Any]:
        """Draft, submit and approve in one go; return the approved plan with its changeset."""
        answer = self.approve(self.draft(*strokes), **said)
        assert answer.status_code == 200, answer.text
        approved: dict[str, Any] = answer.json()
        return approved

    def line(self, *places: tuple[float, float]) -> dict[str, Any]:
        """Draw a line through places of the picture."""
        return {"type": "LineString", "coordinates": [list(self.drawn.at(*at)) for at in places]}

    def box(self, west: float, north: float, east: float, south: float) -> dict[str, Any]:
        """Draw a box between columns and rows of the picture."""
        corners = [(west, north), (east, north), (east, south), (west, south), (west, north)]
        return {"type": "Polygon", "coordinates": [[list(self.drawn.at(*at)) for at in corners]]}

    def owner(self, column: float, row: float, *, at: datetime | None = None) -> str | None:
        """Return the code that answers for a place of the picture, at an instant."""
        lon, lat = self.drawn.at(column, row)
        params = {"lon": str(lon), "lat": str(lat), "crs": "cgcs2000"}
        if at is not None:
            params["at"] = at.isoformat()
        answer = self.login("dispatcher").get("/v1/locate", params=params)
        assert answer.status_code == 200, answer.text
        grid = answer.json()["grid"]
        return None if grid is None else str(grid["code"])

    def grids(self, *, at: datetime | None = None) -> bytes:
        """Return the county's grids as everybody may see them, byte for byte."""
        params = {} if at is None else {"at": at.isoformat()}
        answer = self.login("dispatcher").get("/v1/areas.geojson", params=params)
        assert answer.status_code == 200, answer.text
        return answer.content

    def report(self, column: float, row: float) -> dict[str, Any]:
        """Take in a report from a place of the picture."""
        lon, lat = self.drawn.at(column, row)
        body = {
            "channel": "walk_in",
            "text": "路灯不亮",
            "position": {"lon": lon, "lat": lat, "crs": "cgcs2000"},
        }
        key = {"Idempotency-Key": str(uuid4())}
        answer = self.login("dispatcher").post("/v1/reports", json=body, headers=key)
        assert answer.status_code == 201, answer.text
        report: dict[str, Any] = answer.json()
        return report


@contextmanager
def served(
    cluster: Cluster,
    template: str,
    drawn: TextMap,
    houses: Sequence[tuple[float, float]],
    var: Path,
) -> Iterator[DrawnCounty]:
    """Load a drawn county into a fresh database and serve it; nothing of it is left afterwards."""
    name = f"drawn_{uuid4().hex[:12]}"
    create_database(cluster.place, name, template=template)
    urls = cluster.urls(name)
    write_county(var / "data", drawn, houses)
    settings = Settings(
        database_url=urls.owner,  # type: ignore[arg-type]
        app_database_url=urls.app,  # type: ignore[arg-type]
        var_dir=var,
        data_dir=var / "data",
        logins_per_minute=100_000,
        pool_size=5,
        log_level="WARNING",
    )
    try:
        with quick_hashes():
            provided = ProvidedDatabase(owner_url=urls.owner, app_url=urls.app, private=True)
            logins = load_county_and_accounts(settings, provided, lambda _: None)
            app = create_app(settings)
            with TestClient(app) as running:
                county = DrawnCounty(running, drawn, logins)
                app.dependency_overrides[deps._present] = county.tick
                yield county
    finally:
        drop_database(cluster.place, name)
