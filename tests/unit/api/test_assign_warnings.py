"""What ``wangge assign`` doubts about an input is told at the end, beside the answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.assigning.boundaries import Boundaries
from api.cli.main import app
from tests.unit.geo.assign.files import coverages


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_a_csv_without_its_last_line_end_is_warned_of_once_on_standard_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: tuple[str, ...]
) -> None:
    monkeypatch.setattr("api.cli.assign._boundaries", lambda *_, **__: Boundaries(coverages(), {}))
    source, out = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("lon,lat\n110.5,40.5\n110.5,40.5", "utf-8")
    asked = ["assign", str(source), "-o", str(out), "--lon", "lon", "--lat", "lat"]
    outcome = CliRunner().invoke(app, [*asked, "--crs", "cgcs2000", *more])
    assert outcome.exit_code == 0
    assert outcome.stderr.count("没有换行符") == 1
    assert "没有换行符" not in outcome.stdout + out.read_text("utf-8")
    if more:
        assert json.loads(outcome.stdout)["rows"] == 2
