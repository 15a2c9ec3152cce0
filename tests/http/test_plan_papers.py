"""The papers of a plan: what an office hands round, files and hangs up."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import dataclass
from typing import Any

import openpyxl
import pytest
import shapely
from fastapi.testclient import TestClient

from tests.http.accounts_of_tests import make_account, settled
from tests.http.conftest import Login
from tests.http.demo_county import refused, shape
from tests.http.test_plans import GRID, NEIGHBOURS, merge_of, new_plan, report_in, split_of, stroke

COMMUNITY = GRID[:12]
OTHER = NEIGHBOURS[0][:12]
NOTICE = "网格界线仅用于服务管理，不作为行政区域界线和土地权属依据"


@pytest.fixture
def township(login: Login) -> TestClient:
    return login("township_admin")


@dataclass(frozen=True)
class Split:
    """A draft that splits GRID: its address, and the code of the part that is new."""

    path: str
    new: str


@pytest.fixture
def split(township: TestClient) -> Split:
    plan = new_plan(township)
    done = stroke(township, plan, split_of(township), 0)
    assert done.status_code == 200, done.text
    return Split(plan, done.json()["created"][0]["code"])


@pytest.fixture
def split_plan(split: Split) -> str:
    return split.path


def paper(reader: TestClient, plan: str, name: str) -> list[dict[str, str]]:
    answer = reader.get(f"{plan}/papers/{name}.csv")
    assert answer.status_code == 200, answer.text
    assert answer.content.startswith(b"\xef\xbb\xbf")  # by which Excel knows UTF-8
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


def workbook(reader: TestClient, plan: str, name: str) -> Any:
    answer = reader.get(f"{plan}/papers/{name}.xlsx")
    assert answer.status_code == 200, answer.text
    return openpyxl.load_workbook(io.BytesIO(answer.content)).active


def consent(author: TestClient, plan: str, community: str = COMMUNITY, **members: Any) -> Any:
    body = {"state": "consented", **members}
    return author.put(f"{plan}/consents/{community}", json=body)


def checks_of(reader: TestClient, plan: str) -> list[tuple[str, str]]:
    checks = reader.get(f"{plan}/preview").json()["checks"]
    return [
        (check["check"], check["code"]) for check in checks if check["check"].startswith("consent")
    ]


# ---- consents


def test_the_community_whose_land_changes_is_asked_and_no_other(
    township: TestClient, split: Split
) -> None:
    split_plan = split.path
    said = township.get(f"{split_plan}/consents").json()
    (entry,) = said["items"]
    assert entry["community"]["code"] == COMMUNITY
    assert (entry["grids"], entry["state"], said["complete"]) == (
        [GRID, split.new],
        "missing",
        False,
    )
    assert checks_of(township, split_plan) == [("consent_missing", COMMUNITY)]
    refused(consent(township, split_plan, OTHER), 422, "invalid-input")


def test_a_consent_keeps_its_paper_and_who_entered_it_and_does_not_outlive_the_next_stroke(
    township: TestClient, split_plan: str, login: Login
) -> None:
    given = consent(
        township,
        split_plan,
        document_no="村代会〔2026〕3号",
        document_date="2026-11-18",
        note="同意",
    ).json()
    assert (given["document_no"], given["document_date"]) == ("村代会〔2026〕3号", "2026-11-18")
    assert given["entered_by"]
    assert given["outdated"] is False
    assert township.get(f"{split_plan}/consents").json()["complete"] is True
    assert checks_of(township, split_plan) == []
    # Elsewhere: the community has not been touched again.
    assert stroke(township, split_plan, merge_of(), 1).status_code == 200
    assert checks_of(township, split_plan) == [("consent_missing", OTHER)]
    assert township.post(f"{split_plan}/undo", headers={"If-Match": "2"}).status_code == 200
    assert township.post(f"{split_plan}/undo", headers={"If-Match": "3"}).status_code == 200
    assert township.post(f"{split_plan}/redo", headers={"If-Match": "4"}).status_code == 200
    assert checks_of(township, split_plan) == [("consent_outdated", COMMUNITY)]
    audit = login("county_admin").get("/v1/audit?limit=20").json()["items"]
    assert "consent_entered" in {line["action"] for line in audit}


def test_an_objection_is_shown_and_does_not_block(
    township: TestClient, split_plan: str, login: Login
) -> None:
    assert consent(township, split_plan, state="objected").json()["state"] == "objected"
    assert checks_of(township, split_plan) == [("consent_objected", COMMUNITY)]
    county = login("county_admin")
    assert township.post(f"{split_plan}/submit").status_code == 200
    assert consent(county, split_plan, state="asked").json()["state"] == "asked"
    assert county.post(f"{split_plan}/reject", json={"reason": "再议"}).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {"state": "maybe"},
        {"state": "consented", "name": "某人"},
        {"state": "consented", "document_date": "18.11.2026"},
        {"document_no": "1"},
    ],
)
def test_a_consent_that_says_nothing_known_is_refused(
    township: TestClient, split_plan: str, body: dict[str, str]
) -> None:
    refused(township.put(f"{split_plan}/consents/{COMMUNITY}", json=body), 422, "invalid-input")


def test_only_those_above_a_community_speak_for_it(
    township: TestClient, split_plan: str, login: Login
) -> None:
    # The demo's community administrator is of another community of this township.
    refused(consent(login("community_admin"), split_plan), 403, "forbidden")
    refused(consent(login("dispatcher"), split_plan), 403, "forbidden")
    county = login("county_admin")
    account = make_account(county, role="community_admin", area=COMMUNITY)
    own = settled(login("county_admin"), account["username"])
    assert consent(own, split_plan).status_code == 200
    stranger = make_account(county, role="township_admin", area="150221105")
    refused(consent(settled(county, stranger["username"]), split_plan), 404, "not-found")


# ---- tables


def test_the_table_says_of_each_grid_what_becomes_of_it(township: TestClient, split: Split) -> None:
    old, new = paper(township, split.path, "table")
    assert [(row["网格编码"], row["变化"]) for row in (old, new)] == [
        (GRID, "改动"),
        (split.new, "新网格"),
    ]
    assert float(old["原面积（平方米）"]) == pytest.approx(
        float(old["新面积（平方米）"]) + float(new["新面积（平方米）"]), abs=2
    )
    assert int(old["原户数"]) == int(old["新户数"]) + int(new["新户数"])
    assert int(old["原在办件"]) == int(old["新在办件"]) + int(new["新在办件"])
    assert old["原负责人"].endswith("（兼职网格员）")
    assert new["原负责人"] == new["原面积（平方米）"] == ""
    share = re.fullmatch(rf"划给{new['网格名称']}（([\d.]+)%）", old["去向和来源（占原网格面积）"])
    assert share
    assert new["去向和来源（占原网格面积）"] == f"由{old['网格名称']}（{share[1]}%）划出"


def test_the_codes_for_other_systems_hold_shares_that_sum_to_one(
    township: TestClient, split: Split
) -> None:
    rows = paper(township, split.path, "codes")
    assert [(row["old_code"], row["new_code"]) for row in rows] == [
        (GRID, GRID),
        (GRID, split.new),
    ]
    assert sum(float(row["area_share"]) for row in rows) == pytest.approx(1, abs=1e-4)
    assert sum(float(row["household_share"]) for row in rows) == pytest.approx(1, abs=1e-5)


def test_a_merge_retires_a_code_and_takes_its_sign_down(township: TestClient) -> None:
    plan = new_plan(township)
    assert stroke(township, plan, merge_of(), 0).status_code == 200
    kept, gone = NEIGHBOURS
    rows = {row["网格编码"]: row for row in paper(township, plan, "table")}
    assert rows[gone]["变化"] == "停用"
    assert rows[gone]["去向和来源（占原网格面积）"] == f"并入{rows[kept]['网格名称']}（100%）"
    assert rows[gone]["新面积（平方米）"] == rows[gone]["新负责人"] == ""
    assert (gone, kept) in {
        (row["old_code"], row["new_code"]) for row in paper(township, plan, "codes")
    }
    signs = paper(township, plan, "signs")
    at_grids = {sign["地点"]: sign for sign in signs if sign["类别"] == "网格公示牌"}
    assert at_grids[rows[gone]["网格名称"]]["处理"] == "拆除"
    assert at_grids[rows[kept]["网格名称"]]["处理"] == "更换"
    (cards,) = (sign for sign in signs if sign["类别"] == "住户联系卡")
    assert int(cards["数量"]) == int(rows[gone]["原户数"])
    assert (cards["原网格编码"], cards["新网格编码"]) == (gone, kept)


def test_buildings_that_go_over_need_a_sign_with_another_worker(township: TestClient) -> None:
    giving, taking = "150221104001009", "150221104001010"
    plan = new_plan(township)
    where = township.get(f"/v1/areas/{giving}").json()
    _, south, _, north = where["bbox"]
    lon = where["center"][0]
    line = {"type": "LineString", "coordinates": [[lon, south - 0.01], [lon, north + 0.01]]}
    body = {"op": "split", "grid": giving, "line": line, "crs": "cgcs2000"}
    done = stroke(township, plan, body, 0)
    assert done.status_code == 200, done.text
    fresh = done.json()["created"][0]["code"]
    signs = paper(township, plan, "signs")
    buildings = [sign for sign in signs if sign["类别"] == "楼栋公示牌"]
    assert buildings
    assert {(s["原网格编码"], s["新网格编码"]) for s in buildings} == {(giving, fresh)}
    assert all(s["地点"] and s["处理"] == "更换" for s in buildings)
    assert all(s["原负责人"] != s["新负责人"] for s in buildings)
    assert taking not in {s["新网格编码"] for s in signs}


def test_a_workbook_keeps_codes_as_text_and_computes_nothing_that_somebody_wrote(
    township: TestClient, split_plan: str
) -> None:
    evil = '=HYPERLINK("x","y")'
    assert consent(township, split_plan, note=evil, document_no="+1").status_code == 200
    (row,) = paper(township, split_plan, "consents")
    assert (row["说明"], row["文号"]) == (f"'{evil}", "'+1")
    sheet = workbook(township, split_plan, "consents")
    fields = {field.value: field.data_type for line in sheet.iter_rows() for field in line}
    assert fields[evil] == fields["+1"] == fields[COMMUNITY] == "s"
    table = workbook(township, split_plan, "table")
    words = [str(line[0].value) for line in table.iter_rows()]
    assert f"{NOTICE}。" in words
    assert "示意数据，内容虚构" in words
    assert table.cell(words.index(GRID) + 1, 1).data_type == "s"


# ---- the map


def test_the_map_stands_by_itself_with_all_that_a_map_must_say(
    township: TestClient, split: Split
) -> None:
    answer = township.get(f"{split.path}/papers/map.svg")
    assert answer.headers["content-type"] == "image/svg+xml"
    svg = answer.text
    for words in (
        NOTICE,
        "示意数据，内容虚构",
        "EPSG:4490",
        "比例尺：1:",
        ">北<",
        "图例",
        split.new,
    ):
        assert words in svg, words
    page = township.get(f"{split.path}/papers/map.html")
    assert page.status_code == 200
    assert f'src="{split.path}/papers/map.svg"' in page.text
    assert NOTICE in page.text


def test_hostile_words_stay_words_on_the_map(township: TestClient) -> None:
    evil = "<script>alert(1)</script>&\"'${x}"
    made = township.post("/v1/plans", json={"name": evil, "area": COMMUNITY})
    plan = f"/v1/plans/{made.json()['id']}"
    assert stroke(township, plan, split_of(township), 0).status_code == 200
    for name in ("map.svg", "map.html"):
        text = township.get(f"{plan}/papers/{name}").text
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert(1)" in text


def test_a_plan_that_changes_nothing_has_tables_without_rows_and_no_map(
    township: TestClient,
) -> None:
    plan = new_plan(township)
    listed = township.get(f"{plan}/papers").json()
    assert "map" not in {item["paper"] for item in listed["items"]}
    assert paper(township, plan, "table") == paper(township, plan, "signs") == []
    refused(township.get(f"{plan}/papers/map.svg"), 409, "plan-state")
    refused(township.get(f"{plan}/papers/map.pdf"), 404, "not-found")


# ---- after publication, and for whom


def test_the_papers_stay_what_they_were_when_the_plan_was_published(
    township: TestClient, login: Login, client: TestClient
) -> None:
    county = login("county_admin")
    grid = "150221104203001"
    plan = new_plan(township)
    assert stroke(township, plan, split_of(township, grid), 0).status_code == 200
    drafted = township.get(f"{plan}/grids.geojson").json()["features"]
    fresh = next(f for f in drafted if f["properties"]["state"] == "created")
    place = _inside(fresh)
    report_in(client, *place)
    before = {row["网格编码"]: row for row in paper(township, plan, "table")}
    new = fresh["properties"]["code"]
    assert int(before[new]["新在办件"]) >= 1
    assert consent(township, plan, grid[:12], document_no="村〔2026〕1号").status_code == 200
    assert township.post(f"{plan}/submit").status_code == 200
    approval = {
        "allow_vacant": True, "document_no": "土右网格发〔2026〕7号", "document_date": "2026-11-20",
    }  # fmt: skip
    approved = county.post(f"{plan}/approve", json=approval)
    assert approved.status_code == 200, approved.text
    refused(consent(township, plan, grid[:12], state="objected"), 409, "plan-state")
    changeset = f"/v1/changesets/{approved.json()['changeset']['id']}"
    listed = county.get(f"{changeset}/papers").json()
    assert (listed["document_no"], listed["document_date"]) == (
        "土右网格发〔2026〕7号",
        "2026-11-20",
    )
    for where in (plan, changeset):
        rows = {row["网格编码"]: row for row in paper(township, where, "table")}
        assert rows == before
        assert "土右网格发〔2026〕7号，2026-11-20" in township.get(f"{where}/papers/map.svg").text
        (said,) = paper(township, where, "consents")
        assert (said["意见"], said["文号"]) == ("同意", "村〔2026〕1号")
    # What comes later does not rewrite the paper.
    report_in(client, *place)
    assert {row["网格编码"]: row for row in paper(township, changeset, "table")} == before
    links = paper(county, changeset, "codes")
    assert {row["revision"] for row in links} == {approved.json()["changeset"]["revision"]}


def _inside(feature: dict[str, Any]) -> tuple[float, float]:
    point = shapely.from_geojson(json.dumps(feature["geometry"])).representative_point()
    return round(point.x, 6), round(point.y, 6)


def test_names_and_counts_go_no_further_than_the_caller_may_see(
    township: TestClient, split_plan: str, login: Login
) -> None:
    # A community's administrator may look at the township's plan, not at the people next door.
    elsewhere = paper(login("community_admin"), split_plan, "table")
    assert [row["原负责人"] + row["原在办件"] + row["新在办件"] for row in elsewhere] == ["", ""]
    assert [row["原户数"] for row in elsewhere] == [
        row["原户数"] for row in paper(township, split_plan, "table")
    ]
    signs = paper(login("community_admin"), split_plan, "signs")
    assert {sign["原电话"] + sign["新电话"] for sign in signs} == {""}
    own = paper(township, split_plan, "signs")
    assert any(sign["原电话"].startswith("0000") and "*" not in sign["原电话"] for sign in own)
    refused(login("grid_worker").get(f"{split_plan}/papers"), 403, "forbidden")
    county = login("county_admin")
    stranger = make_account(county, role="township_admin", area="150221105")
    other = settled(county, stranger["username"])
    for name in ("", "/table.csv", "/map.html", "/map.svg"):
        refused(other.get(f"{split_plan}/papers{name}"), 404, "not-found")


def test_a_transfer_names_both_sides_and_the_same_share(township: TestClient) -> None:
    taking, giving = NEIGHBOURS
    border = shapely.get_coordinates(shape(taking).intersection(shape(giving)))
    middle = shapely.Point(border[len(border) // 2])
    area = middle.buffer(0.0006, quad_segs=4) & shape(giving).buffer(0.0002)
    plan = new_plan(township)
    body = {
        "op": "transfer", "to": taking, "crs": "cgcs2000",
        "area": json.loads(shapely.to_geojson(area)),
    }  # fmt: skip
    done = stroke(township, plan, body, 0)
    assert done.status_code == 200, done.text
    rows = {row["网格编码"]: row for row in paper(township, plan, "table")}
    assert set(rows) == {taking, giving}  # a third that only got nodes is not there
    lost, won = (rows[code]["去向和来源（占原网格面积）"] for code in (giving, taking))
    assert lost.startswith(f"划给{rows[taking]['网格名称']}（")
    assert won == lost.replace(f"划给{rows[taking]['网格名称']}", f"划入{rows[giving]['网格名称']}")


def test_the_papers_of_a_plan_for_a_later_day_and_of_the_way_back(
    township: TestClient, login: Login, client: TestClient
) -> None:
    county = login("county_admin")
    grid = "150221104204001"
    plan = new_plan(township)
    done = stroke(township, plan, split_of(township, grid), 0)
    new = done.json()["created"][0]["code"]
    drafted = township.get(f"{plan}/grids.geojson").json()["features"]
    fresh = next(f for f in drafted if f["properties"]["code"] == new)
    assert township.post(f"{plan}/submit").status_code == 200
    approved = county.post(f"{plan}/approve", json={"allow_vacant": True}).json()
    changeset = approved["changeset"]["id"]
    lon, lat = _inside(fresh)
    report_in(client, lon, lat)
    back = county.post(f"/v1/changesets/{changeset}/rollback")
    assert back.status_code == 200, back.text
    undone = f"/v1/changesets/{back.json()['id']}"
    rows = {row["网格编码"]: row for row in paper(county, undone, "table")}
    assert (rows[new]["变化"], rows[grid]["变化"]) == ("停用", "改动")
    # The report that came in between went over to the grid that lives on.
    assert (rows[new]["原在办件"], rows[new]["新在办件"]) == ("1", "")
    assert int(rows[grid]["新在办件"]) == int(rows[grid]["原在办件"]) + 1
    assert paper(county, undone, "consents") == []
    later = new_plan(township)
    assert stroke(township, later, split_of(township, grid), 0).status_code == 200
    assert township.post(f"{later}/submit").status_code == 200
    body = {"allow_vacant": True, "effective_at": "2099-01-01T00:00:00+08:00"}
    scheduled = county.post(f"{later}/approve", json=body)
    assert scheduled.status_code == 200, scheduled.text
    listed = township.get(f"{later}/papers").json()
    assert (listed["state"], listed["effective_at"]) == ("待生效", "2099-01-01 00:00")
    old, fresh_row = paper(township, later, "table")
    assert int(old["原在办件"]) == int(old["新在办件"]) + int(fresh_row["新在办件"])
    assert "2099-01-01 00:00" in township.get(f"{later}/papers/map.svg").text
