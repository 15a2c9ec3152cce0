"""Tables and GIS points fill the gazetteer: tried first, then all or nothing, known at once."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from fastapi.testclient import TestClient
from openpyxl import Workbook
from pyogrio import raw  # type: ignore[import-untyped]

from tests.http.conftest import Login
from tests.http.demo_county import OTHER_TOWNSHIP_GRID, inside, refused

HERE = (110.5195335, 40.5609691)
COMMUNITY = "150221104001"
HEAD = ("编号", "名称", "类型", "经度", "纬度", "区域编码", "别名", "限定别名")


@pytest.fixture(scope="module")
def admin(login: Login) -> TestClient:
    return login("county_admin")


def send(client: TestClient, content: bytes, *, dry_run: bool = False, **fields: str) -> Any:
    return client.post(
        f"/v1/places/import?dry_run={str(dry_run).lower()}",
        files={"file": ("places", content)},
        data=fields,
    )


def table(*rows: tuple[str, ...]) -> bytes:
    return "\n".join(",".join(row) for row in (HEAD, *rows)).encode()


def row(place_id: str, name: str, **more: str) -> tuple[str, ...]:
    values = {
        "编号": place_id, "名称": name, "类型": "地标", "经度": str(HERE[0]),
        "纬度": str(HERE[1]), **more,
    }  # fmt: skip
    return tuple(values.get(column, "") for column in HEAD)


def found(client: TestClient, address: str) -> str | None:
    answer = client.post("/v1/locate", json={"address": address}).json()
    return (answer["address_match"] or {}).get("name")


def test_a_table_is_tried_then_imported_and_each_place_says_so(admin: TestClient) -> None:
    content = table(row("i-1", "瑞丰面粉厂", 限定别名="老磨坊大院@150221104"))
    tried = send(admin, content, dry_run=True).json()
    assert (tried["added"], tried["imported"], tried["dry_run"]) == (1, False, True)
    assert found(admin, "瑞丰面粉厂") is None
    done = send(admin, content).json()
    assert (done["added"], done["imported"]) == (1, True)
    assert found(admin, "萨拉齐镇老磨坊大院") == "瑞丰面粉厂"
    assert send(admin, content).json()["unchanged"] == 1
    place = admin.get("/v1/places/i-1").json()
    # Without a code it lies in the grid of its point.
    assert place["area"]["code"].startswith(COMMUNITY)
    history = admin.get("/v1/places/i-1/history").json()["items"]
    assert [(one["action"], one["by"]) for one in history] == [("place_imported", "demo-county")]


def test_an_import_is_undone_place_by_place_and_leaves_what_was_learned(
    admin: TestClient,
) -> None:
    send(admin, table(row("i-2", "利民澡堂", 别名="澡堂子大院")))
    place = admin.get("/v1/places/i-2").json()
    headers = {"If-Match": f'"{place["edition"]}"'}
    renamed = admin.patch("/v1/places/i-2", json={"name": "利民浴池"}, headers=headers)
    assert renamed.status_code == 200
    again = send(admin, table(row("i-2", "利民洗浴中心")))
    assert again.json()["updated"] == 1
    place = admin.get("/v1/places/i-2").json()
    standing = {one["name"]: one["status"] for one in place["aliases"]}
    assert standing == {"澡堂子大院": "ended", "利民澡堂": "approved", "利民浴池": "approved"}
    assert found(admin, "利民浴池") == "利民洗浴中心"
    headers = {"If-Match": f'"{place["edition"]}"'}
    undone = admin.post("/v1/places/i-2/undo", json={}, headers=headers).json()
    assert undone["name"] == "利民浴池"
    assert {one["name"]: one["status"] for one in undone["aliases"]}["澡堂子大院"] == "approved"


def test_a_name_that_comes_back_by_a_table_is_no_former_one_any_more(admin: TestClient) -> None:
    def standing() -> dict[str, tuple[str, str, bool]]:
        place = admin.get("/v1/places/i-8").json()
        return {
            one["name"]: (one["kind"], one["status"], one["until"] is not None)
            for one in place["aliases"]
        }

    send(admin, table(row("i-8", "大众浴池")))
    assert send(admin, table(row("i-8", "新大众浴池"))).json()["updated"] == 1
    assert standing() == {"大众浴池": ("former", "approved", True)}
    back = table(row("i-8", "大众浴池"))
    assert send(admin, back).json()["updated"] == 1
    assert standing() == {
        "大众浴池": ("former", "ended", True),
        "新大众浴池": ("former", "approved", True),
    }
    shown = admin.get("/v1/places/i-8").json()["aliases"]
    # It was called so since the other name ended.
    assert shown[1]["since"] == shown[0]["until"]
    assert send(admin, back).json()["unchanged"] == 1
    assert found(admin, "新大众浴池门口") == "大众浴池"


def test_a_table_brings_no_word_of_every_day(admin: TestClient) -> None:
    bad = table(row("i-9", "附近"), row("i-10", "利民副食店", 别名="路灯|老副食"))
    problem = refused(send(admin, bad), 422, "rows-refused")
    assert [(e["line"], e["message"][:4]) for e in problem["errors"]] == [
        (2, "日常用语"), (3, "日常用语"),
    ]  # fmt: skip


def test_faulty_rows_are_named_and_nothing_is_stored(admin: TestClient) -> None:
    bad = table(
        row("i-3", "无事商店"), row("i-4", "远方商店", 经度="116.4", 纬度="39.9"),
        row("i-5", "无事商店"),
    )  # fmt: skip
    problem = refused(send(admin, bad), 422, "rows-refused")
    assert [(e["line"], e["message"][:6]) for e in problem["errors"]] == [
        (3, "坐标不在本旗"), (4, "同一上级内已"),
    ]  # fmt: skip
    assert admin.get("/v1/places/i-3").status_code == 404
    refused(send(admin, b"\x00\x01"), 422, "invalid-input")
    refused(send(admin, b""), 422, "invalid-input")


def test_a_township_imports_its_own_places_alone(admin: TestClient, login: Login) -> None:
    far = inside(OTHER_TOWNSHIP_GRID)
    other = row("i-6", "外乡商店", 经度=repr(far["lon"]), 纬度=repr(far["lat"]))
    town = login("township_admin")
    refused(send(town, table(other)), 422, "rows-refused")
    assert send(admin, table(other)).json()["added"] == 1
    # Nor does it fetch a place of others into its own area.
    refused(send(town, table(row("i-6", "外乡商店"))), 422, "rows-refused")
    refused(send(login("dispatcher"), table(other)), 403, "forbidden")


def test_a_file_larger_than_other_bodies_is_read(admin: TestClient) -> None:
    content = table(row("i-11", "晋源醋坊旧址")) + b"\n" * (2 << 20)
    tried = send(admin, content, dry_run=True)
    assert tried.status_code == 200, tried.text
    assert tried.json()["added"] == 1


def test_a_workbook_is_read_as_a_table(admin: TestClient) -> None:
    book = Workbook()
    assert book.active is not None
    for line in (HEAD, row("i-7", "工人文化宫旧址")):
        book.active.append(list(line))
    content = io.BytesIO()
    book.save(content)
    assert send(admin, content.getvalue()).json()["added"] == 1


def geojson(*features: tuple[dict[str, str], dict[str, Any] | None]) -> bytes:
    held = [{"type": "Feature", "properties": p, "geometry": g} for p, g in features]
    return json.dumps({"type": "FeatureCollection", "features": held}).encode()


def test_points_of_a_gis_come_in_whatever_system_they_have(
    admin: TestClient, tmp_path: Path
) -> None:
    about = {"id": "g-1", "name": "北门水塔", "kind": "poi", "字段": "别的"}
    point = {"type": "Point", "coordinates": list(HERE)}
    assert send(admin, geojson((about, point)), crs="cgcs2000").json()["added"] == 1
    assert admin.get("/v1/places/g-1").json()["position"]["lon"] == HERE[0]
    shifted = {"type": "MultiPoint", "coordinates": [[HERE[0] + 0.0058, HERE[1] + 0.0014]]}
    more = about | {"id": "g-2", "name": "北门旧水塔"}
    assert send(admin, geojson((more, shifted)), crs="gcj02").json()["added"] == 1
    moved = admin.get("/v1/places/g-2").json()["position"]
    assert abs(moved["lon"] - HERE[0]) < 0.002
    refused(send(admin, geojson((more, point))), 422, "invalid-input")
    line = {"type": "LineString", "coordinates": [list(HERE), list(HERE)]}
    problem = refused(send(admin, geojson((more, line)), crs="cgcs2000"), 422, "rows-refused")
    assert problem["errors"][0]["message"].startswith("不是点")
    refused(send(admin, geojson(({"id": "x"}, point)), crs="cgcs2000"), 422, "invalid-input")


def test_a_zipped_shapefile_of_points_is_no_workbook(admin: TestClient, tmp_path: Path) -> None:
    raw.write(
        tmp_path / "places.shp",
        shapely.to_wkb(np.array([shapely.Point(HERE)])),
        [np.array([text], dtype=object) for text in ("s-1", "东门粮油批发", "poi")],
        ["id", "name", "kind"],
        geometry_type="Point",
        crs="EPSG:4490",
        encoding="UTF-8",
    )
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for part in tmp_path.glob("places.*"):
            archive.write(part, part.name)
    answer = send(admin, content.getvalue())
    assert answer.status_code == 200, answer.text
    assert found(admin, "东门粮油批发门口") == "东门粮油批发"
