"""Commands refuse with a sentence and exit code 1, never with a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands import run_apart, run_here


@pytest.mark.parametrize(
    ("variables", "names"),
    [
        ({"WANGGE_PORT": "abc"}, "WANGGE_PORT"),
        ({"DATABASE_URL": "secret@@nonsense"}, "DATABASE_URL"),
    ],
)
def test_a_wrong_setting_is_named_and_not_repeated(variables: dict[str, str], names: str) -> None:
    ran = run_here("locate", "110.5", "40.5", "--crs", "wgs84", **variables)
    assert ran.returncode == 1
    assert names.removeprefix("WANGGE_").lower() in ran.stderr.lower()
    assert "Traceback" not in ran.stderr
    assert all(value not in ran.stderr for value in variables.values())


def test_a_service_with_a_faulty_template_does_not_start_and_names_every_fault(
    tmp_path: Path,
) -> None:
    (tmp_path / "my_county.toml").write_text('name = "my_county"\nversion = "one"\nstages = 3\n')
    variables = {"WANGGE_LIFE_DIR": str(tmp_path), "WANGGE_LIFE_TEMPLATE": "my_county"}
    ran = run_apart("serve", **variables, WANGGE_VAR_DIR=str(tmp_path / "var"))
    assert ran.returncode == 1
    assert all(place in ran.stderr for place in ("my_county.toml", "version", "stages"))
    assert "Traceback" not in ran.stderr
    assert not (tmp_path / "var").exists()
