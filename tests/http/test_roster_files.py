"""Check the roster in and out as a workbook: round trip, dry run, row errors, hostile files."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import httpx2 as httpx
import openpyxl
import pytest
from fastapi.testclient import TestClient

from tests.http.conftest import Login
from tests.http.demo_county import (
    COMMUNITY,
    OTHER_TOWNSHIP_GRID,
    TOWNSHIP,
    WORKER_GRID,
    refused,
)
from tests.http.roster_actions import hire, holder_of, on_duty, post_of

HEAD = ["工号", "姓名", "电话", "所在区域编码", "岗位所在编码", "岗位", "席位", "任职开始",
        "任职结束", "B角工号"]  # fmt: skip


def workbook(*rows: Sequence[Any], head: Sequence[str] = HEAD) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (head, *rows):
        sheet.append(list(row))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def send(client: httpx.Client, raw: bytes, *, dry_run: bool = False) -> httpx.Response:
    return client.post(
        "/v1/roster/import",
        params={"dry_run": str(dry_run).lower()},
        files={"file": ("roster.xlsx", raw)},
    )


@pytest.fixture(scope="module")
def admin(login: Login) -> TestClient:
    return login("county_admin")


def people_count(client: httpx.Client) -> int:
    found = 0
    cursor = None
    while True:
        page = client.get(
            "/v1/people", params={"limit": 500, **({"cursor": cursor} if cursor else {})}
        )
        found += len(page.json()["items"])
        cursor = page.json()["next"]
        if cursor is None:
            return found


def test_what_is_exported_is_imported_again_without_a_change(admin: TestClient) -> None:
    exported = admin.get("/v1/roster.xlsx", params={"area": TOWNSHIP})
    assert exported.status_code == 200
    answer = send(admin, exported.content, dry_run=True).json()
    assert answer["errors"] == []
    assert answer["rows"] == answer["unchanged"] > 300
    changes = ("people_added", "people_changed", "posts_added", "terms_added", "terms_ended")
    assert {name: answer[name] for name in changes} == dict.fromkeys(changes, 0)


def test_a_file_adds_a_person_and_takes_over_a_seat_at_once(admin: TestClient) -> None:
    post = post_of(admin, WORKER_GRID, "grid_lead")["id"]
    before = holder_of(admin, post)
    raw = workbook(["N-1", "新网格长", 13812345678, COMMUNITY, WORKER_GRID, "网格长"])
    looked = send(admin, raw, dry_run=True).json()
    assert (looked["people_added"], looked["terms_ended"], looked["imported"]) == (1, 1, False)
    assert holder_of(admin, post)["id"] == before["id"]
    done = send(admin, raw)
    assert done.status_code == 200, done.text
    now = holder_of(admin, post)
    assert (now["person_name"], now["person_number"]) == ("新网格长", "N-1")
    found = admin.get("/v1/people", params={"q": "N-1"}).json()["items"]
    # A phone that Excel took for a number is a text of the same digits.
    assert found[0]["phone"] == "13812345678"
    assert send(admin, raw, dry_run=True).json()["unchanged"] == 1
    ended = admin.get("/v1/holders", params={"post": post}).json()["items"]
    assert {term["person_name"]: term["to"] is None for term in ended} == {
        "新网格长": True,
        before["person_name"]: False,
    }


def test_a_b_role_of_the_file_covers(admin: TestClient) -> None:
    worker = post_of(admin, "150221104001005", "full_time_grid_worker")["id"]
    holder = holder_of(admin, worker)
    row = [holder["person_number"], holder["person_name"], "", "150221104001005"]
    raw = workbook(
        ["N-20", "乙角", "", COMMUNITY],
        [*row, "150221104001005", "专职网格员", "", "", "", "N-20"],
    )
    assert send(admin, raw).status_code == 200
    covers = admin.get("/v1/covers", params={"post": worker}).json()["items"]
    assert [cover["person_name"] for cover in covers] == ["乙角"]


BAD_ROWS: list[tuple[list[Any], str, str]] = [
    (["", "甲", "", COMMUNITY], "工号", "missing"),
    (["K 1", "甲", "", COMMUNITY], "工号", "bad_number"),
    (["K1", "", "", COMMUNITY], "姓名", "missing"),
    (["K1", "甲", "不详", COMMUNITY], "电话", "bad_phone"),
    (["K1", "甲", "", "150221999"], "所在区域编码", "unknown_area"),
    (["K1", "甲", "", "萨拉齐"], "所在区域编码", "bad_code"),
    (["K1", "甲", "", COMMUNITY, WORKER_GRID], "岗位", "missing"),
    (["K1", "甲", "", COMMUNITY, "", "网格长"], "岗位所在编码", "missing"),
    (["K1", "甲", "", COMMUNITY, WORKER_GRID, "国王"], "岗位", "unknown_role"),
    (["K1", "甲", "", COMMUNITY, WORKER_GRID, "网格长", 7], "席位", "seat_out_of_range"),
    (["K1", "甲", "", COMMUNITY, WORKER_GRID, "网格长", "", "明天"], "任职开始", "bad_date"),
    (
        ["K1", "甲", "", COMMUNITY, WORKER_GRID, "网格长", "", "2026-12-02", "2026-12-01"],
        "任职结束", "end_before_start",
    ),
    (
        ["K1", "甲", "", COMMUNITY, WORKER_GRID, "网格长", "", "", "", "无此人"],
        "B角工号", "bad_number",
    ),
    (["K1", "甲", "", COMMUNITY, WORKER_GRID, "网格长", "", "", "", "Z9"], "B角工号",
     "unknown_person"),
    (["K1", "=1+1", "", COMMUNITY], "姓名", "formula"),
    (["K1", "甲", "", COMMUNITY, "", "", "", "", "", "", "多出"], "第11列", "no_such_column"),
]  # fmt: skip


@pytest.mark.parametrize(("row", "column", "reason"), BAD_ROWS, ids=lambda value: str(value)[:40])
def test_a_bad_row_is_told_with_line_column_and_reason_and_nothing_is_stored(
    admin: TestClient, row: list[Any], column: str, reason: str
) -> None:
    before = people_count(admin)
    raw = workbook(["GOOD-1", "好人", "", COMMUNITY], row)
    problem = refused(send(admin, raw), 422, "invalid-input")
    assert problem["reason"] == "row_errors"
    faults = [(f["line"], f["column"], f["reason"]) for f in problem["errors"]]
    assert (3, column, reason) in faults
    assert all(f["message"] for f in problem["errors"])
    assert people_count(admin) == before


def test_one_number_is_one_person(admin: TestClient) -> None:
    raw = workbook(["Q1", "甲", "", COMMUNITY], ["Q1", "乙", "", COMMUNITY])
    problem = refused(send(admin, raw), 422, "invalid-input")
    assert [(f["line"], f["reason"]) for f in problem["errors"]] == [(3, "contradicts")]


def test_two_rows_do_not_take_one_seat(admin: TestClient) -> None:
    row = [COMMUNITY, WORKER_GRID, "网格长"]
    raw = workbook(["Q2", "甲", "", *row], ["Q3", "乙", "", *row])
    problem = refused(send(admin, raw), 422, "invalid-input")
    assert [(f["line"], f["reason"]) for f in problem["errors"]] == [(3, "no_free_seat")]


def test_an_administrator_imports_the_own_area_alone(login: Login, admin: TestClient) -> None:
    client = login("community_admin")
    elsewhere = workbook(["Q5", "甲", "", OTHER_TOWNSHIP_GRID])
    problem = refused(send(client, elsewhere), 422, "invalid-input")
    assert problem["errors"][0]["reason"] == "forbidden"
    foreign = hire(admin, "外区人", area=OTHER_TOWNSHIP_GRID, number="F-1")
    taken = workbook([foreign["number"], "冒名", "", COMMUNITY])
    problem = refused(send(client, taken), 422, "invalid-input")
    assert problem["errors"][0]["reason"] == "number_taken"
    assert on_duty(admin, WORKER_GRID)["worker"] is not None
    refused(client.get("/v1/roster.xlsx", params={"area": TOWNSHIP}), 403, "forbidden")
    refused(send(login("dispatcher"), elsewhere), 403, "forbidden")


def bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * (200 * 1024 * 1024))
    return file.getvalue()


def with_entities() -> bytes:
    source = zipfile.ZipFile(io.BytesIO(workbook(["Q6", "甲", "", COMMUNITY])))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for entry in source.infolist():
            content = source.read(entry)
            if entry.filename == "xl/worksheets/sheet1.xml":
                laugh = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
                content = laugh + content.split(b"?>")[-1]
            archive.writestr(entry, content)
    return file.getvalue()


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "no_header"),
        (b"PK\x03\x04 not a zip", "bad_workbook"),
        (b"\xd0\xcf\x11\xe0 old excel", "old_format"),
        (b"\x00\x01\x02\xff\xfe", "bad_encoding"),
        (workbook(["x"], head=["姓名"]), "missing_columns"),
        (workbook(["x"], head=[*HEAD, "身份证号"]), "unknown_columns"),
        (workbook(["x"], head=["随便"]), "no_header"),
    ],
)
def test_what_is_no_roster_is_refused_with_its_reason(
    admin: TestClient, raw: bytes, reason: str
) -> None:
    assert refused(send(admin, raw), 422, "invalid-input")["reason"] == reason


def test_a_bomb_and_entities_are_refused_and_never_unpacked(admin: TestClient) -> None:
    started = time.process_time()
    assert refused(send(admin, bomb()), 422, "invalid-input")["reason"] == "zip_bomb"
    entities = refused(send(admin, with_entities()), 422, "invalid-input")
    assert entities["reason"] == "bad_workbook"
    assert time.process_time() - started < 5


def test_a_million_empty_rows_end_quickly(admin: TestClient) -> None:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("花名册")
    sheet.append(HEAD)
    sheet.append(["E1", "甲", "", COMMUNITY])
    for _ in range(200_000):
        sheet.append([])
    file = io.BytesIO()
    book.save(file)
    started = time.process_time()
    problem = refused(send(admin, file.getvalue()), 422, "invalid-input")
    assert problem["reason"] == "too_many_empty_rows"
    assert time.process_time() - started < 10


def test_a_title_above_the_header_and_a_csv_are_read(admin: TestClient) -> None:
    titled = workbook(HEAD, ["T1", "甲", "", COMMUNITY], head=["某镇花名册"])
    assert send(admin, titled, dry_run=True).json()["people_added"] == 1
    csv = "工号,姓名,所在区域编码\nT2,乙," + COMMUNITY
    for encoding in ("utf-8-sig", "gb18030"):
        assert send(admin, csv.encode(encoding), dry_run=True).json()["people_added"] == 1


def test_a_date_that_excel_knows_as_one_is_a_date(admin: TestClient) -> None:
    row = ["D1", "甲", "", COMMUNITY, "150221104001006", "楼栋长", "", datetime(2030, 1, 2)]  # noqa: DTZ001 - Excel knows no zones
    assert send(admin, workbook(row)).status_code == 200
    post = post_of(admin, "150221104001006", "building_lead")["id"]
    holders = admin.get("/v1/holders", params={"post": post}).json()["items"]
    assert holders[0]["from"] == "2030-01-02T00:00:00+08:00"


def test_the_template_is_taken_once_it_is_filled_in(admin: TestClient) -> None:
    template = admin.get("/v1/roster/template.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(template.content))
    sheet = book["花名册"]
    for column, value in enumerate(["P1", "甲", "00000000001", COMMUNITY], start=1):
        sheet.cell(2, column, value)
    file = io.BytesIO()
    book.save(file)
    assert send(admin, file.getvalue(), dry_run=True).json()["people_added"] == 1


def test_no_cell_of_the_export_is_computed(admin: TestClient) -> None:
    hire(admin, "=HYPERLINK(1)", number="X-1")
    exported = admin.get("/v1/roster.xlsx", params={"area": COMMUNITY}).content
    sheet = openpyxl.load_workbook(io.BytesIO(exported)).active
    assert sheet is not None
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert "=HYPERLINK(1)" in [cell.value for cell in cells]
    assert {cell.data_type for cell in cells if cell.value is not None} == {"s"}


def test_a_table_may_be_as_large_as_an_import(admin: TestClient) -> None:
    blank = ",".join(HEAD).encode() + b"\n" * (17 << 20)
    tried = send(admin, blank, dry_run=True)
    assert (tried.status_code, tried.json()["rows"]) == (200, 0)
    too_large = send(admin, b"\n" * ((64 << 20) + 1), dry_run=True)
    refused(too_large, 413, "body-too-large")
