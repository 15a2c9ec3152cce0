"""What the command refuses it keeps: mended, the same file is taken in without an option."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.commands import on, run_here
from tests.conftest import FreshDatabase
from tests.store.rows import Direct, direct

HEADER = "channel,text,category,lon,lat,crs,reporter_phone,source_no"
GOOD = "walk_in,路灯不亮,cg01,110.52,40.55,cgcs2000,00001234567"
Rows = list[dict[str, str]]


@pytest.fixture
def looking(county_database: FreshDatabase) -> Iterator[Direct]:
    with direct(county_database.superuser_url) as connection:
        yield connection


def run(database: FreshDatabase, folder: Path, file: Path, *words: object) -> dict[str, Any]:
    database.settings(folder)  # makes the key file
    told = {**on(database), "WANGGE_VAR_DIR": str(folder)}
    ran = run_here("import", "reports", file, "--jobs", "1", "--json", *words, **told)
    answer: dict[str, Any] = json.loads(ran.stdout)
    return answer


def refused_of(path: Path) -> Rows:
    return list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))


def write(path: Path, rows: Rows) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_a_refused_file_is_mended_and_taken_in_as_it_is(
    county_database: FreshDatabase, tmp_path: Path, looking: Direct
) -> None:
    file, refused = tmp_path / "orders.csv", tmp_path / "refused.csv"
    wrong, cut = GOOD.replace("cg01", "none"), "walk_in,-路灯不亮,cg01,110.5"
    shifted = GOOD.replace("路灯不亮", "路灯,不亮")
    lines = (HEADER, f"{GOOD},RR1", f"{wrong},RR2", cut, f"{shifted},RR4")
    file.write_text("\n".join(lines), "utf-8")
    answer = run(county_database, tmp_path, file, "--refused", refused)
    assert (answer["taken"], answer["refused"]) == (1, 3)

    rows = refused_of(refused)
    assert [row["line"] for row in rows] == ["3", "4", "5"]
    # Nothing of any of them is lost, and what is whole stands in its columns alone.
    assert [row["refused_row"] for row in rows] == ["", cut, f"{shifted},RR4"]
    assert ["refused_row" in row["reason"] for row in rows] == [False, True, True]
    assert [row["text"] for row in rows] == ["路灯不亮", "'-路灯不亮", "路灯"]
    assert (rows[0]["source_no"], rows[1]["lon"]) == ("RR2", "110.5")

    # As it stands nothing of it is taken: a row that was cut is nobody's report yet.
    untouched = run(county_database, tmp_path, refused)
    assert (untouched["taken"], untouched["refused"]) == (0, 3)
    assert [error["reason"] for error in untouched["errors"][1:]] == ["not_mended"] * 2

    whole = dict(zip(HEADER.split(","), GOOD.split(","), strict=False))
    for row, number in zip(rows, ("RR2", "RR3", "RR4"), strict=True):
        row |= {**whole, "text": row["text"], "source_no": number, "refused_row": ""}
    again = run(county_database, tmp_path, write(refused, rows))
    assert (again["taken"], again["refused"], again["stopped"]) == (3, 0, None)
    stored = looking.execute(
        "SELECT source_no, text FROM reports WHERE source_no LIKE 'RR%' ORDER BY source_no"
    ).fetchall()
    assert stored[1:3] == [("RR2", "路灯不亮"), ("RR3", "-路灯不亮")]


def test_bodies_that_are_refused_become_rows_that_can_be_mended(
    county_database: FreshDatabase, tmp_path: Path, looking: Direct
) -> None:
    file, refused = tmp_path / "orders.jsonl", tmp_path / "refused.csv"
    place = {"lon": -110.52, "lat": 40.55, "crs": "wgs84", "accuracy_m": 5}
    body = {
        "channel": "app", "text": "井盖松动", "category": "none", "position": place,
        "reporter": {"name": "甲", "phone": "00001234567"}, "round": 2, "source_no": "RB1",
    }  # fmt: skip
    odd = {**body, "source_no": "RB2", "colour": "红"}
    broken = '{"channel": "app", "text": "井盖'
    lines = [json.dumps(body), json.dumps(odd), broken]
    file.write_text("\n".join(lines), "utf-8")
    assert run(county_database, tmp_path, file, "--refused", refused)["refused"] == 3

    rows = refused_of(refused)
    assert rows[0] | {"line": "", "reason": ""} == {
        **dict.fromkeys(rows[0], ""),
        "channel": "app", "text": "井盖松动", "category": "none", "lon": "'-110.52",
        "lat": "40.55", "crs": "wgs84", "accuracy_m": "5", "reporter_name": "甲",
        "reporter_phone": "00001234567", "round": "2", "source_no": "RB1",
    }  # fmt: skip
    assert json.loads(rows[1]["refused_row"]) == odd
    assert rows[2]["refused_row"] == broken

    mended = [{**row, "category": "cg01", "refused_row": ""} for row in rows[:2]]
    assert run(county_database, tmp_path, write(refused, mended))["taken"] == 2
    found = looking.execute("SELECT round FROM reports WHERE source_no = 'RB1'").fetchone()
    assert found is not None
    assert found[0] == 2
