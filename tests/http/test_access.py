"""Check who may call what: the table of roles, and the rows each may see."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.testclient import TestClient

from api.accounts.roles import Role
from api.deps import Access
from tests.http.conftest import Login
from tests.http.demo_county import (
    COMMUNITY,
    COUNTY,
    WORKER_GRID,
    inside,
    refused,
    send_report,
    store_report,
)

NO_ID = "00000000-0000-4000-8000-000000000000"
SYSTEM, COUNTY_ADMIN = Role.SYSTEM_ADMIN, Role.COUNTY_ADMIN
OFFICE = {
    Role.COUNTY_ADMIN,
    Role.TOWNSHIP_ADMIN,
    Role.COMMUNITY_ADMIN,
    Role.DISPATCHER,
    Role.SHIFT_LEAD,
}
READERS = set(Role) - {SYSTEM}
STEPPERS = OFFICE | {Role.GRID_WORKER, Role.DEPARTMENT}
ADMINS = {SYSTEM, COUNTY_ADMIN}
PLANNERS = {COUNTY_ADMIN, Role.TOWNSHIP_ADMIN, Role.COMMUNITY_ADMIN}


def accesses(dependant: Dependant) -> Iterator[Access]:
    """Yield what a route and its dependencies declare."""
    if isinstance(dependant.call, Access):
        yield dependant.call
    for below in dependant.dependencies:
        yield from accesses(below)


def declared(app: FastAPI) -> dict[tuple[str, str], list[Access]]:
    """Return the declarations of every operation, those of included routers too."""
    found: dict[tuple[str, str], list[Access]] = {}
    for context in iter_route_contexts(app.routes):
        # Mounted files and the framework's own openapi.json take no dependency.
        if isinstance(context.original_route, APIRoute) and context.dependant is not None:
            for method in context.methods or ():
                found[method, str(context.path)] = list(accesses(context.dependant))
    return found


def test_every_route_declares_exactly_once_who_may_call(app_client: TestClient) -> None:
    routes = declared(app_client.app)  # type: ignore[arg-type]
    assert len(routes) > 35
    assert {name: len(found) for name, found in routes.items() if len(found) != 1} == {}


def test_the_walk_over_the_routes_finds_one_that_declares_nothing() -> None:
    forgetful, outer, app = APIRouter(), APIRouter(), FastAPI()
    forgetful.add_api_route("/forgotten", lambda: None)
    outer.include_router(forgetful, prefix="/deep")
    app.include_router(outer, prefix="/v1")
    assert declared(app) == {("GET", "/v1/deep/forgotten"): []}


def test_only_these_routes_are_open_to_everybody(app_client: TestClient) -> None:
    routes = declared(app_client.app)  # type: ignore[arg-type]
    public = {name for name, found in routes.items() if found[0].roles is None}
    # Pages send a stranger to /login themselves; /metrics asks for loopback or a token.
    assert public == {
        ("POST", "/v1/sessions"), ("POST", "/v1/reports"), ("GET", "/livez"), ("GET", "/readyz"),
        ("GET", "/metrics"), ("GET", "/docs"), ("GET", "/enter"), ("GET", "/"), ("GET", "/login"),
        ("POST", "/login"), ("POST", "/logout"), ("GET", "/map"), ("GET", "/password"),
        ("GET", "/accounts"), ("GET", "/audit"), ("GET", "/edit"), ("GET", "/import"),
        ("GET", "/duty"), ("GET", "/desk"), ("GET", "/access-list"), ("GET", "/m"),
        ("GET", "/m/worker.js"), ("GET", "/places"),
    }  # fmt: skip


def test_a_stranger_gets_401_on_every_other_route(
    app_client: TestClient, anonymous: TestClient
) -> None:
    routes = declared(app_client.app)  # type: ignore[arg-type]
    for (method, path), found in routes.items():
        if found[0].roles is not None:
            address = re.sub(r"\{\w+_id\}", NO_ID, path).replace("{code}", COUNTY)
            body: dict[str, Any] = {} if method == "GET" else {"json": {}}
            response = anonymous.request(method, address, **body)
            refused(response, 401, "unauthenticated")
            assert response.headers["www-authenticate"] == "Bearer"


def test_pages_send_a_stranger_to_the_login_and_back(anonymous: TestClient) -> None:
    for page in ("/map", "/password", "/accounts", "/audit", "/edit", "/duty", "/desk"):
        response = anonymous.get(f"{page}?a=1", follow_redirects=False)
        assert response.status_code == 303
        assert response.headers["location"] == f"/login?next={page}%3Fa%3D1"


@pytest.fixture(scope="module")
def seen_by_all(login: Login) -> dict[str, Any]:
    """A hotline report in the grid of the demo worker: in the scope of every role that has one."""
    report = store_report(login("integration"), channel="hotline_12345")
    assert report["grid"]["code"] == WORKER_GRID
    return report


Call = Callable[[TestClient, str], Any]
POSITION = inside(WORKER_GRID)
MATRIX: dict[str, tuple[set[Role], Call]] = {
    "list reports": (READERS, lambda c, i: c.get("/v1/reports")),
    "read a report": (READERS, lambda c, i: c.get(f"/v1/reports/{i}")),
    "read events": (READERS - {Role.WALL}, lambda c, i: c.get(f"/v1/reports/{i}/events")),
    "read the receipt": (READERS - {Role.WALL}, lambda c, i: c.get(f"/v1/reports/{i}/receipt")),
    "replay the receipt": (
        READERS - {Role.WALL},
        lambda c, i: c.get(f"/v1/reports/{i}/receipt/replay"),
    ),
    "see who is on duty": (
        OFFICE | {Role.LEADER, Role.GRID_WORKER},
        lambda c, i: c.get("/v1/duty", params={"grid": WORKER_GRID}),
    ),
    "read the roster": (OFFICE | {Role.LEADER, Role.GRID_WORKER}, lambda c, i: c.get("/v1/people")),
    "keep the roster": (PLANNERS, lambda c, i: c.post("/v1/absences", json={})),
    "take the roster along": (PLANNERS, lambda c, i: c.get("/v1/roster/template.xlsx")),
    "count reports": (READERS, lambda c, i: c.get("/v1/overview/counts")),
    "see points": (READERS, lambda c, i: c.get("/v1/overview/points")),
    "create a report": (
        OFFICE | {Role.GRID_WORKER, Role.INTEGRATION},
        lambda c, i: send_report(c, channel="hotline_12345"),
    ),
    "move a pin": (OFFICE, lambda c, i: c.patch(f"/v1/reports/{i}/position", json=POSITION)),
    "take a step": (
        # A leader urges and supervises.
        STEPPERS | {Role.LEADER},
        lambda c, i: c.post(f"/v1/reports/{i}/steps", json={"step": "accept"}),
    ),
    "see the reporter": (
        STEPPERS | {Role.INTEGRATION},
        lambda c, i: c.get(f"/v1/reports/{i}/reporter"),
    ),
    "list accounts": (ADMINS, lambda c, i: c.get("/v1/accounts")),
    "make an account": (ADMINS, lambda c, i: c.post("/v1/accounts", json={})),
    "lock an account": (ADMINS, lambda c, i: c.post(f"/v1/accounts/{NO_ID}/lock", json={})),
    "unlock an account": (ADMINS, lambda c, i: c.post(f"/v1/accounts/{NO_ID}/unlock")),
    "set a password": (
        ADMINS,
        lambda c, i: c.post(f"/v1/accounts/{NO_ID}/password", json={"password": "x"}),
    ),
    "read the audit trail": (ADMINS, lambda c, i: c.get("/v1/audit")),
    "see the accounts page": (ADMINS, lambda c, i: c.get("/accounts")),
    "see the audit page": (ADMINS, lambda c, i: c.get("/audit")),
    "see the editor": (PLANNERS, lambda c, i: c.get("/edit")),
    "see the map": (READERS, lambda c, i: c.get("/map")),
    "locate": (set(Role), lambda c, i: c.post("/v1/locate", json={"position": POSITION})),
    "list areas": (set(Role), lambda c, i: c.get("/v1/areas?limit=1")),
    "read an area": (set(Role), lambda c, i: c.get(f"/v1/areas/{WORKER_GRID}")),
    "see shapes": (set(Role), lambda c, i: c.get(f"/v1/areas.geojson?within={COMMUNITY}")),
    "search": (set(Role), lambda c, i: c.get("/v1/search?q=振华")),
    "suggest": (set(Role), lambda c, i: c.get("/v1/places/suggest?q=zh")),
    "find similar reports": (
        READERS - {Role.WALL},
        lambda c, i: c.get(f"/v1/reports/{i}/similar"),
    ),
    "list categories": (set(Role), lambda c, i: c.get("/v1/categories")),
}


@pytest.mark.parametrize("operation", MATRIX)
def test_exactly_the_roles_of_the_table_may(
    login: Login, seen_by_all: dict[str, Any], operation: str
) -> None:
    expected, call = MATRIX[operation]
    answers = {role: call(login(role.value), seen_by_all["id"]) for role in Role}
    assert {role for role, answer in answers.items() if answer.status_code != 403} == expected
    assert {answer.status_code for answer in answers.values()} & {401, 500} == set()
