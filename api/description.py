"""Complete the OpenAPI document: refusals are problems, and who may call is said."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts

from api.deps import COOKIE, Access
from api.problems import MEDIA_TYPE

_PROBLEM: dict[str, Any] = {
    "title": "Problem",
    "description": "RFC 9457; further members depend on the type (see docs/problems.md).",
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        "type": {"type": "string", "examples": ["/problems/invalid-input"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
    },
}
_REFUSAL = {
    "description": "A refusal in words, with the type of the problem",
    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": COOKIE},
}


def complete_description(app: FastAPI) -> None:
    """Let ``app`` describe refusals and access as they are, not as FastAPI supposes."""
    describe = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            _complete(app, describe())
        return app.openapi_schema or {}

    app.openapi = described  # type: ignore[method-assign]


def _complete(app: FastAPI, document: dict[str, Any]) -> None:
    components = document["components"]
    for invented in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(invented, None)
    components["schemas"]["Problem"] = _PROBLEM
    components["securitySchemes"] = _SCHEMES
    for context in iter_route_contexts(app.routes):
        operations = document["paths"].get(context.path, {})
        for method in context.methods or ():
            operation = operations.get(method.lower())
            if operation is None or context.dependant is None:
                continue
            operation["responses"].pop("422", None)
            operation["responses"]["default"] = _REFUSAL
            roles = next(_declared(context.dependant)).roles
            if roles is not None:
                operation["security"] = [{name: []} for name in _SCHEMES]
                operation["x-roles"] = sorted(roles)


def _declared(dependant: Dependant) -> Iterator[Access]:
    if isinstance(dependant.call, Access):
        yield dependant.call
    for below in dependant.dependencies:
        yield from _declared(below)
