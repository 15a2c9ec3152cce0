"""Check what the service says of itself: its description, its page, its problems."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from api.deps import COOKIE, Service
from api.problems import PROBLEMS
from api.settings import PROJECT_DIR

# Method and path of the contract, as far as they are built.
CONTRACT = {
    "/v1/sessions": {"post"},
    "/v1/sessions/current": {"get", "delete"},
    "/v1/password": {"post"},
    "/v1/accounts": {"get", "post"},
    "/v1/locate": {"get", "post"},
    "/v1/locate/batch": {"post"},
    "/v1/areas": {"get"},
    "/v1/areas/{code}": {"get"},
    "/v1/areas.geojson": {"get"},
    "/v1/reports": {"get", "post"},
    "/v1/reports/{report_id}": {"get"},
    "/v1/reports/{report_id}/events": {"get"},
    "/v1/reports/{report_id}/receipt": {"get"},
    "/v1/reports/{report_id}/position": {"patch"},
    "/v1/reports/{report_id}/steps": {"post"},
    "/v1/stream": {"get"},
    "/v1/categories": {"get"},
    "/v1/calendar": {"get"},
    "/v1/calendar/due": {"get"},
    "/v1/calendar/import": {"post"},
    "/v1/duty": {"get"},
    "/v1/desk/look": {"post"},
    "/v1/desk/queues": {"get"},
    "/v1/desk/queues/{key}": {"get"},
    "/v1/orgs": {"get", "post"},
    "/v1/people": {"get", "post"},
    "/v1/posts": {"get", "post"},
    "/v1/holders": {"get", "post"},
    "/v1/covers": {"get", "post"},
    "/v1/absences": {"get", "post"},
    "/v1/overrides": {"get", "post"},
    "/livez": {"get"},
    "/readyz": {"get"},
    "/metrics": {"get"},
}
LATER = (
    "/v1/figures",
    "/v1/find",
    "/report", "/track", "/find", "/wall",
)  # fmt: skip


@pytest.fixture(scope="module")
def described(anonymous: TestClient) -> dict[str, Any]:
    """Return the description that a stranger can read."""
    response = anonymous.get("/openapi.json")
    assert response.status_code == 200
    document: dict[str, Any] = response.json()
    return document


def test_the_description_holds_every_path_of_the_contract(described: dict[str, Any]) -> None:
    paths = described["paths"]
    for path, methods in CONTRACT.items():
        assert methods <= set(paths[path]), path


def test_every_operation_says_what_it_does(described: dict[str, Any]) -> None:
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            assert operation.get("description"), (method, path)


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for below in node.values():
            yield from _references(below)
    elif isinstance(node, list):
        for below in node:
            yield from _references(below)


def test_the_description_refers_to_nothing_that_is_not_in_it(described: dict[str, Any]) -> None:
    references = set(_references(described))
    assert len(references) > 20
    for reference in references:
        node: Any = described
        for part in reference.removeprefix("#/").split("/"):
            node = node[part]


STEPS = (
    "accept", "close", "triage", "confirm_grid", "direct_reply", "split", "route", "reassign",
    "withdraw", "arrive", "handle", "reply", "verify", "rate", "return", "pass_up", "summon",
    "urge", "supervise", "extend", "suspend", "resume", "grant", "refuse", "merge", "unmerge",
    "follow_up", "reopen", "void", "handoff",
)  # fmt: skip


def test_what_the_bodies_must_hold_is_described(described: dict[str, Any]) -> None:
    schemas = described["components"]["schemas"]
    assert set(schemas["PositionIn"]["required"]) == {"lon", "lat", "crs"}
    assert set(schemas["ReportIn"]["required"]) == {"channel", "text"}
    assert set(STEPS) <= set(schemas["StepIn"]["properties"]["step"]["enum"])
    answer = described["paths"]["/v1/reports"]["post"]["responses"]["201"]
    assert answer["content"]["application/json"]["schema"] == {
        "$ref": "#/components/schemas/ReportOut"
    }


def test_refusals_are_described_as_problems(described: dict[str, Any]) -> None:
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            for status, answer in operation["responses"].items():
                if not status.startswith("2"):
                    assert set(answer["content"]) == {"application/problem+json"}, (method, path)
            assert "default" in operation["responses"]
    problem = described["components"]["schemas"]["Problem"]
    assert set(problem["required"]) == {"type", "title", "status", "detail", "instance"}


def test_who_may_call_is_described(described: dict[str, Any]) -> None:
    paths = described["paths"]
    assert paths["/v1/accounts"]["get"]["x-roles"] == ["county_admin", "system_admin"]
    assert paths["/v1/accounts"]["get"]["security"] == [{"bearer": []}, {"cookie": []}]
    assert "security" not in paths["/v1/reports"]["post"]
    assert described["components"]["securitySchemes"]["cookie"]["name"] == COOKIE


def test_the_page_of_the_description_loads_from_us_alone(anonymous: TestClient) -> None:
    page = anonymous.get("/docs")
    assert page.status_code == 200
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(loaded) >= 3
    for address in loaded:
        assert address.startswith("/static/")
        assert anonymous.get(address).status_code == 200, address
    assert re.search(r"https?://", page.text) is None
    assert "http" not in page.headers["content-security-policy"]
    nonce = re.search(r'nonce="([^"]+)"', page.text)
    assert nonce is not None
    assert f"'nonce-{nonce[1]}'" in page.headers["content-security-policy"]


@pytest.mark.parametrize("path", LATER)
def test_what_no_step_has_brought_yet_is_absent(client: TestClient, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 404
    assert response.json()["type"] == "/problems/not-found"


def test_the_service_lives_and_is_ready(anonymous: TestClient) -> None:
    assert anonymous.get("/livez").json() == {"status": "ok"}
    ready = anonymous.get("/readyz")
    assert ready.status_code == 200
    assert ready.json()["status"] == "ok"


def test_metrics_are_not_for_strangers(anonymous: TestClient) -> None:
    # The test client's address is no loopback address.
    response = anonymous.get("/metrics")
    assert response.status_code == 403
    near = TestClient(anonymous.app, client=("127.0.0.1", 50_000))
    assert "process_cpu_seconds_total" in near.get("/metrics").text


def test_whoever_holds_the_token_reads_the_metrics_from_afar(
    anonymous: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    service: Service = anonymous.app.state.service  # type: ignore[attr-defined]
    changed = service.settings.model_copy(update={"metrics_token": SecretStr("key of a watcher")})
    monkeypatch.setattr(service, "settings", changed)
    for given, status in (("key of a watcher", 200), ("another key", 403)):
        answer = anonymous.get("/metrics", headers={"Authorization": f"Bearer {given}"})
        assert answer.status_code == status, answer.text


def test_every_problem_is_described_with_its_status_and_no_other_is() -> None:
    page = (PROJECT_DIR / "docs" / "problems.md").read_text("utf-8")
    sections = re.findall(r"^## ([a-z-]+)\n(\d{3})[.,]", page, re.MULTILINE)
    assert {slug: int(status) for slug, status in sections} == {
        slug: status for slug, (status, _) in PROBLEMS.items()
    }
    assert page.count("\n## ") == len(PROBLEMS)


def _slugs_raised() -> Iterator[str]:
    for module in sorted((PROJECT_DIR / "api").rglob("*.py")):
        for node in ast.walk(ast.parse(module.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id == "Problem"
                and isinstance(node.args[0], ast.Constant)
            ):
                yield str(node.args[0].value)


def test_every_problem_that_is_raised_stands_in_the_table() -> None:
    raised = set(_slugs_raised())
    assert len(raised) > 15
    assert raised <= set(PROBLEMS)
