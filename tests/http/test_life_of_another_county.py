"""A county's own template goes for every step, also where it has fewer response levels."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from tests.conftest import FreshDatabase
from tests.http.demo_county import new_key, store_report

TEMPLATE = """
based_on = "tumed_right"
name = "no_urgent"
title = "没有紧急一级的旗"
version = 1

[responses]
urgent = false
"""
URGENT = "cg02"


@pytest.fixture(scope="module")
def dispatcher(
    county_database: FreshDatabase, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    """A dispatcher of a county that knows no urgent matters."""
    directory = tmp_path_factory.mktemp("life") / "life"
    shutil.copytree(Settings.model_fields["life_dir"].default, directory)
    (directory / "no_urgent.toml").write_text(TEMPLATE, encoding="utf-8")
    settings = county_database.settings(tmp_path_factory.mktemp("var"))
    changed = {"life_dir": directory, "life_template": "no_urgent"}
    account = county_database.credentials["dispatcher"]
    login = {"username": account["username"], "password": account["password"]}
    with TestClient(create_app(settings.model_copy(update=changed))) as client:
        token = client.post("/v1/sessions", json=login).json()["token"]
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


def test_a_category_of_a_level_that_the_county_lacks_takes_its_default_one(
    dispatcher: TestClient,
) -> None:
    taken_in = store_report(dispatcher, category=URGENT)
    found = store_report(dispatcher)
    steps = f"/v1/reports/{found['id']}/steps"
    triaged = dispatcher.post(steps, json={"step": "triage", "category": URGENT})
    assert triaged.status_code == 200, triaged.text
    parts = [{"text": "另有井盖缺失", "category": URGENT}]
    split = dispatcher.post(
        steps, json={"step": "split", "parts": parts}, headers={"Idempotency-Key": new_key()}
    )
    assert split.status_code == 200, split.text
    part = dispatcher.get(f"/v1/reports/{split.json()['parts'][0]}").json()
    for report in (taken_in, triaged.json(), part):
        assert (report["category"], report["response"]) == (URGENT, "instant")
    words = dispatcher.get("/v1/categories").json()["items"]
    assert next(one["response"] for one in words if one["code"] == URGENT) == "instant"
