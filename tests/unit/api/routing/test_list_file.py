"""Read the access list from tables of offices: dates, seasons, what is kept, what is refused."""

from __future__ import annotations

import io
from datetime import date

import pytest
from openpyxl import Workbook

from api.routing.access_list import AccessList, ItemKind, Season
from api.routing.list_file import read_list
from tests.unit.api.routing.reference import FIRST, at, reading, standard_items, standard_list

HEAD = "no,item,kind,applied_for_by,frequency_or_term"
FULL = f"{HEAD},categories,season,from,to"


def one(row: str, head: str = FULL, today: str = "2026-11-21") -> object:
    read = read_list(f"{head}\n{row}\n".encode(), reading(today=today))
    return read.items[0] if read.items else (read.errors[0].column, read.errors[0].reason)


def test_the_projects_own_list_names_every_matter_that_a_grid_takes_part_in() -> None:
    named = [code for item in standard_items() for code in item.categories]
    assert len(named) == len(set(named)) == 40
    assert {"jt03", "sc01", "zx01", "zx02", "zx03"}.isdisjoint(named)


def test_a_list_without_the_columns_of_matters_and_seasons_keeps_what_is_known_of_its_items() -> (
    None
):
    table = f"{HEAD}\nLS-01,冬季除雪组织,临时,综合执法局,11-01—次年03-31\n"
    kept = read_list(table.encode(), reading(standard_list())).items[0]
    assert kept.categories == ("cg09",)
    assert kept.seasons == (Season((11, 1), (3, 31)),)


@pytest.mark.parametrize(
    ("term", "stands", "ended"),
    [
        ("11-01—次年03-31", "2027-03-31", "2026-10-31"),
        ("20个工作日，到期自动退出", "2026-12-11", "2026-12-12"),
    ],
)
def test_the_term_of_a_temporary_item_is_read_in_the_words_of_offices(
    term: str, stands: str, ended: str
) -> None:
    item = one(f"LS-09,抽查,临时,统计局,{term}", head=HEAD)
    assert item.refusal(at(stands, "23:59")) is None  # type: ignore[attr-defined]
    assert item.refusal(at(ended)) is not None  # type: ignore[attr-defined]


def test_what_a_table_calls_left_is_over_since_its_last_day() -> None:
    item = one("LS-04,人口抽样调查入户协助,临时,统计局,10-15—11-15，已退出", head=HEAD)
    refusal = item.refusal(at("2026-11-21"))  # type: ignore[attr-defined]
    assert (refusal.reason, refusal.day) == ("ended", date(2026, 11, 15))
    assert "LS-04" in refusal.words
    assert "2026年11月15日" in refusal.words


def test_the_last_day_of_a_period_still_counts() -> None:
    item = one("LS-05,专项,临时,住建局,,cg03,,2026-11-01,2026-11-30")
    assert item.refusal(at("2026-11-30", "23:59")) is None  # type: ignore[attr-defined]
    assert item.refusal(at("2026-12-01", "00:00")).reason == "ended"  # type: ignore[attr-defined]
    assert item.refusal(at("2026-10-31", "23:59")).reason == "not_yet"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("LS-05,专项,临时,住建局,随时,cg03,,,", ("frequency_or_term", "no_end")),
        ("LS-05,专项,暂时,住建局,随时,cg03,,,", ("kind", "unknown_kind")),
        ("LS-05,专项,临时,住建局,,cg99,,,2026-12-01", ("categories", "unknown_category")),
        ("LS-05,专项,临时,住建局,,cg03,13-01~02-01,,", ("season", "bad_season")),
        ("LS-05,专项,临时,住建局,,cg03,02-30~03-01,,", ("season", "bad_season")),
        ("LS-05,专项,临时,住建局,,cg03,,2026-12-02,2026-12-01", ("to", "end_before_start")),
        ("LS-05,专项,临时,住建局,,cg03,,,2026-13-01", ("to", "bad_date")),
        (",专项,主责,住建局,,cg03,,,", ("no", "bad_text")),
        ("=A1,专项,主责,住建局,,cg03,,,", ("no", "formula")),
        ("LS 05,专项,主责,住建局,,cg03,,,", ("no", "bad_no")),
        (f"LS-05,{'长' * 101},主责,住建局,,cg03,,,", ("item", "bad_text")),
    ],
)
def test_a_faulty_row_is_refused_with_its_column(row: str, said: tuple[str, str]) -> None:
    assert one(row) == said


def test_a_number_that_comes_twice_is_refused_with_the_line_of_the_first() -> None:
    rows = "LS-05,专项,主责,,,cg03,,,\nLS-05,别的,主责,,,cg03,,,"
    (fault,) = read_list(f"{FULL}\n{rows}\n".encode(), reading()).errors
    assert (fault.line, fault.reason) == (3, "duplicate_no")
    assert "第2行" in fault.message


def test_a_workbook_with_the_headings_of_offices_is_read_the_same() -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["准入清单"])
    sheet.append(["编号", "事项", "类型", "申请单位", "频次或期限", "适用类别", "季节"])
    sheet.append(["ZR-20", "秋收看护", "协助", "农牧局", "随时", "nm01、nm02", "9月~11月"])
    raw = io.BytesIO()
    book.save(raw)
    (item,) = read_list(raw.getvalue(), reading()).items
    assert (item.kind, item.categories) == (ItemKind.ASSIST, ("nm01", "nm02"))
    assert item.seasons == (Season((9, 1), (11, 30)),)


def test_an_item_that_forbids_outweighs_one_that_allows() -> None:
    rows = "ZR-06,清理,主责,,,cg03,,,\nBD-07,不得,不得安排,,,cg03,,,"
    items = read_list(f"{FULL}\n{rows}\n".encode(), reading()).items
    standing = AccessList(1, FIRST, items).standing("cg03", at("2026-11-21"))
    assert standing.item is None
    assert standing.refusal is not None
    assert standing.refusal.reason == "forbidden"
