"""Compiled code of other sources is never used again, and a place for it is always found."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from geo import compiled_cache


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "geo"
    shutil.copytree(
        Path(compiled_cache.__file__).parent, folder, ignore=shutil.ignore_patterns("__pycache__")
    )
    monkeypatch.setattr(compiled_cache, "_HERE", folder)
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    return folder


def fresh_folder(asked_for: str = "") -> Path:
    compiled_cache.compiled_folder.cache_clear()
    return compiled_cache.compiled_folder(asked_for)


@pytest.fixture(autouse=True)
def forget() -> object:
    yield
    compiled_cache.compiled_folder.cache_clear()


@pytest.mark.parametrize(
    "module", ["locate/cells/predicates.py", "locate/cells/layout.py", "datum_formulas.py"]
)
def test_a_change_of_anything_that_is_compiled_begins_a_folder_of_its_own(
    sources: Path, module: str
) -> None:
    before = fresh_folder()
    compiled_cache.mark_warm("")
    assert compiled_cache.is_warm("")
    changed = sources / module
    changed.write_text(changed.read_text("utf-8") + "\n", "utf-8")
    assert fresh_folder() != before
    assert not compiled_cache.is_warm("")


def test_other_modules_may_change_without_compiling_anew(sources: Path) -> None:
    before = fresh_folder()
    (sources / "codes.py").write_text("# changed\n", "utf-8")
    assert fresh_folder() == before


def test_where_nothing_can_be_written_the_user_s_own_folder_is_taken(
    sources: Path, tmp_path: Path
) -> None:
    (sources / "__pycache__").write_text("no folder")
    assert fresh_folder().parent == tmp_path / "home" / ".cache" / "wangge"
    assert fresh_folder(str(tmp_path / "asked")).parent == tmp_path / "asked"
    (tmp_path / "home").rename(tmp_path / "gone")
    (tmp_path / "home").write_text("no folder")
    assert fresh_folder().is_dir()
