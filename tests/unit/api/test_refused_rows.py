"""Check who may read the rows that an import refused: they name reporters."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from api.cli.import_reports import _refused_file


@pytest.mark.parametrize("was_there", [True, False])
def test_refused_rows_are_for_their_owner_alone(tmp_path: Path, was_there: bool) -> None:
    path = tmp_path / "refused.csv"
    if was_there:
        path.write_text("of before")
        path.chmod(0o644)
    with _refused_file(path):
        pass
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "of before" not in path.read_text("utf-8-sig")
