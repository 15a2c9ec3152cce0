"""``wangge import plan``: a survey's file becomes a draft in somebody's name, or nothing does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from api.cli import planning
from api.cli.refusal import Refused
from api.db import plan_store
from api.db.engine import SERVICE
from api.deps import Service
from api.service_parts import build_service
from geo.boundary_files.inspection import Request
from tests.conftest import FreshDatabase
from tests.http.test_imports import bent, file_of, present


@pytest.fixture
def parts(
    county_database: FreshDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Service]:
    parts = build_service(county_database.settings(tmp_path))

    @contextmanager
    def service() -> Iterator[Service]:
        yield parts

    monkeypatch.setattr(planning, "running_service", service)
    yield parts
    parts.database.close()


def order(author: str = "demo-county") -> planning.Order:
    return planning.Order(
        name="年度更新", author=author, border_snap_m=1.0, cross_parent=True, as_json=True
    )


def plans(parts: Service) -> list[str]:
    with parts.database.transaction(SERVICE) as connection:
        rows = plan_store.list_plans(connection, area="150221", after=None, limit=50)
        return [f"{row.name}/{row.author}/{row.state}/{row.revision}" for row in rows]


def test_a_survey_is_drafted_in_the_name_of_an_administrator(
    parts: Service, tmp_path: Path
) -> None:
    survey = tmp_path / "survey.geojson"
    survey.write_bytes(file_of(bent(present())))
    drafted = planning.draft(survey, Request(), order())
    assert (drafted["steps"], drafted["counts"]["retired"]) == (1, 0)
    assert drafted["counts"]["changed"] >= 2
    assert plans(parts) == ["年度更新/demo-county/draft/1"]


@pytest.mark.parametrize(
    ("author", "words"),
    [("nobody", "没有这个账号"), ("demo-dispatcher", "不能起草"), ("demo-county", "相同")],
)
def test_nothing_is_drafted_when_it_cannot_be(
    parts: Service, tmp_path: Path, author: str, words: str
) -> None:
    before = plans(parts)
    same = tmp_path / "same.geojson"
    same.write_bytes(file_of(present()))
    with pytest.raises(Refused, match=words):
        planning.draft(same, Request(), order(author))
    assert plans(parts) == before
