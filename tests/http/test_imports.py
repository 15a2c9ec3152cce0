"""A boundary file from its upload to a plan: what is wrong, what it would move, nothing half."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
import shapely
from fastapi.testclient import TestClient
from shapely.geometry.base import BaseGeometry

from api.imports import examining
from api.imports.spool import Spool
from geo.lattice import snap
from tests.http.conftest import Login
from tests.http.demo_county import COUNTY, features, refused, shape
from tests.unit.geo.boundary_files.making_files import geojson, messy
from tests.unit.geo.boundary_files.test_hostile_files import FILES

COMMUNITY = "150221104200"
OTHER = "150221104220"
PATIENCE_S = 60


def codes_in(prefix: str) -> list[str]:
    return sorted(code for code in features() if code.startswith(prefix))


def file_of(shapes: dict[str, BaseGeometry]) -> bytes:
    names = [features()[c]["properties"]["name"] if c in features() else c for c in shapes]
    return geojson(list(shapes.values()), codes=list(shapes), names=names)


def present(prefix: str = COMMUNITY) -> dict[str, BaseGeometry]:
    return {code: shape(code) for code in codes_in(prefix)}


def bent(shapes: dict[str, BaseGeometry], prefix: str = COMMUNITY) -> dict[str, BaseGeometry]:
    """Return the shapes after a survey that found every border some 5 m to the east."""
    whole = shapely.coverage_union_all([shapes[c] for c in shapes if c.startswith(prefix)])
    held = shapely.boundary(whole)

    def move(xy: Any) -> Any:
        points = shapely.points(xy)
        inner = shapely.distance(points, held) > 0
        moved = xy.copy()
        moved[inner, 0] += 5 / 85_000
        return moved

    return {
        code: snap(shapely.transform(one, move)) if code.startswith(prefix) else one
        for code, one in shapes.items()
    }


def upload(who: TestClient, content: bytes, name: str = "新网格.geojson", **options: str) -> Any:
    files = {"file": (name, content, "application/octet-stream")}
    return who.post("/v1/imports/boundaries", files=files, data=options)


def examined(who: TestClient, content: bytes, **options: str) -> dict[str, Any]:
    response = upload(who, content, **options)
    assert response.status_code == 202, response.text
    assert response.headers["location"] == f"/v1/imports/{response.json()['id']}"
    return waited(who, response.json()["id"])


def waited(who: TestClient, import_id: str) -> dict[str, Any]:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        found: dict[str, Any] = who.get(f"/v1/imports/{import_id}").json()
        if found["state"] not in ("waiting", "running"):
            return found
        time.sleep(0.05)
    raise AssertionError("the examination does not end")


@pytest.fixture
def county(login: Login) -> TestClient:
    return login("county_admin")


@pytest.fixture(autouse=True)
def _tidy(login: Login) -> Any:
    yield
    admin = login("county_admin")
    for item in admin.get("/v1/imports").json()["items"]:
        admin.delete(f"/v1/imports/{item['id']}")


@pytest.fixture
def spool(app_client: TestClient) -> Spool:
    return Spool(app_client.app.state.service.settings.var_dir)  # type: ignore[attr-defined]


def test_a_survey_of_one_community_becomes_a_plan_with_preview_and_undo(county: TestClient) -> None:
    before = county.get(f"/v1/areas.geojson?within={COMMUNITY}").content
    found = examined(county, file_of(bent(present())))
    assert found["state"] == "examined"
    assert found["report"]["importable"] is True
    assert found["update"]["counts"]["changed"] >= 2
    assert found["update"]["counts"]["created"] == found["update"]["counts"]["retired"] == 0
    assert found["update"]["communities_left"] == 215
    assert found["update"]["renamed"] == []
    done = county.post(f"/v1/imports/{found['id']}/apply", json={"name": "年度更新"})
    assert done.status_code == 201, done.text
    plan = county.get(f"/v1/plans/{done.json()['plan']}").json()
    assert (plan["name"], plan["state"], plan["revision"]) == ("年度更新", "draft", 1)
    preview = county.get(f"/v1/plans/{plan['id']}/preview").json()
    changed = {entry["code"] for entry in found["update"]["changed"]}
    assert {grid["code"] for grid in preview["grids"]["changed"]} == changed
    # A draft is seen by nobody else, and one step takes it all back.
    assert county.get(f"/v1/areas.geojson?within={COMMUNITY}").content == before
    undone = county.post(f"/v1/plans/{plan['id']}/undo", headers={"If-Match": "1"})
    assert undone.status_code == 200
    again = county.post(f"/v1/imports/{found['id']}/apply", json={})
    assert refused(again, 409, "import-state")["reason"] == "applied"


def test_of_two_files_with_the_same_new_code_only_one_becomes_a_plan(county: TestClient) -> None:
    shapes = present(OTHER)
    code = max(shapes)
    fresh = f"{OTHER}{int(code[12:]) + 1:03d}"
    renumbered = file_of({fresh if c == code else c: one for c, one in shapes.items()})
    first, second = (examined(county, renumbered) for _ in range(2))
    assert first["update"]["counts"]["created"] == 1
    done = county.post(f"/v1/imports/{first['id']}/apply", json={})
    assert done.status_code == 201, done.text
    plans = county.get("/v1/plans").json()["items"]
    late = refused(county.post(f"/v1/imports/{second['id']}/apply", json={}), 409, "import-state")
    assert (late["reason"], late["grids"]) == ("codes_taken", [fresh])
    assert county.get("/v1/plans").json()["items"] == plans


def test_borders_between_communities_follow_the_survey_or_stay_as_is_asked(
    county: TestClient,
) -> None:
    both = present(COMMUNITY) | present(OTHER)
    moved = bent(both, COMMUNITY[:9])
    follows = examined(county, file_of(moved))["update"]
    assert follows["moved_borders"]
    assert follows["refused"] == []
    stays = examined(county, file_of(moved), cross_parent="false")["update"]
    assert stays["moved_borders"] == []
    assert {c["code"][:12] for c in stays["changed"]} == {COMMUNITY, OTHER}


def test_an_overlap_is_told_with_its_place_and_only_the_repair_is_applied_when_asked(
    county: TestClient,
) -> None:
    shapes = present()
    first = next(iter(shapes))
    shapes[first] = snap(shapes[first].buffer(3e-7, join_style="mitre"))
    found = examined(county, file_of(shapes))
    assert found["report"]["importable"] is False
    assert found["usable"] is True
    finding = next(f for f in found["report"]["findings"] if "overlap" in f["kind"])
    assert first in finding["areas"]
    assert finding["size_m2"] > 0
    drawn = county.get(f"/v1/imports/{found['id']}/findings.geojson").json()
    assert shapely.from_geojson(json.dumps(drawn["features"][0]["geometry"])).is_valid
    moves = county.get(f"/v1/imports/{found['id']}/repair.geojson").json()["features"]
    assert {move["properties"]["part"] for move in moves} <= {"gained", "lost"}
    address = f"/v1/imports/{found['id']}/apply"
    plans = county.get("/v1/plans").json()["items"]
    assert refused(county.post(address, json={}), 409, "import-state")["reason"] == "needs_repair"
    assert county.get("/v1/plans").json()["items"] == plans
    again = county.post(address, json={"repair": True})
    assert again.status_code in (201, 409)
    if again.status_code == 409:
        assert again.json()["reason"] == "nothing_changes"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda s: {"150221999001001": next(iter(s.values()))}, "unknown_community"),
        (lambda s: {COUNTY + "104200001": shape("150221105202001")}, "piece_outside"),
    ],
)
def test_a_file_that_does_not_fit_the_county_is_refused_with_the_reason_and_no_plan_is_made(
    county: TestClient,
    change: Callable[[dict[str, BaseGeometry]], dict[str, BaseGeometry]],
    reason: str,
) -> None:
    plans = county.get("/v1/plans").json()["items"]
    found = examined(county, file_of(change(present())))
    if found["usable"]:
        assert found["update"]["refused"][0]["reason"] == reason
    response = county.post(f"/v1/imports/{found['id']}/apply", json={})
    assert refused(response, 409, "import-state")["reason"] in ("refused", "not_usable")
    assert county.get("/v1/plans").json()["items"] == plans


def test_a_file_without_its_system_waits_for_an_answer_and_is_read_again_with_it(
    county: TestClient,
) -> None:
    content = file_of(present())
    document = json.loads(content)
    del document["crs"]
    for feature in document["features"]:
        feature["geometry"]["coordinates"] = [
            [[x * 1000, y * 1000] for x, y in ring] for ring in feature["geometry"]["coordinates"]
        ]
    found = examined(county, json.dumps(document).encode(), crs="4546")
    assert found["state"] in ("refused", "examined")
    found = examined(county, content, crs="4546")
    assert found["refused"]["reason"] == "crs_mismatch"
    assert found["answerable"] is True
    again = county.patch(f"/v1/imports/{found['id']}", json={"crs": "cgcs2000"})
    assert again.status_code == 202
    found = waited(county, found["id"])
    assert found["state"] == "examined"
    assert found["update"]["steps"] == 0
    answer = county.post(f"/v1/imports/{found['id']}/apply", json={})
    assert refused(answer, 409, "import-state")["reason"] == "nothing_changes"


def test_only_administrators_import_and_see_what_was_imported(
    county: TestClient, login: Login, anonymous: TestClient
) -> None:
    content = file_of(present())
    refused(upload(anonymous, content), 401, "unauthenticated")
    refused(upload(login("dispatcher"), content), 403, "forbidden")
    refused(upload(login("community_admin"), content), 403, "forbidden")
    found = examined(county, content)
    township = login("township_admin")
    refused(township.get(f"/v1/imports/{found['id']}"), 404, "not-found")
    refused(township.delete(f"/v1/imports/{found['id']}"), 404, "not-found")
    assert found["id"] not in {i["id"] for i in township.get("/v1/imports").json()["items"]}
    system = login("system_admin")
    assert system.get(f"/v1/imports/{found['id']}").status_code == 200
    answer = system.post(f"/v1/imports/{found['id']}/apply", json={})
    refused(answer, 403, "forbidden")


def test_a_township_changes_its_own_land_alone(login: Login) -> None:
    township = login("township_admin")
    mine = examined(township, file_of(bent(present())))
    assert mine["update"]["refused"] == []
    assert mine["update"]["counts"]["changed"]
    abroad = present("150221105202")
    theirs = examined(township, file_of(abroad))
    assert {r["reason"] for r in theirs["update"]["refused"]} == {"outside_area"}
    answer = township.post(f"/v1/imports/{theirs['id']}/apply", json={})
    assert refused(answer, 409, "import-state")["reason"] == "refused"


def test_a_deleted_import_leaves_nothing_and_is_found_no_more(
    county: TestClient, spool: Spool
) -> None:
    response = upload(county, file_of(present()))
    address = f"/v1/imports/{response.json()['id']}"
    assert county.delete(address).status_code == 204
    refused(county.get(address), 404, "not-found")
    end = time.monotonic() + PATIENCE_S
    while left(spool) and time.monotonic() < end:
        time.sleep(0.05)
    assert left(spool) == []


def left(spool: Spool) -> list[str]:
    """Return what lies in the spool beside the locks of the machine."""
    return [p.name for p in spool.root.iterdir() if not p.name.endswith(".lock")]


# Each by itself is refused in test_hostile_files.py; what the service makes of a refusal hangs on
# the way of reading and the reason alone.
ONE_OF_EACH = {(name.rpartition(".")[2], reason): case for case, (name, _, reason) in FILES.items()}


@pytest.mark.parametrize("name", ONE_OF_EACH.values())
def test_a_hostile_file_is_refused_over_the_network_too_and_nothing_of_it_stays(
    county: TestClient, spool: Spool, name: str
) -> None:
    file_name, make, reason = FILES[name]
    plans = county.get("/v1/plans").json()["items"]
    response = upload(county, make(), file_name)
    if response.status_code == 422:
        assert refused(response, 422, "invalid-input")["reason"] == reason
    else:
        assert response.status_code == 202, response.text
        found = waited(county, response.json()["id"])
        assert (found["state"], found["refused"]["reason"]) == ("refused", reason)
        assert found["report"] is None
        folder = spool.folder(UUID(found["id"]))
        kept = {"record.json", "lock"} | ({"upload"} if found["answerable"] else set())
        assert {path.name for path in folder.iterdir()} == kept
        county.delete(f"/v1/imports/{found['id']}")
    assert left(spool) == []
    assert county.get("/v1/plans").json()["items"] == plans


def test_what_a_dead_server_left_is_begun_again_by_whoever_asks(
    county: TestClient, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(examining, "start", lambda *_: None)
        response = upload(county, file_of(present()))
    import_id = response.json()["id"]
    record = spool.read(UUID(import_id))
    assert record is not None
    spool.write(type(record)(**{**vars_of(record), "changed_at": "2020-01-01T00:00:00+08:00"}))
    assert county.get(f"/v1/imports/{import_id}").json()["state"] == "waiting"
    assert waited(county, import_id)["state"] == "examined"


def vars_of(record: Any) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__dataclass_fields__}


def test_uploads_that_nobody_touched_for_a_day_are_erased(county: TestClient, spool: Spool) -> None:
    from datetime import timedelta

    from api.input_types import now

    found = examined(county, file_of(present()))
    assert spool.erase_old(now() + timedelta(hours=23), hours=24) == 0
    assert spool.erase_old(now() + timedelta(hours=25), hours=24) == 1
    refused(county.get(f"/v1/imports/{found['id']}"), 404, "not-found")
    assert left(spool) == []


def test_one_account_keeps_five_uploads_at_most(county: TestClient, spool: Spool) -> None:
    content = file_of(present())
    for _ in range(5):
        assert upload(county, content).status_code == 202
    refused(upload(county, content), 429, "too-many-requests")
    assert len(left(spool)) == 5


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"crs": "x" * 50}, "too_long"),
        ({"gap_width_m": "wide"}, None),
        ({"gap_width_m": "nan"}, None),
        ({"level": "street"}, None),
        ({"make_codes": "perhaps"}, None),
        ({"surprise": "1"}, "extra_forbidden"),
    ],
)
def test_options_that_make_no_sense_are_refused_before_the_file_is_kept(
    county: TestClient, spool: Spool, options: dict[str, str], reason: str | None
) -> None:
    problem = refused(upload(county, file_of(present()), **options), 422, "invalid-input")
    assert reason is None or problem["reason"] == reason
    assert left(spool) == []


def test_a_request_without_a_file_or_of_another_kind_is_refused(county: TestClient) -> None:
    files = {"other": ("a.geojson", b"{}", "application/json")}
    answer = county.post("/v1/imports/boundaries", files=files)
    assert refused(answer, 422, "invalid-input")["reason"] == "missing"
    answer = county.post("/v1/imports/boundaries", json={})
    refused(answer, 415, "unsupported-media-type")
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = county.post("/v1/imports/boundaries", content=b"--y\r\n", headers=headers)
    assert answer.status_code in (400, 422)


def test_a_messy_county_is_examined_repaired_and_compared_in_time(county: TestClient) -> None:
    shapes = {code: shape(code) for code in sorted(features())}
    content = file_of(dict(zip(shapes, messy(list(shapes.values())), strict=True)))
    started = time.monotonic()
    found = examined(county, content)
    assert found["state"] == "examined"
    assert found["usable"] is True
    assert found["update"]["refused"] == []
    assert time.monotonic() - started < 60


def test_a_file_without_codes_is_matched_by_place_when_that_is_asked(county: TestClient) -> None:
    bare = {f"第{n}片": one for n, one in enumerate(bent(present()).values(), 1)}
    content = file_of(bare).replace(b'"code"', b'"label"')
    plain = examined(county, content)
    assert plain["report"]["counts"]["missing_code"] == len(bare)
    again = county.patch(f"/v1/imports/{plain['id']}", json={"match_places": True})
    assert again.status_code == 202
    found = waited(county, plain["id"])
    assert found["update"]["matching"] == len(bare)
    assert found["update"]["counts"]["created"] == found["update"]["counts"]["retired"] == 0
