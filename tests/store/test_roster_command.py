"""``wangge export roster`` writes what ``wangge import roster`` takes, from an office's shell."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli.main import app
from api.settings import get_settings
from tests.conftest import FreshDatabase

COMMUNITY = "150221104001"


@pytest.fixture(autouse=True)
def named_database(
    county_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    monkeypatch.setenv("DATABASE_URL", county_database.owner_url)
    monkeypatch.setenv("WANGGE_APP_DATABASE_URL", county_database.app_url)
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


def test_the_whole_roster_goes_out_and_comes_in_unchanged(tmp_path: Path) -> None:
    file = tmp_path / "roster.xlsx"
    out = CliRunner().invoke(app, ["export", "roster", "-o", str(file)])
    assert (out.exit_code, "行" in out.output) == (0, True), out.output
    back = CliRunner().invoke(app, ["import", "roster", str(file), "--dry-run", "--json"])
    assert back.exit_code == 0, back.output
    answer = json.loads(back.output)
    assert answer["rows"] == answer["unchanged"] > 2_000
    assert answer["errors"] == []
    assert answer["imported"] is False


def test_a_bad_row_ends_with_1_and_its_line_and_a_good_file_with_0(tmp_path: Path) -> None:
    bad, good = tmp_path / "bad.csv", tmp_path / "good.csv"
    bad.write_text("工号,姓名,所在区域编码\nC1,甲,150221999\n", "utf-8")
    good.write_text(f"工号,姓名,所在区域编码\nC1,甲,{COMMUNITY}\n", "utf-8")
    refused = CliRunner().invoke(app, ["import", "roster", str(bad)])
    assert refused.exit_code == 1
    assert "第2行“所在区域编码”：没有这个编码的区域。" in refused.output
    taken = CliRunner().invoke(app, ["import", "roster", str(good)])
    assert (taken.exit_code, "已导入：新增人员1名" in taken.output) == (0, True), taken.output
    again = CliRunner().invoke(app, ["import", "roster", str(good), "--dry-run"])
    assert "新增人员0名" in again.output


def test_the_template_is_written(tmp_path: Path) -> None:
    file = tmp_path / "template.xlsx"
    assert (
        CliRunner().invoke(app, ["export", "roster", "--template", "-o", str(file)]).exit_code == 0
    )
    assert file.read_bytes().startswith(b"PK")
