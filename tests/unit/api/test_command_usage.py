"""Check what commands refuse before they look for a database: wrong usage ends with 2."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from api.cli.main import app
from api.cli.refusal import Refused


@pytest.mark.parametrize(
    "arguments",
    [
        ["locate"],
        ["locate", "110.5", "--crs", "wgs84"],
        ["locate", "110.5", "40.5"],
        ["locate", "--address", " "],
        ["locate", "--address", "振华社区", "--crs", "wgs84"],
        ["locate", "--adress", "振华社区"],
        ["import"],
        ["import", "places"],
        ["import", "places", "no/such/file.csv"],
    ],
)
def test_wrong_usage_ends_with_two(arguments: list[str]) -> None:
    assert CliRunner().invoke(app, arguments).exit_code == 2


@pytest.mark.parametrize("text", ["磴" * 2001, "磴口\x07村", "磴口\udcff"])
def test_an_address_that_is_too_long_or_holds_control_characters_is_refused(text: str) -> None:
    ran = CliRunner().invoke(app, ["locate", "--address", text])
    assert isinstance(ran.exception, Refused)
