"""Commands refuse with a sentence and exit code 1, never with a traceback."""

from __future__ import annotations

import subprocess
import sys

import pytest

from api.settings import child_environment


@pytest.mark.parametrize(
    ("variables", "names"),
    [
        ({"WANGGE_PORT": "abc"}, "WANGGE_PORT"),
        ({"DATABASE_URL": "secret@@nonsense"}, "DATABASE_URL"),
    ],
)
def test_a_wrong_setting_is_named_and_not_repeated(variables: dict[str, str], names: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "api.cli.main", "locate", "110.5", "40.5", "--crs", "wgs84"],
        env=child_environment(**variables),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 1
    assert names.removeprefix("WANGGE_").lower() in ran.stderr.lower()
    assert "Traceback" not in ran.stderr
    assert all(value not in ran.stderr for value in variables.values())
