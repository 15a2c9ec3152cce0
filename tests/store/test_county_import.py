"""A county comes into an empty database whole or not at all, and goes out as it is stored."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import shapely

from api.cli.importing import county_facts, grids_of, parents_of
from api.db.cluster import Cluster
from api.db.engine import SERVICE, Database, make_engine, normalise_url
from api.interop.county_export import export_county
from api.interop.county_import import import_county
from api.settings import PROJECT_DIR
from geo.boundary_files.inspection import Request, inspect_file
from geo.codes import Level
from geo.errors import GeoError
from geo.lattice import doubled_area
from tests.commands import Ran, on, run_apart, run_here
from tests.conftest import FreshDatabase, _fresh
from tests.store.rows import direct

DEMO = PROJECT_DIR / "data" / "boundaries" / "demo"
GRIDS, UNITS = DEMO / "grids.geojson", DEMO / "units.csv"
CATEGORIES = PROJECT_DIR / "data" / "reference" / "categories.csv"
AT = datetime(2026, 1, 1, tzinfo=UTC)
REAL = os.environ.get("WANGGE_REAL_DATA", "")
TABLES = ("areas", "boundary_revisions", "grid_boundaries", "area_boundaries", "audit")


@pytest.fixture
def empty_county(cluster: Cluster, schema_template: str) -> Iterator[FreshDatabase]:
    """A database of one test alone: what is imported cannot be taken back, the audit least."""
    yield from _fresh(cluster, schema_template, {})


@pytest.fixture
def owner(empty_county: FreshDatabase) -> Iterator[Database]:
    """The same, opened as its owner."""
    database = Database(make_engine(normalise_url(empty_county.owner_url)))
    yield database
    database.close()


def counts(database: FreshDatabase) -> dict[str, int]:
    with direct(database.superuser_url) as connection:
        found = {}
        for table in TABLES:
            row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
            assert row is not None
            found[table] = int(str(row[0]))
        return found


def wangge(database: FreshDatabase, *arguments: object) -> Ran:
    return run_here(*arguments, **on(database))


def small_file(folder: Path, **changes: str) -> Path:
    """Return a file of the first community's grids, texts replaced."""
    document = json.loads(GRIDS.read_text("utf-8"))
    document["features"] = [
        f for f in document["features"] if f["properties"]["parent"] == "150221104001"
    ]
    text = json.dumps(document, ensure_ascii=False)
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    path = folder / "small.geojson"
    path.write_text(text, "utf-8")
    return path


def test_a_county_with_its_units_comes_in_whole_and_goes_out_as_it_came(
    owner: Database, empty_county: FreshDatabase, tmp_path: Path
) -> None:
    about = county_facts(None, None, UNITS)
    parents = parents_of(Level.GRID, about, None)
    found = inspect_file(GRIDS, Request(parents=parents))
    assert found.outcome.importable
    with owner.transaction(SERVICE) as connection:
        done = import_county(
            connection, grids_of(found, about), units=about.units, county_name=None,
            effective_at=AT, source="grids.geojson", categories_file=CATEGORIES,
        )  # fmt: skip
    assert (done.grids, done.units, done.provisional_units) == (1173, 226, ())
    assert (done.mapped_communities, done.communities) == (216, 216)
    assert counts(empty_county) == {
        "areas": 1399, "boundary_revisions": 1, "grid_boundaries": 1173,
        "area_boundaries": 226, "audit": 1,
    }  # fmt: skip
    with direct(empty_county.superuser_url) as connection:
        row = connection.execute(
            "SELECT kind, households FROM areas WHERE code = '150221'"
        ).fetchone()
        assert row == ("banner", 139708)
        (exclaves,) = (
            connection.execute("SELECT count(*) FROM areas WHERE exclave").fetchone() or ()
        )
        assert exclaves == 1
    with owner.transaction(SERVICE) as connection:
        out = tmp_path / "out.geojson"
        assert export_county(
            connection, out, format_name="geojson", level=Level.GRID, at=AT, encoding="utf-8"
        ) == (1173, "import-1")
        with pytest.raises(GeoError) as refused:
            export_county(
                connection, out, format_name="geojson", level=Level.GRID,
                at=datetime(2020, 1, 1, tzinfo=UTC), encoding="utf-8",
            )  # fmt: skip
        assert refused.value.reason == "before_first_revision"

    def coordinates(path: Path) -> dict[str, str]:
        features = json.loads(path.read_text("utf-8"))["features"]
        return {
            f["properties"]["code"]: shapely.to_wkt(
                shapely.normalize(shapely.from_geojson(json.dumps(f["geometry"]))),
                rounding_precision=-1,
            )
            for f in features
        }

    assert coordinates(out) == coordinates(GRIDS)


def test_a_county_that_has_grids_is_left_alone_and_a_plan_is_named(
    county_database: FreshDatabase, tmp_path: Path
) -> None:
    before = counts(county_database)
    outcome = wangge(county_database, "import", "boundaries", small_file(tmp_path), "--apply")
    assert outcome.returncode == 1
    assert "wangge import plan" in outcome.stderr
    assert counts(county_database) == before


def test_an_import_that_fails_late_stores_nothing(
    owner: Database, empty_county: FreshDatabase
) -> None:
    about = county_facts(None, None, UNITS)
    found = inspect_file(GRIDS, Request())
    with pytest.raises(FileNotFoundError), owner.transaction(SERVICE) as connection:
        import_county(
            connection, grids_of(found, about), units=about.units, county_name=None,
            effective_at=AT, source="x", categories_file=Path("no-such-file"),
        )  # fmt: skip
    assert set(counts(empty_county).values()) == {0}


def test_a_set_that_is_no_coverage_never_reaches_the_tables(
    owner: Database, empty_county: FreshDatabase
) -> None:
    about = county_facts(None, None, UNITS)
    grids = grids_of(inspect_file(GRIDS, Request()), about)
    for wrong in ([*grids, grids[0]], [], [grids[0], grids[0]]):
        with pytest.raises(GeoError), owner.transaction(SERVICE) as connection:
            import_county(
                connection, wrong, units=about.units, county_name=None, effective_at=AT,
                source="x", categories_file=CATEGORIES,
            )  # fmt: skip
    assert set(counts(empty_county).values()) == {0}


def test_the_command_reports_first_and_applies_only_when_asked(
    empty_county: FreshDatabase, tmp_path: Path
) -> None:
    path = small_file(tmp_path)
    looked = wangge(empty_county, "import", "boundaries", path, "--dry-run", "--json")
    assert looked.returncode == 0, looked.stderr
    told = json.loads(looked.stdout)
    assert (told["importable"], told["imported"]) == (True, None)
    assert set(counts(empty_county).values()) == {0}
    words = ("import", "boundaries", path, "--apply", "--county-name", "演示旗", "--json")
    done = run_apart(*words, **on(empty_county))
    assert done.returncode == 0, done.stderr
    imported = json.loads(done.stdout)["imported"]
    assert imported["provisional_units"] == ["150221104", "150221104001"]
    found = wangge(empty_county, "locate", "110.5092", "40.5605", "--crs", "cgcs2000", "--json")
    assert found.returncode == 0, found.stderr
    answer = json.loads(found.stdout)
    assert answer["path"][0]["name"] == "演示旗"
    # Named afterwards, without touching the boundaries.
    named = wangge(empty_county, "import", "units", UNITS, "--json")
    assert json.loads(named.stdout) == {
        "units": 226, "mapped_communities": 1, "communities": 216, "revision": None,
        "mapped_grids": 10, "expected_grids": 225,
    }  # fmt: skip
    with direct(empty_county.superuser_url) as connection:
        row = connection.execute("SELECT name FROM areas WHERE code = '150221104001'").fetchone()
        assert row == ("振华社区",)


def test_what_blocks_is_refused_with_the_report_and_nothing_is_stored(
    empty_county: FreshDatabase, tmp_path: Path
) -> None:
    path = small_file(tmp_path, **{"150221104001002": "15022110400100"})
    report = tmp_path / "findings.geojson"
    outcome = wangge(empty_county, "import", "boundaries", path, "--apply", "--report", report)
    assert outcome.returncode == 1
    assert "编码有误" in outcome.stdout
    assert "未导入任何内容" in outcome.stderr
    assert json.loads(report.read_text("utf-8"))["features"][0]["properties"]["kind"] == "bad_code"
    assert set(counts(empty_county).values()) == {0}


def test_a_list_of_communities_with_outlines_gives_one_provisional_grid_each(
    empty_county: FreshDatabase, county_database: FreshDatabase, tmp_path: Path
) -> None:
    outlines = tmp_path / "communities.gpkg"
    given = run_apart(
        "export", "boundaries", "-o", outlines, "--format", "gpkg", "--level", "community",
        "--json", **on(county_database),
    )  # fmt: skip
    assert given.returncode == 0, given.stderr
    assert json.loads(given.stdout)["areas"] == 216
    listed = wangge(empty_county, "import", "units", UNITS)
    assert "已上图 0/216 个社区嘎查" in listed.stdout
    words = ("import", "units", UNITS, "--outlines", outlines, "--exclaves", "--json")
    done = run_apart(*words, **on(empty_county))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "units": 226, "mapped_communities": 216, "communities": 216, "revision": "import-1",
        "mapped_grids": 0, "expected_grids": 216,
    }  # fmt: skip
    with direct(empty_county.superuser_url) as connection:
        rows = connection.execute(
            "SELECT code, name, kind FROM areas WHERE level = 'grid' ORDER BY code"
        ).fetchall()
        assert len(rows) == 216
        assert rows[0] == ("150221104001001", "振华社区（暂未细分）", "community")
        kinds = [row[2] for row in rows]
        assert (kinds.count("rural"), kinds.count("community")) == (201, 15)
        wkb = connection.execute("SELECT ST_AsBinary(geom) FROM grid_boundaries").fetchall()
        county = connection.execute(
            "SELECT ST_AsBinary(geom) FROM area_boundaries WHERE code = '150221'"
        ).fetchone()
    assert county is not None
    grids = [shapely.from_wkb(bytes(row[0])) for row in wkb]  # type: ignore[arg-type]
    whole = shapely.from_wkb(bytes(county[0]))  # type: ignore[arg-type]
    assert sum(map(doubled_area, grids)) == doubled_area(whole)


@pytest.mark.skipif(
    not REAL, reason="WANGGE_REAL_DATA is not set: the precincts of Denver were NOT imported"
)
def test_the_precincts_of_denver_become_a_county_by_options_alone(
    empty_county: FreshDatabase,
) -> None:
    file = Path(REAL) / "DenverCo_precincts2018_orig.zip"
    outcome = wangge(
        empty_county, "import", "boundaries", file, "--apply", "--county", "080031",
        "--county-name", "Denver", "--make-codes", "--exclaves", "--json",
    )  # fmt: skip
    assert outcome.returncode == 0, outcome.stderr
    imported = json.loads(outcome.stdout)["imported"]
    assert (imported["county"], imported["grids"]) == ("080031", 356)
    answer = json.loads(
        wangge(
            empty_county, "locate", "--crs", "wgs84", "--json", "--", "-104.9847", "39.7392"
        ).stdout
    )
    assert answer["decision"] == "auto"
    assert answer["path"][0]["name"] == "Denver"
    assert answer["grid"]["name"].startswith("Denver ")


def test_grids_of_another_county_than_the_one_named_are_refused() -> None:
    with pytest.raises(GeoError) as refused:
        grids_of(inspect_file(GRIDS, Request()), county_facts("150222", None, None))
    assert refused.value.reason == "other_county"
