"""Check areas: lists, cards, and shapes that are the boundary itself."""

from __future__ import annotations

import gzip
import re
from collections import Counter
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.http.conftest import Login
from tests.http.contract_shapes import AreaPage, checked
from tests.http.demo_county import (
    COMMUNITY,
    COUNTY,
    OTHER_TOWNSHIP,
    TOWNSHIP,
    WORKER_GRID,
    features,
    inside,
    refused,
    shape,
    store_report,
)

SHAPES = "/v1/areas.geojson"


def _all(client: TestClient, **query: Any) -> list[dict[str, Any]]:
    """Return every item of a list, page by page."""
    items: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = checked(AreaPage, client.get("/v1/areas", params={**query, **cursor}))
        items += page["items"]
        if page["next"] is None:
            return items
        cursor = {"cursor": page["next"]}


@pytest.mark.parametrize(
    ("level", "count"), [("county", 1), ("township", 9), ("community", 216), ("grid", 1173)]
)
def test_each_level_has_the_areas_of_the_county(client: TestClient, level: str, count: int) -> None:
    items = _all(client, level=level)
    assert len(items) == len({item["code"] for item in items}) == count
    assert {item["level"] for item in items} == {level}
    assert [item["code"] for item in items] == sorted(item["code"] for item in items)


def test_the_grids_are_126_of_communities_and_1047_of_villages(client: TestClient) -> None:
    kinds = Counter(item["kind"] for item in _all(client, level="grid"))
    assert kinds == {"community": 126, "rural": 1047}


def test_households_add_up_from_the_grids(client: TestClient) -> None:
    grids = {item["code"]: item["households"] for item in _all(client, level="grid")}
    for item in _all(client, level="township"):
        below = [homes for code, homes in grids.items() if code.startswith(item["code"])]
        assert item["households"] == sum(below)


def test_a_parent_has_its_children_and_nobody_elses(client: TestClient) -> None:
    townships = _all(client, parent=COUNTY)
    assert {item["level"] for item in townships} == {"township"}
    assert {item["parent"] for item in townships} == {COUNTY}
    grids = _all(client, parent=COMMUNITY)
    assert [item["code"] for item in grids] == sorted(c for c in features() if c[:12] == COMMUNITY)
    deep = _all(client, parent=TOWNSHIP, level="grid")
    assert [item["code"] for item in deep] == sorted(c for c in features() if c[:9] == TOWNSHIP)


def test_zero_filled_codes_mean_the_same_area(client: TestClient) -> None:
    for short, filled in ((COUNTY, "150221000000"), (TOWNSHIP, "150221104000")):
        assert client.get(f"/v1/areas/{filled}").json() == client.get(f"/v1/areas/{short}").json()
        assert client.get(f"/v1/areas/{filled}").json()["code"] == short
        assert _all(client, parent=filled) == _all(client, parent=short)
        query = {"level": "township"}
        assert (
            client.get(SHAPES, params={**query, "within": filled}).content
            == client.get(SHAPES, params={**query, "within": short}).content
        )


def test_pages_hold_what_the_whole_list_holds(client: TestClient) -> None:
    assert _all(client, level="community", limit=100) == _all(client, level="community")


def test_a_limit_over_500_is_refused(client: TestClient) -> None:
    for limit in ("0", "501", "x"):
        refused(client.get("/v1/areas", params={"limit": limit}), 422, "invalid-input")


@pytest.mark.parametrize("code", ["150222", "150221999", "150221104999", "150221104001999"])
def test_an_area_that_is_not_there_is_404(client: TestClient, code: str) -> None:
    refused(client.get(f"/v1/areas/{code}"), 404, "not-found")


@pytest.mark.parametrize("code", ["1", "15022110400100", "abcdef", "１５０２２１"])
def test_what_is_no_code_is_refused(client: TestClient, code: str) -> None:
    refused(client.get(f"/v1/areas/{code}"), 422, "invalid-input")
    refused(client.get("/v1/areas", params={"parent": code}), 422, "invalid-input")
    refused(client.get(SHAPES, params={"within": code}), 422, "invalid-input")


def test_before_the_first_revision_there_is_no_area(client: TestClient) -> None:
    query = {"at": "2025-01-01T00:00:00+08:00"}
    for path in ("/v1/areas", f"/v1/areas/{COUNTY}", SHAPES):
        refused(client.get(path, params=query), 422, "before-first-revision")


def test_a_card_names_path_posts_and_who_holds_them(client: TestClient) -> None:
    card = client.get(f"/v1/areas/{WORKER_GRID}").json()
    assert [unit["code"] for unit in card["path"]] == [COUNTY, TOWNSHIP, COMMUNITY, WORKER_GRID]
    posts = {post["role"]: post for post in card["posts"]}
    assert set(posts) == {"full_time_grid_worker", "grid_lead"}
    assert posts["full_time_grid_worker"]["role_label"] == "专职网格员"
    holder = posts["full_time_grid_worker"]["holders"][0]
    assert holder["name"]
    assert holder["phone"].startswith("0000")
    west, south, east, north = card["bbox"]
    assert west < card["center"][0] < east
    assert south < card["center"][1] < north
    assert card["area_m2"] == pytest.approx(shape(WORKER_GRID).area * 111_000 * 84_500, rel=0.02)


def test_open_reports_count_where_they_are_and_up_the_line(client: TestClient) -> None:
    line = (WORKER_GRID, COMMUNITY, TOWNSHIP, COUNTY)

    def counted() -> list[int]:
        return [client.get(f"/v1/areas/{code}").json()["open_reports"] for code in line]

    before = counted()
    report = store_report(client)
    listed = {item["code"]: item["open_reports"] for item in _all(client, parent=COMMUNITY)}
    assert counted() == [number + 1 for number in before]
    assert listed[WORKER_GRID] == before[0] + 1
    client.post(f"/v1/reports/{report['id']}/steps", json={"step": "close", "note": "已修好"})
    assert counted() == before


def test_a_township_counts_its_own_reports_only(client: TestClient, login: Login) -> None:
    store_report(client, position=inside("150221105202001"))
    township = login("township_admin").get(f"/v1/areas/{OTHER_TOWNSHIP}").json()
    assert township["open_reports"] == 0
    assert client.get(f"/v1/areas/{OTHER_TOWNSHIP}").json()["open_reports"] > 0


def test_the_served_shapes_are_the_stored_boundary_digit_by_digit(client: TestClient) -> None:
    served = client.get(SHAPES)
    assert served.headers["content-type"] == "application/geo+json"
    collection = served.json()
    assert collection["type"] == "FeatureCollection"
    by_code = {f["properties"]["code"]: f for f in collection["features"]}
    assert set(by_code) == set(features())
    for code, feature in by_code.items():
        stored = features()[code]
        assert set(feature["properties"]) == {"code", "name", "level", "kind", "parent"}
        assert feature["properties"]["name"] == stored["properties"]["name"]
        assert feature["geometry"] == stored["geometry"], code
    decimals = re.findall(r"\.(\d+)", served.text)
    assert max(len(digits) for digits in decimals) == 8


def test_shapes_are_narrowed_by_area_and_level(client: TestClient) -> None:
    grids = client.get(SHAPES, params={"within": COMMUNITY}).json()["features"]
    codes = [feature["properties"]["code"] for feature in grids]
    assert codes == sorted(code for code in features() if code[:12] == COMMUNITY)
    townships = client.get(SHAPES, params={"level": "township"}).json()["features"]
    assert len(townships) == 9
    assert {f["properties"]["parent"] for f in townships} == {COUNTY}
    county = client.get(SHAPES, params={"level": "county"}).json()["features"]
    assert county[0]["properties"]["parent"] is None


def test_shapes_that_a_browser_has_are_not_sent_again(client: TestClient) -> None:
    query = {"within": COMMUNITY}
    first = client.get(SHAPES, params=query)
    tag = first.headers["etag"]
    # A proxy that compresses on its own makes the tag a weak one.
    for given in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        again = client.get(SHAPES, params=query, headers={"If-None-Match": given})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
    other = client.get(SHAPES, params=query, headers={"If-None-Match": '"other"'})
    assert other.status_code == 200
    assert client.get(SHAPES, params={"within": TOWNSHIP}).headers["etag"] != tag


def test_shapes_are_compressed_for_those_who_can_read_it(client: TestClient) -> None:
    with client.stream("GET", SHAPES, headers={"Accept-Encoding": "gzip"}) as answer:
        raw = b"".join(answer.iter_raw())
    plain = client.get(SHAPES, headers={"Accept-Encoding": "identity"})
    assert answer.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert gzip.decompress(raw) == plain.content
    assert len(raw) < len(plain.content) / 2
    assert "accept-encoding" in plain.headers["vary"].lower()
