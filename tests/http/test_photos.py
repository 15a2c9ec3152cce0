"""Photos of a report: taken once, cleaned, stamped, and shown to whoever may see the report."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2 as httpx
import pytest
from PIL import Image

from api.photos.service import sweep
from tests.http.demo_county import OTHER_TOWNSHIP_GRID, WORKER_GRID, inside, store_report
from tests.unit.api.photos.pictures import bands, exif_of, noise, photo

LEFT_OUT = object()


@pytest.fixture
def report(client: httpx.Client) -> str:
    """A report in the grid of the demo's worker."""
    return str(store_report(client, position=inside(WORKER_GRID))["id"])


def send_photo(
    client: httpx.Client, report: str, content: bytes | None = None, **fields: object
) -> httpx.Response:
    plain: dict[str, object] = {"client_id": str(uuid4()), **fields}
    data = {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in plain.items()
        if value is not LEFT_OUT
    }
    files = {"file": ("x.jpg", content if content is not None else photo(), "image/jpeg")}
    return client.post(f"/v1/reports/{report}/photos", data=data, files=files)


def stored(response: httpx.Response) -> dict[str, Any]:
    assert response.status_code == 201, response.text
    return dict(response.json())


def files_below(app_client: httpx.Client) -> list[Path]:
    root = app_client.app.state.service.settings.var_dir / "photos"  # type: ignore[attr-defined]
    return [path for path in root.rglob("*") if path.is_file()]


def test_a_worker_adds_a_photo_and_others_of_the_report_see_it(login, report) -> None:
    worker = login("grid_worker")
    exif = exif_of(at="2026:11:20 14:05:09", lon=110.5, lat=40.55)
    added = stored(send_photo(worker, report, photo(noise(3000, 2000), exif=exif)))
    assert added["width"] / added["height"] == pytest.approx(1.5, rel=0.01)
    assert added["width"] <= 1600
    assert added["size_bytes"] < 300_000
    assert added["taken_at"] == "2026-11-20T14:05:09+08:00"
    assert added["clock_doubt"] is False
    assert added["position"]["crs"] == "cgcs2000"
    assert added["position"]["lon"] == pytest.approx(110.5, abs=1e-6)
    desk = login("dispatcher")
    assert added["withdrawn"] is None
    assert added["may_withdraw"] == "yes"
    for_the_desk = {**added, "may_withdraw": "with_reason"}
    assert desk.get(f"/v1/reports/{report}/photos").json() == {"items": [for_the_desk]}
    shown = desk.get(added["url"])
    assert shown.headers["content-type"] == "image/jpeg"
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert shown.headers["cache-control"] == "private, no-cache"
    assert shown.headers["content-disposition"].startswith("inline")
    assert b"secret-maker" not in shown.content
    with Image.open(io.BytesIO(shown.content)) as picture:
        assert (picture.width, picture.height) == (added["width"], added["height"])
        assert not picture.getexif()
    again = desk.get(added["url"], headers={"If-None-Match": shown.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_stamp_stands_in_the_picture(login, report) -> None:
    worker = login("grid_worker")
    plain = photo(Image.new("RGB", (800, 600), (90, 120, 90)))
    shown = worker.get(stored(send_photo(worker, report, plain))["url"]).content
    with Image.open(io.BytesIO(shown)) as picture:
        foot = picture.convert("L").crop((0, 500, 800, 600)).histogram()
        head = picture.convert("L").crop((0, 0, 800, 400)).histogram()
    assert sum(foot[240:]) > 300
    assert sum(head[240:]) == 0


def test_the_same_photo_sent_twice_is_one_photo(login, report, app_client) -> None:
    worker, number, content = login("grid_worker"), str(uuid4()), photo(noise(60, 40))
    first = send_photo(worker, report, content, client_id=number)
    before = len(files_below(app_client))
    second = send_photo(worker, report, content, client_id=number)
    assert stored(second) == stored(first)
    assert second.headers["idempotent-replayed"] == "true"
    assert len(worker.get(f"/v1/reports/{report}/photos").json()["items"]) == 1
    assert len(files_below(app_client)) == before
    other = send_photo(worker, report, photo(bands(60, 40)), client_id=number)
    assert (other.status_code, other.json()["type"]) == (409, "/problems/idempotency-conflict")


def test_nine_photos_are_enough(login, report, app_client) -> None:
    worker, small = login("grid_worker"), photo(bands(32, 32))
    for _ in range(9):
        stored(send_photo(worker, report, small))
    before = len(files_below(app_client))
    tenth = send_photo(worker, report, small)
    assert (tenth.status_code, tenth.json()["reason"]) == (422, "too_many_photos")
    assert len(files_below(app_client)) == before


@pytest.mark.parametrize(
    ("spans", "doubt"),
    [
        ({"taken_at": timedelta(hours=3)}, False),
        ({"taken_at": timedelta(hours=-2)}, True),
        ({"taken_at": timedelta(hours=2), "sent_at": timedelta(hours=2)}, True),
        ({"taken_at": timedelta(hours=2), "sent_at": timedelta(minutes=-1)}, False),
        ({}, False),
    ],
)
def test_a_clock_that_goes_wrong_is_seen_and_the_services_time_counts(
    login, report, spans, doubt
) -> None:
    now = datetime.now(UTC)
    fields = {name: (now - span).isoformat() for name, span in spans.items()}
    added = stored(send_photo(login("grid_worker"), report, **fields))
    assert added["clock_doubt"] is doubt
    said = fields.get("taken_at")
    assert (added["said_taken_at"] is None) == (said is None)
    if doubt or said is None:
        assert added["taken_at"] == added["received_at"]
    else:
        assert datetime.fromisoformat(added["taken_at"]) == datetime.fromisoformat(said)


def test_a_photo_that_names_another_time_than_its_page_is_doubted(login, report) -> None:
    exif = exif_of(at="2026:11:20 14:05:09")
    fields = {"taken_at": "2026-11-20T12:05:09+08:00"}
    added = stored(send_photo(login("grid_worker"), report, photo(exif=exif), **fields))
    assert added["clock_doubt"] is True
    assert added["taken_at"] == added["received_at"]


@pytest.mark.parametrize(
    ("content", "status", "reason"),
    [
        (b"", 422, "empty"),
        (b"<html><script>alert(1)</script></html>", 415, "not_a_photo"),
        (photo(form="GIF"), 415, "not_a_photo"),
        (photo() + b"<script>alert(1)</script>", 415, "not_a_photo"),
        (b"\x00\x00\x00\x18ftypheic" + b"\x00" * 100, 415, "heic"),
        (photo()[:-500], 422, "broken_photo"),
    ],
    ids=["empty", "html", "gif", "polyglot", "heic", "truncated"],
)
def test_what_is_no_photo_is_refused_with_its_reason_and_leaves_nothing(
    login, report, app_client, content, status, reason
) -> None:
    before = files_below(app_client)
    refused = send_photo(login("grid_worker"), report, content)
    assert (refused.status_code, refused.json()["reason"]) == (status, reason)
    assert refused.headers["content-type"] == "application/problem+json"
    assert files_below(app_client) == before


@pytest.mark.parametrize(
    "fields",
    [
        {"client_id": LEFT_OUT},
        {"client_id": "7"},
        {"taken_at": "yesterday"},
        {"position": "{"},
        {"position": {"lon": 110.5, "lat": 40.5}},
        {"position": {"lon": 0, "lat": 0, "crs": "wgs84"}},
    ],
    ids=["no number", "no uuid", "no time", "no json", "no datum", "zero zero"],
)
def test_fields_that_are_wrong_are_named(login, report, fields) -> None:
    refused = send_photo(login("grid_worker"), report, **fields)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"]


def test_a_field_that_nobody_knows_is_refused(login, report) -> None:
    refused = send_photo(login("grid_worker"), report, nonsense="1")
    assert (refused.status_code, refused.json()["reason"]) == (422, "extra_forbidden")


def test_a_file_over_the_limit_is_refused_before_it_is_all_there(login, report) -> None:
    refused = send_photo(login("grid_worker"), report, b"\xff\xd8\xff" + b"\0" * 11_000_000)
    assert refused.status_code == 413
    assert refused.json()["limit_bytes"] > 10_000_000


def test_something_else_than_a_form_is_refused(login, report) -> None:
    worker = login("grid_worker")
    refused = worker.post(f"/v1/reports/{report}/photos", json={"client_id": str(uuid4())})
    assert refused.status_code == 415


def test_who_may_not_see_the_report_sees_none_of_its_photos(login, client, report) -> None:
    worker = login("grid_worker")
    far = str(store_report(client, position=inside(OTHER_TOWNSHIP_GRID))["id"])
    url = stored(send_photo(client, far))["url"]
    assert worker.get(url).status_code == 404
    assert worker.get(f"/v1/reports/{far}/photos").status_code == 404
    assert send_photo(worker, far).status_code == 404
    assert client.get(url).status_code == 200
    own = stored(send_photo(worker, report))["url"]
    for role in ("wall", "system_admin"):
        assert login(role).get(own).status_code == 403
        assert login(role).get(f"/v1/reports/{report}/photos").status_code == 403
    assert send_photo(login("leader"), report).status_code == 403


def test_nobody_sees_a_photo_without_a_login(login, report, anonymous) -> None:
    url = stored(send_photo(login("grid_worker"), report))["url"]
    assert anonymous.get(url).status_code == 401
    assert send_photo(anonymous, report).status_code == 401


def test_what_has_no_row_is_swept_and_what_has_one_stays(login, report, app_client) -> None:
    worker = login("grid_worker")
    url = stored(send_photo(worker, report))["url"]
    service = app_client.app.state.service
    root = service.settings.var_dir / "photos"
    orphan = root / "ab" / f"ab{str(uuid4())[2:]}.jpg"
    orphan.parent.mkdir(exist_ok=True)
    orphan.write_bytes(b"left by a process that died")
    assert sweep(service, datetime.now(UTC)) == 0
    assert sweep(service, datetime.now(UTC) + timedelta(hours=2)) == 1
    assert not orphan.exists()
    assert worker.get(url).status_code == 200
