"""Check /v1/locate against the contract: every member, every way to ask, every refusal."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import httpx2 as httpx
import pytest
import shapely
from fastapi.testclient import TestClient

from geo.datums import from_cgcs2000
from geo.position import Datum
from tests.http.contract_shapes import Located, checked
from tests.http.demo_county import (
    COMMUNITY,
    COUNTY,
    OTHER_TOWNSHIP,
    OTHER_TOWNSHIP_GRID,
    TOWNSHIP,
    WORKER_GRID,
    features,
    inside,
    on_a_border,
    refused,
    shape,
)

INSIDE = inside(WORKER_GRID)
BUILDING = "萨拉齐镇振华大街阳光小区3号楼"
FAR = {"lon": 116.39, "lat": 39.91, "crs": "wgs84"}


def locate(client: httpx.Client, **body: Any) -> dict[str, Any]:
    """Ask and check the shape of the answer."""
    return checked(Located, client.post("/v1/locate", json=body))


def codes(answer: dict[str, Any]) -> list[str]:
    """Return the codes of the path."""
    return [unit["code"] for unit in answer["path"]]


def test_a_point_inside_a_grid_has_one_owner_with_path_and_worker(client: TestClient) -> None:
    answer = locate(client, position=INSIDE)
    assert answer["decision"] == "auto"
    assert answer["decided_by"] is None
    assert answer["grid"] == {
        "code": WORKER_GRID, "name": features()[WORKER_GRID]["properties"]["name"],
        "kind": "community",
    }  # fmt: skip
    assert codes(answer) == [COUNTY, TOWNSHIP, COMMUNITY, WORKER_GRID]
    assert [u["level"] for u in answer["path"]] == ["county", "township", "community", "grid"]
    assert answer["worker"]["role"] == "full_time_grid_worker"
    assert answer["worker"]["phone"].startswith("0000")
    assert {candidate["grid"]["code"] for candidate in answer["candidates"]} == {WORKER_GRID}


def test_a_position_is_answered_as_given_and_not_rounded(client: TestClient) -> None:
    asked = {**INSIDE, "lon": INSIDE["lon"] + 1.23456789e-7, "accuracy_m": 3.25}
    answer = locate(client, position=asked)
    assert answer["position"] == asked


def test_accuracy_that_is_not_said_is_nought(client: TestClient) -> None:
    bare = locate(client, position=INSIDE)
    assert bare["position"]["accuracy_m"] == 0
    for nothing in (0, None):
        same = locate(client, position={**INSIDE, "accuracy_m": nothing}, at=bare["at"])
        assert same == bare


@pytest.mark.parametrize("more", [{}, {"accuracy_m": 250}, {"address": BUILDING}])
def test_a_query_gets_the_answer_of_a_body(client: TestClient, more: dict[str, Any]) -> None:
    at = "2026-11-20T14:05:00+08:00"
    address = {key: value for key, value in more.items() if key == "address"}
    accuracy = {key: value for key, value in more.items() if key == "accuracy_m"}
    by_body = locate(client, position={**INSIDE, **accuracy}, at=at, **address)
    query = {**INSIDE, **more, "at": at}
    assert checked(Located, client.get("/v1/locate", params=query)) == by_body


@pytest.mark.parametrize("crs", ["gcj02", "bd09", "wgs84", "cgcs2000"])
def test_every_datum_is_brought_home(client: TestClient, crs: str) -> None:
    given = dict(INSIDE)
    if crs in ("gcj02", "bd09"):
        lon, lat = from_cgcs2000(lon=INSIDE["lon"], lat=INSIDE["lat"], datum=Datum(crs))
        given = {"lon": lon, "lat": lat}
    answer = locate(client, position={**given, "crs": crs})
    assert answer["grid"]["code"] == WORKER_GRID
    assert answer["position"]["lon"] == pytest.approx(INSIDE["lon"], abs=1e-8)
    assert answer["position"]["lat"] == pytest.approx(INSIDE["lat"], abs=1e-8)


def test_a_wide_disc_leaves_the_choice_to_the_lowest_area_of_all_candidates(
    client: TestClient,
) -> None:
    answer = locate(client, position={**INSIDE, "accuracy_m": 900})
    assert answer["decision"] == "confirm"
    assert answer["grid"]["code"] == codes(answer)[-1] == WORKER_GRID
    candidates = answer["candidates"]
    assert len(candidates) > 1
    shares = [candidate["share"] for candidate in candidates]
    assert shares == sorted(shares, reverse=True)
    assert 0.3 < sum(shares) <= 1.000001
    assert max(shares) < 0.9
    decider = answer["decided_by"]["code"]
    inside_it = [candidate["grid"]["code"].startswith(decider) for candidate in candidates]
    assert all(inside_it)
    below = {candidate["grid"]["code"][: len(decider) + 3] for candidate in candidates}
    assert len(below) > 1
    assert len({candidate["hint"] for candidate in candidates}) == len(candidates)


def test_a_border_belongs_to_the_lowest_code_and_says_so(client: TestClient) -> None:
    position, owners = on_a_border()
    answer = locate(client, position=position)
    assert answer["grid"]["code"] == min(owners)
    assert len(owners) > 1
    assert any("界" in reason["detail"] for reason in answer["reasons"])


def test_outside_the_county_a_person_decides_and_the_position_is_kept(client: TestClient) -> None:
    answer = locate(client, position=FAR)
    assert (answer["decision"], answer["grid"], answer["candidates"]) == ("desk", None, [])
    assert codes(answer) == []
    assert answer["decided_by"]["code"] == COUNTY
    assert answer["worker"]["role"] == "county_desk"
    assert answer["position"]["lon"] == pytest.approx(FAR["lon"], abs=1e-6)


def test_a_numbered_building_alone_finds_its_grid(client: TestClient) -> None:
    answer = locate(client, address=BUILDING)
    assert answer["decision"] == "auto"
    assert answer["grid"]["code"] in features()
    assert answer["address_match"]["level"] == "building"
    assert "阳光小区" in answer["address_match"]["name"]


def test_a_village_alone_is_settled_by_the_village(client: TestClient) -> None:
    village = next(code for code, f in features().items() if f["properties"]["kind"] == "rural")
    area = client.get(f"/v1/areas/{village[:12]}").json()
    answer = locate(client, address=f"{area['path'][1]['name']}{area['official_name']}")
    assert answer["decision"] == "confirm"
    assert answer["grid"] is None
    assert codes(answer)[-1] == answer["decided_by"]["code"] == village[:12]
    assert answer["worker"]["role"] == "full_time_grid_worker"
    assert {c["grid"]["code"][:12] for c in answer["candidates"]} == {village[:12]}


def test_words_that_name_no_place_go_to_the_desk(client: TestClient) -> None:
    answer = locate(client, address="不知道在哪里")
    assert (answer["decision"], answer["grid"], answer["position"]) == ("desk", None, None)
    assert answer["decided_by"]["code"] == COUNTY


def test_point_and_text_that_agree_are_one_answer(client: TestClient) -> None:
    building = locate(client, address=BUILDING)
    place = inside(building["grid"]["code"], accuracy_m=15)
    answer = locate(client, position=place, address=BUILDING)
    assert answer["decision"] == "auto"
    assert answer["grid"]["code"] == building["grid"]["code"]


def _mislabelled() -> dict[str, Any]:
    """Return GCJ-02 numbers of a place in the community, called WGS 84, that lie outside it."""
    mine = shapely.union_all([shape(code) for code in features() if code.startswith(COMMUNITY)])
    for code in sorted(features()):
        if code.startswith(COMMUNITY):
            true = inside(code)
            lon, lat = from_cgcs2000(lon=true["lon"], lat=true["lat"], datum=Datum.GCJ02)
            if mine.distance(shapely.Point(lon, lat)) > 0.001:
                return {"lon": lon, "lat": lat, "crs": "wgs84", "accuracy_m": 15}
    raise AssertionError("the community is too large for a mislabelled datum to leave it")


def test_a_mislabelled_datum_is_named_with_the_one_that_would_fit(client: TestClient) -> None:
    answer = locate(client, position=_mislabelled(), address="萨拉齐镇振华社区")
    assert answer["decision"] != "auto"
    assert any("GCJ-02" in reason["detail"] for reason in answer["reasons"])
    without = locate(client, position=_mislabelled())
    assert not any("GCJ-02" in reason["detail"] for reason in without["reasons"])


def test_a_point_against_a_named_community_is_not_settled_silently(client: TestClient) -> None:
    elsewhere = inside(OTHER_TOWNSHIP_GRID, accuracy_m=10)
    answer = locate(client, position=elsewhere, address="萨拉齐镇振华社区")
    assert answer["decision"] != "auto"
    assert answer["decided_by"]["code"] == COUNTY
    reached = {candidate["grid"]["code"][:9] for candidate in answer["candidates"]}
    assert reached == {TOWNSHIP, OTHER_TOWNSHIP}


def test_any_instant_since_the_first_revision_has_an_answer(client: TestClient) -> None:
    now = datetime.now().astimezone()
    for at in ("2026-01-01T00:00:00+08:00", "2026-03-01T00:00:00Z", now + timedelta(days=400)):
        asked = at if isinstance(at, str) else at.isoformat()
        answer = locate(client, position=INSIDE, at=asked)
        assert answer["grid"]["code"] == WORKER_GRID
        assert datetime.fromisoformat(answer["at"]) == datetime.fromisoformat(asked)


@pytest.mark.parametrize("at", ["2025-12-31T23:59:59+08:00", "1999-01-01T00:00:00Z"])
def test_before_the_first_revision_there_is_no_answer(client: TestClient, at: str) -> None:
    for response in (
        client.post("/v1/locate", json={"position": INSIDE, "at": at}),
        client.get("/v1/locate", params={**INSIDE, "at": at}),
        client.post("/v1/locate/batch", json={"crs": "wgs84", "positions": [[110, 40]], "at": at}),
    ):
        problem = refused(response, 422, "before-first-revision")
        assert "2026-01-01" in problem["detail"]


def test_the_same_question_has_the_same_answer(client: TestClient) -> None:
    asked = {"position": {**INSIDE, "accuracy_m": 400}, "at": "2026-11-20T14:05:00+08:00"}
    assert locate(client, **asked) == locate(client, **asked)


_PLAIN: dict[str, Any] = {"lon": 110.5, "lat": 40.5, "crs": "cgcs2000"}
REFUSALS: dict[str, tuple[dict[str, Any], str, str]] = {
    "swapped": ({"lon": 40.5, "lat": 110.5}, "lon_lat_swapped", "填反"),
    "lat beyond the pole": ({"lat": 90.001}, "out_of_range", "纬度"),
    "lon beyond the date line": ({"lon": -180.001}, "out_of_range", "经度"),
    "nought nought": ({"lon": 0, "lat": 0}, "zero_zero", "(0,0)"),
    "negative accuracy": ({"accuracy_m": -0.1}, "bad_accuracy", "误差"),
    "unknown crs": ({"crs": "mars"}, "unknown_crs", "cgcs2000"),
    "crs in capitals": ({"crs": "WGS84"}, "unknown_crs", "wgs84"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_is_no_position_is_refused_with_the_reason(client: TestClient, case: str) -> None:
    defect, reason, says = REFUSALS[case]
    for response in (
        client.post("/v1/locate", json={"position": {**_PLAIN, **defect}}),
        client.get("/v1/locate", params={**_PLAIN, **defect}),
    ):
        problem = refused(response, 422, "invalid-input")
        assert problem["reason"] == problem["errors"][0]["reason"] == reason
        assert says in problem["detail"]


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "NaN", "1e999"])
@pytest.mark.parametrize("name", ["lon", "lat", "accuracy_m"])
def test_a_query_that_is_no_finite_number_is_refused(
    client: TestClient, name: str, value: str
) -> None:
    refused(client.get("/v1/locate", params={**_PLAIN, name: value}), 422, "invalid-input")


@pytest.mark.parametrize("missing", ["lon", "lat", "crs"])
def test_a_position_needs_all_its_parts(client: TestClient, missing: str) -> None:
    partial = {key: value for key, value in _PLAIN.items() if key != missing}
    for response in (
        client.post("/v1/locate", json={"position": partial}),
        client.get("/v1/locate", params=partial),
    ):
        problem = refused(response, 422, "invalid-input")
        assert missing in problem["detail"]


def test_a_number_written_as_text_is_refused_in_a_body(client: TestClient) -> None:
    for name in ("lon", "lat", "accuracy_m"):
        body = {"position": {**_PLAIN, name: "1"}}
        refused(client.post("/v1/locate", json=body), 422, "invalid-input")


def test_a_question_needs_a_position_or_an_address(client: TestClient) -> None:
    for response in (
        client.post("/v1/locate", json={}),
        client.post("/v1/locate", json={"address": "  "}),
        client.get("/v1/locate"),
        client.get("/v1/locate", params={"address": ""}),
    ):
        problem = refused(response, 422, "invalid-input")
        assert "position" in problem["detail"]
        assert "address" in problem["detail"]


def test_a_misspelt_member_is_refused_rather_than_lost(client: TestClient) -> None:
    for body in ({"positon": INSIDE}, {"position": {**INSIDE, "accuracy": 5}}):
        refused(client.post("/v1/locate", json=body), 422, "invalid-input")


@pytest.mark.parametrize(
    "query",
    [
        "lon=110.51&lat=40.55&crs=wgs84&accuracy=50",
        "lon=110.51&lat=40.55&crs=wgs84&lon=3",
        "lon=1_10.51&lat=40.55&crs=wgs84",
    ],
)
def test_a_query_that_would_be_read_otherwise_than_meant_is_refused(
    client: TestClient, query: str
) -> None:
    refused(client.get(f"/v1/locate?{query}"), 422, "invalid-input")
