"""What ``wangge assign`` refuses before it opens anything."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli.main import app
from geo.errors import GeoError

LON_LAT = ("--lon", "lon", "--lat", "lat", "--crs", "wgs84")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--lon", "lon", "--crs", "wgs84"), "--lat"),
        ((*LON_LAT, "--geometry", "geom"), "--geometry"),
        ((*LON_LAT, "--zone", "+08:00"), "--at-column"),
        ((*LON_LAT, "--at-column", "when", "--zone", "8"), "+08:00"),
        ((*LON_LAT, "--at-column", "when", "--at", "2026-11-03T09:00:00+08:00"), "--at-column"),
        ((*LON_LAT, "--encoding", "latin1"), "gb18030"),
        (("--lon", "x", "--lat", "y", "--crs", "EPSG:4546", "--crs-column", "c"), "--crs-column"),
        ((*LON_LAT, "--block-rows", "0"), "--block-rows"),
    ],
)
def test_options_that_do_not_go_together_are_wrong_usage(
    tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    source = tmp_path / "in.csv"
    source.write_text("lon,lat\n110.5,40.5\n", "utf-8")
    asked = ["assign", str(source), "-o", str(tmp_path / "out.csv"), *arguments]
    outcome = CliRunner().invoke(app, asked, env={"COLUMNS": "200", "TERM": "dumb"})
    assert outcome.exit_code == 2
    assert words in outcome.output


def test_an_unknown_system_is_refused_with_the_list_of_those_known(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text("lon,lat\n110.5,40.5\n", "utf-8")
    asked = ["assign", str(source), "-o", "out.csv", "--lon", "a", "--lat", "b", "--crs", "wgs85"]
    outcome = CliRunner().invoke(app, asked)
    assert isinstance(outcome.exception, GeoError)
    assert "cgcs2000" in outcome.exception.message
