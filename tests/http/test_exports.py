"""The coverage of a date goes out as a file that other programs read, with its notice inside."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import geopandas
import pyogrio
import pytest
from fastapi.testclient import TestClient

from tests.http.conftest import Login
from tests.http.demo_county import features, refused

NOTICE = "网格界线仅用于服务管理，不作为行政区域界线和土地权属依据"
AT = "2026-03-03T00:00:00+08:00"


@pytest.fixture
def county(login: Login) -> TestClient:
    return login("county_admin")


def exported(client: TestClient, **parameters: str) -> bytes:
    answer = client.get("/v1/exports/boundaries", params={"at": AT, **parameters})
    assert answer.status_code == 200, answer.text
    assert "attachment" in answer.headers["content-disposition"]
    return bytes(answer.content)


def test_geojson_holds_every_grid_of_that_day_and_says_what_it_is_not(county: TestClient) -> None:
    document = json.loads(exported(county, format="geojson"))
    assert (document["notice"], document["revision"], document["at"]) == (NOTICE, "demo-1", AT)
    assert {f["properties"]["code"] for f in document["features"]} == set(features())
    assert document["lineage"] == []


def test_a_geopackage_opens_with_names_shapes_and_the_notice(
    county: TestClient, tmp_path: Path
) -> None:
    path = tmp_path / "grids.gpkg"
    path.write_bytes(exported(county, format="gpkg", level="community"))
    frame = geopandas.read_file(path, layer="areas")
    assert len(frame) == 216
    assert frame.crs.to_epsg() == 4490
    assert "振华社区" in set(frame["name"])
    about = pyogrio.read_dataframe(path, layer="about")
    assert dict(zip(about["item"], about["value"], strict=True))["notice"] == NOTICE


@pytest.mark.parametrize(("encoding", "label"), [("utf-8", b"UTF-8"), ("gb18030", b"GB18030")])
def test_a_shapefile_comes_as_a_zip_in_the_encoding_asked_for(
    county: TestClient, tmp_path: Path, encoding: str, label: bytes
) -> None:
    content = exported(county, format="shp", level="township", encoding=encoding)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = {Path(name).suffix for name in archive.namelist()}
        assert {".shp", ".shx", ".dbf", ".prj", ".cpg"} <= names
        readme = archive.read("README.txt").decode("utf-8-sig")
        assert NOTICE in readme
        assert "demo-1" in readme
        assert archive.read("lineage.csv").decode("utf-8-sig").startswith("old_code,new_code")
        texts = archive.read(next(n for n in archive.namelist() if n.endswith(".dbf")))
        said = archive.read(next(n for n in archive.namelist() if n.endswith(".cpg")))
    assert said.strip() == label
    assert "萨拉齐镇".encode(encoding) in texts


def test_an_export_is_for_administrators_and_for_times_that_have_boundaries(
    county: TestClient, login: Login, anonymous: TestClient
) -> None:
    path = "/v1/exports/boundaries"
    refused(anonymous.get(path), 401, "unauthenticated")
    refused(login("dispatcher").get(path), 403, "forbidden")
    early = county.get(path, params={"at": "2020-01-01T00:00:00Z"})
    refused(early, 422, "before-first-revision")
    for wrong in ({"format": "dwg"}, {"encoding": "big5"}, {"level": "country"}, {"at": "today"}):
        refused(county.get(path, params=wrong), 422, "invalid-input")
