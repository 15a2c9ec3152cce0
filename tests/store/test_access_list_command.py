"""``wangge import access-list`` loads a county's list from an office's shell."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli.main import app
from api.knowledge import Keeper
from api.settings import get_settings
from tests.conftest import FreshDatabase

HEAD = "编号,事项,类型,申请单位,频次或期限,适用类别,季节,截止日期\n"
GOOD = f"{HEAD}ZR-01,巡查,主责,,每日,cg03、cg07,,\nLS-01,除雪,临时,,,cg09,11-01~03-31,\n"


@pytest.fixture(autouse=True)
def named_database(
    county_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    monkeypatch.setenv("DATABASE_URL", county_database.owner_url)
    monkeypatch.setenv("WANGGE_APP_DATABASE_URL", county_database.app_url)
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


def imported(file: Path, *more: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["import", "access-list", str(file), *more])
    return done.exit_code, done.output


def versions(database: FreshDatabase) -> list[int]:
    serving = database.serving()
    try:
        return [one.version for one in Keeper(serving).current().access_lists]
    finally:
        serving.close()


def test_a_list_is_tried_then_loaded_whole_or_not_at_all(
    tmp_path: Path, county_database: FreshDatabase
) -> None:
    bad, good = tmp_path / "bad.csv", tmp_path / "good.csv"
    bad.write_text(f"{GOOD}LS-02,专项,临时,,随时,cg03,,\n", "utf-8")
    good.write_text(GOOD, "gb18030")
    before = versions(county_database)
    code, said = imported(bad)
    assert (code, "第4行" in said, "没有导入：1处有误" in said) == (1, True, True), said
    code, said = imported(good, "--dry-run", "--json")
    assert code == 0, said
    answer = json.loads(said)
    assert (answer["items"], answer["version"], answer["errors"]) == (2, None, [])
    assert versions(county_database) == before
    code, said = imported(good)
    assert (code, "已导入准入清单" in said) == (0, True), said
    assert len(versions(county_database)) == len(before) + 1
    assert "没有变化" in imported(good)[1]
