"""Run the example of the library's page as it stands there."""

from __future__ import annotations

import re

import pytest

from api.settings import PROJECT_DIR

PAGE = PROJECT_DIR / "docs" / "how-to" / "use-the-library.md"


def test_the_example_of_the_library_runs_and_names_the_grid(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = PAGE.read_text("utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    promised = re.search(r"then `(.+?)` and the reasons", page)
    monkeypatch.chdir(PROJECT_DIR)
    exec(compile(example, str(PAGE), "exec"), {})
    printed = capsys.readouterr().out.splitlines()
    assert promised is not None
    assert printed[0] == promised[1]
    assert any("GCJ-02" in line for line in printed[1:])
