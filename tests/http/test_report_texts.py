"""The place of a report is read from its text, too; the answer says how the spot lies."""

from __future__ import annotations

from typing import Any

from fastapi.testclient import TestClient

from tests.http.contract_shapes import Located, Report, checked
from tests.http.demo_county import WORKER_GRID, inside, send_report


def located(client: TestClient, address: str) -> dict[str, Any]:
    return checked(Located, client.post("/v1/locate", json={"address": address}), 200)


def reported(client: TestClient, **sent: Any) -> dict[str, Any]:
    members = {"channel": "hotline_12345", "position": None, **sent}
    return checked(Report, send_report(client, **members), 201)


def test_metres_from_the_office_of_a_village_are_answered_as_the_contract_writes_them(
    client: TestClient,
) -> None:
    answer = located(client, "美岱召镇沙图沟村村委会东200米")
    match = answer["address_match"]
    assert (match["name"], match["anchor"]) == ("沙图沟村", "村委会")
    assert (match["offset_m"], match["direction"], match["relation"]) == (200, "东", "step")
    assert answer["decision"] == "auto"
    assert answer["grid"]["code"].startswith("150221106217")
    there = {**match["point"], "accuracy_m": match["radius_m"]}
    pinned = checked(Located, client.post("/v1/locate", json={"position": there}), 200)
    assert pinned["grid"] == answer["grid"]
    office = located(client, "美岱召镇沙图沟村村委会")["address_match"]["point"]
    assert match["point"]["lon"] > office["lon"]
    assert match["point"]["lat"] == office["lat"]


def test_the_text_is_finer_than_the_column_of_the_sending_system(client: TestClient) -> None:
    text = "振华大街阳光小区5号楼2单元，从昨天后晌开始暖气就冰凉"
    report = reported(client, text=text, address="包头市土右旗萨拉齐镇")
    assert report["assignment"]["address_match"]["name"] == "阳光小区5号楼"
    assert report["status"] == "assigned"
    alone = reported(client, text="暖气冰凉", address="包头市土右旗萨拉齐镇")
    assert alone["decision"] == "desk"
    assert alone["assignment"]["decided_by"]["code"] == "150221104"


def test_a_report_is_asked_again_with_its_text(client: TestClient) -> None:
    report = reported(client, text="下茅庵村二队地里烧玉米秸秆，烟可大了")
    assert report["decision"] == "auto"
    again = client.get(f"/v1/reports/{report['id']}/receipt/replay").json()
    assert again["identical"], again["differences"]
    assert again["receipt"]["question"]["text"] == "下茅庵村二队地里烧玉米秸秆，烟可大了"


def test_several_matters_come_with_a_proposal_to_split_them(client: TestClient) -> None:
    report = reported(
        client, text="丽景苑小区问题：一是3号楼电梯坏了；二是地下车库坡道结冰。", category="wy01"
    )
    match = report["assignment"]["address_match"]
    assert [part["text"] for part in match["matters"]] == ["3号楼电梯坏了", "地下车库坡道结冰"]
    split = [r["detail"] for r in report["assignment"]["reasons"] if r["step"] == "split"]
    assert len(split) == 1
    assert "建议拆单" in split[0]


def test_a_text_that_names_nothing_leaves_the_position_alone(client: TestClient) -> None:
    report = reported(client, text="这儿有个井盖没了！", position=inside(WORKER_GRID))
    assert report["assignment"]["address_match"] is None
    assert (report["decision"], report["grid"]["code"]) == ("auto", WORKER_GRID)


def test_candidates_of_a_compound_that_a_border_cuts_are_told_apart_by_their_buildings(
    client: TestClient,
) -> None:
    answer = located(client, "阳光小区整个小区都不热")
    assert answer["decision"] == "confirm"
    hints = [candidate["hint"] for candidate in answer["candidates"]]
    assert len(hints) == 2
    assert all("号楼" in hint for hint in hints)
