"""Serve liveness, readiness and metrics."""

from __future__ import annotations

import ipaddress

from fastapi import APIRouter, Depends, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from api.db.engine import NOBODY
from api.db.health_store import answers
from api.deps import NoAccount, ServiceDep, holds_key, public
from api.problems import Problem

router = APIRouter(tags=["health"])


@router.get("/livez", dependencies=[Depends(public())])
def livez() -> dict[str, str]:
    """Say that the process answers."""
    return {"status": "ok"}


@router.get("/readyz", dependencies=[Depends(public())])
def readyz(service: ServiceDep) -> dict[str, object]:
    """Say that database and data answer; raise Problem 503 otherwise."""
    with service.database.transaction(NOBODY) as connection:
        answers(connection)
    knowledge = service.keeper.current()
    return {"status": "ok", "revisions": dict(knowledge.revisions)}


@router.get("/metrics", dependencies=[Depends(NoAccount(None))], response_class=Response)
def metrics(request: Request, service: ServiceDep) -> Response:
    """Serve Prometheus metrics to loopback, or to whoever holds the token."""
    host = request.client.host if request.client else ""
    if not (_is_loopback(host) or holds_key(request, service.settings.metrics_token)):
        raise Problem("forbidden", "仅限本机或持令牌访问。")
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
