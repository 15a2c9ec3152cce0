"""Load the demo county: areas, shapes, places, roster, accounts, a month of made-up reports."""

from __future__ import annotations

import csv
import hashlib
import json
import secrets
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import shapely

from api.accounts import service as accounts
from api.accounts.roles import Role
from api.db import area_store, place_store
from api.db.building_store import insert_buildings
from api.db.demo_store import demo_is_loaded, person_on
from api.db.engine import SERVICE, Connection, Database, make_engine, normalise_url, serving_url
from api.db.provision import ProvidedDatabase
from api.demo.duty_life import enliven
from api.demo.month import load_month
from api.demo.roster_loading import load_roster
from api.privacy.vault import Vault
from api.reference_tables import read_categories
from api.routing.seeding import seed_demo
from api.settings import Settings
from geo.address.places_file import read_places_csv
from geo.codes import Level, level_of, parent_of, parse_code
from geo.coverage import check_coverage, union_by_parent
from geo.locate.county_map import short_name

Say = Callable[[str], None]
Credentials = dict[str, dict[str, str]]

REVISION = "demo-1"
DEMO_COUNTY = "150221"
NOTE = "示意数据，内容虚构"
# The synthetic grids are in force from here on; earlier questions have no answer.
EFFECTIVE_AT = datetime(2025, 12, 31, 16, 0, tzinfo=UTC)


def load_demo(settings: Settings, database: ProvidedDatabase, say: Say) -> Credentials:
    """Load what is missing of the demo county; return the demo logins, kept where they exist."""
    credentials = load_county_and_accounts(settings, database, say)
    serving = _serving(database)
    try:
        now = datetime.now(UTC)
        vault = Vault(settings.reporter_key_file)
        load_month(serving, settings.data_dir, vault=vault, now=now, say=say)
        enliven(serving, county=DEMO_COUNTY, now=now)
    finally:
        serving.close()
    return credentials


def load_county_and_accounts(
    settings: Settings, database: ProvidedDatabase, say: Say
) -> Credentials:
    """Load areas, places, people and logins, without reports; return the logins."""
    folder = settings.data_dir / "boundaries" / "demo"
    owner = make_engine(normalise_url(database.owner_url), statement_timeout_ms=120_000)
    serving = _serving(database)
    try:
        with Database(owner).transaction(SERVICE) as connection:
            _load_reference(connection, settings)
            if not demo_is_loaded(connection):
                say("Loading the demo county (示意数据)")
                load_county(connection, folder)
        with serving.transaction(SERVICE) as connection:
            return _make_accounts(connection, known_logins(settings.var_dir))
    finally:
        owner.dispose()
        serving.close()


def _serving(database: ProvidedDatabase) -> Database:
    return Database(make_engine(serving_url(database.owner_url, database.app_url)))


def _load_reference(connection: Connection, settings: Settings) -> None:
    rows = read_categories(settings.data_dir / "reference" / "categories.csv")
    place_store.upsert_categories(connection, rows)
    seed_demo(
        connection,
        settings.data_dir / "reference",
        since=EFFECTIVE_AT,
        now=datetime.now(UTC),
    )


def load_county(connection: Connection, folder: Path) -> None:
    """Store areas, boundaries, places and the made-up roster; raise ValueError for bad shapes."""
    grids = json.loads((folder / "grids.geojson").read_text(encoding="utf-8"))["features"]
    codes = [feature["properties"]["code"] for feature in grids]
    shapes = shapely.from_geojson([json.dumps(feature["geometry"]) for feature in grids])
    exclaves = [f["properties"]["code"] for f in grids if f["properties"].get("exclave")]
    if not check_coverage(codes, list(shapes), multipart_codes=exclaves).is_valid:
        raise ValueError("the demo county is not a valid coverage")
    areas = _areas(folder, grids)
    area_store.insert_areas(connection, areas)
    derived = [
        (code, level.value, shape)
        for level in (Level.COMMUNITY, Level.TOWNSHIP, Level.COUNTY)
        for code, shape in union_by_parent(codes, list(shapes), level).items()
    ]
    digest = hashlib.sha256((folder / "grids.geojson").read_bytes()).hexdigest()
    area_store.insert_first_revision(
        connection,
        name=REVISION,
        effective_at=EFFECTIVE_AT,
        content_sha256=digest,
        note=NOTE,
        shapes=[
            *((code, "grid", shape) for code, shape in zip(codes, shapes, strict=True)),
            *derived,
        ],
    )
    _load_places(connection, folder)
    kinds = {row["code"]: row["kind"] for row in areas if row["level"] == "grid"}
    load_roster(connection, kinds, since=EFFECTIVE_AT)
    for kind in ("boundaries", "places", "roster"):
        area_store.raise_revision(connection, kind)


def _areas(folder: Path, grids: list[Any]) -> list[dict[str, Any]]:
    households: dict[str, int] = {}
    rows: list[dict[str, Any]] = []
    for feature in grids:
        given = feature["properties"]
        rows.append(
            {
                "code": given["code"],
                "level": "grid",
                "parent_code": given["parent"],
                "name": given["name"],
                "official_name": given["name"],
                "kind": given["kind"],
                "households": given["households"],
                "exclave": bool(given.get("exclave", False)),
            }
        )
        for digits in (6, 9, 12):
            code = given["code"][:digits]
            households[code] = households.get(code, 0) + given["households"]
    with (folder / "units.csv").open(encoding="utf-8", newline="") as file:
        for unit in csv.DictReader(file):
            code = parse_code(unit["code12"])
            rows.append(
                {
                    "code": code,
                    "level": level_of(code).value,
                    "parent_code": parent_of(code),
                    "name": short_name(unit["name"]),
                    "official_name": unit["name"],
                    "kind": unit["kind"],
                    "households": households.get(code, 0),
                    "exclave": False,
                }
            )
    return sorted(rows, key=lambda row: (len(row["code"]), row["code"]))


def _load_places(connection: Connection, folder: Path) -> None:
    households: dict[str, int] = {}
    with (folder / "buildings.csv").open(encoding="utf-8", newline="") as file:
        for building in csv.DictReader(file):
            households[building["id"]] = int(building["households"])
    places = sorted(read_places_csv(folder / "places.csv"), key=lambda p: p.parent_id is not None)
    place_store.insert_places(
        connection,
        [
            {**place_store.row_of(place), "households": households.get(place.id, 0)}
            for place in places
        ],
    )
    _load_buildings(connection, folder, {place.id for place in places})
    roads = json.loads((folder / "roads.geojson").read_text(encoding="utf-8"))["features"]
    place_store.insert_roads(
        connection,
        [
            {
                "name": road["properties"]["name"],
                "road_class": road["properties"]["class"],
                "wkb": shapely.to_wkb(shapely.from_geojson(json.dumps(road["geometry"]))),
            }
            for road in roads
        ],
    )


def _load_buildings(connection: Connection, folder: Path, places: Collection[str]) -> None:
    with (folder / "buildings.csv").open(encoding="utf-8", newline="") as file:
        rows = [
            {
                "id": building["id"],
                "lon": float(building["lon"]),
                "lat": float(building["lat"]),
                "households": int(building["households"]),
                "place_id": building["id"] if building["id"] in places else None,
                "community_code": building["grid_code"][:12],
            }
            for building in csv.DictReader(file)
        ]
    insert_buildings(connection, rows)


# Role → username, name shown, area, channel, organisation.
_LOGINS: Mapping[Role, tuple[str, str, str, str | None, str | None]] = {
    Role.SYSTEM_ADMIN: ("system", "演示系统管理员", "150221", None, None),
    Role.COUNTY_ADMIN: ("county", "演示网格办", "150221", None, None),
    Role.TOWNSHIP_ADMIN: ("township", "演示萨拉齐镇管理员", "150221104", None, None),
    Role.COMMUNITY_ADMIN: ("community", "演示振华社区管理员", "150221104001", None, None),
    Role.DISPATCHER: ("dispatcher", "演示坐席员", "150221", None, None),
    Role.SHIFT_LEAD: ("shiftlead", "演示值班长", "150221", None, None),
    Role.LEADER: ("leader", "演示领导", "150221", None, None),
    Role.GRID_WORKER: ("worker", "演示网格员", "150221104001003", None, None),
    Role.DEPARTMENT: ("department", "演示部门联络员", "150221", None, "旗综合行政执法局"),
    Role.WALL: ("wall", "演示大屏", "150221", None, None),
    Role.INTEGRATION: ("hotline", "演示热线接口", "150221", "hotline_12345", None),
}


def credentials_file(var_dir: Path) -> Path:
    """Return where the demo logins are written, for the owner of the checkout alone."""
    return var_dir / "demo-credentials.json"


def known_logins(var_dir: Path) -> Credentials:
    """Return the demo logins that were written before; none when there are none to read."""
    try:
        logins: Credentials = json.loads(credentials_file(var_dir).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return logins


def _make_accounts(connection: Connection, known: Credentials) -> Credentials:
    credentials: Credentials = {}
    first = known.get(Role.SYSTEM_ADMIN.value, {})
    # One look tells whether the logins belong to this database; hashing all again takes a second.
    if not accounts.password_holds(
        connection, first.get("username", ""), first.get("password", "")
    ):
        known = {}
    for role, (name, shown, area, channel, org) in _LOGINS.items():
        # A second start keeps the logins that the first one printed.
        kept = known.get(role.value, {}).get("password")
        password = kept or f"{secrets.token_urlsafe(9)}-7a"
        person = person_on(connection, area) if role is Role.GRID_WORKER else None
        accounts.put_demo_account(
            connection,
            accounts.NewAccount(
                username=f"demo-{name}",
                display_name=shown,
                role=role,
                area_code=area,
                password=password,
                channel=channel,
                org=org,
                person_id=person,
            ),
            keep=kept is not None,
        )
        credentials[role.value] = {
            "username": f"demo-{name}",
            "password": password,
            "area": area,
        }
    return credentials
