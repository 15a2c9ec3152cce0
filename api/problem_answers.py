"""Answer every refusal over HTTP as a problem: handlers for whatever a request may raise."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from api.body_refused import BodyRefused
from api.db.faults import DatabaseUnavailable
from api.problems import MEDIA_TYPE, PROBLEMS, Problem, invalid
from api.validation_words import explain_errors
from geo.errors import GeoError

logger = logging.getLogger("wangge.problems")

_BY_STATUS: Mapping[int, str] = {
    400: "malformed-body",
    401: "unauthenticated",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    413: "body-too-large",
    415: "unsupported-media-type",
    429: "too-many-requests",
    503: "unavailable",
}


def _response(request: Request, problem: Problem) -> JSONResponse:
    # The path may hold hostile text; only its route template is our own.
    route = request.scope.get("route")
    instance = getattr(route, "path", None) or "/"
    return JSONResponse(
        problem.body(instance),
        status_code=problem.status,
        headers=dict(problem.headers),
        media_type=MEDIA_TYPE,
    )


async def on_problem(request: Request, error: Exception) -> JSONResponse:
    """Answer a Problem raised anywhere in a request."""
    assert isinstance(error, Problem)
    return _response(request, error)


async def on_geo_error(request: Request, error: Exception) -> JSONResponse:
    """Answer a refusal of the spatial rules: malformed input, in their own words."""
    assert isinstance(error, GeoError)
    return _response(request, invalid(error.message, field=error.field or "", reason=error.reason))


async def on_validation_error(request: Request, error: Exception) -> JSONResponse:
    """Answer FastAPI's validation errors without repeating what was sent."""
    assert isinstance(error, RequestValidationError)
    errors = explain_errors(error.errors())
    detail = "；".join(dict.fromkeys(entry["message"] for entry in errors[:3])) or "输入有误。"
    reason = errors[0]["reason"] if errors else "invalid"
    return _response(
        request, Problem("invalid-input", detail, {"reason": reason, "errors": errors})
    )


async def on_http_exception(request: Request, error: Exception) -> JSONResponse:
    """Answer the framework's own refusals (404, 405, …) as problems."""
    assert isinstance(error, HTTPException)
    slug = _BY_STATUS.get(error.status_code, "malformed-body")
    words = {
        404: "没有这个地址，请检查链接。",
        405: "此地址不支持该请求方法。",
        400: "请求体无法解析，请检查格式。",
    }
    detail = words.get(error.status_code, PROBLEMS[slug][1] + "。")
    if isinstance(error, BodyRefused):
        detail = str(error.detail)
    headers = dict(error.headers or {})
    if error.status_code == 405:
        # The framework names the methods of the first route of that address alone.
        headers["Allow"] = ", ".join(sorted(_methods_of(request))) or headers.get("Allow", "")
    return _response(request, Problem(slug, detail, headers=headers))


def _methods_of(request: Request) -> set[str]:
    """Return the methods of all routes of the address."""
    path = request.scope["path"]
    return {
        method
        for context in iter_route_contexts(request.app.routes)
        if context.path and compile_path(context.path)[0].match(path)
        for method in context.methods or ()
    }


async def on_unavailable(request: Request, error: Exception) -> JSONResponse:
    """Answer when the database does not: the same request may succeed a moment later."""
    logger.warning("%s", error)
    detail = "数据库暂时没有应答，请稍后重试。"
    return _response(request, Problem("unavailable", detail, headers={"Retry-After": "1"}))


async def on_unexpected(request: Request, error: Exception) -> JSONResponse:
    """Answer the unforeseen: a number for the log, nothing of the inside."""
    number = getattr(request.state, "request_id", "") or uuid.uuid4().hex[:12]
    logger.error("unexpected error %s", number, exc_info=error)
    return _response(
        request,
        Problem(
            "internal-error", f"出错了，请把编号 {number} 告诉管理员。", {"error_number": number}
        ),
    )


def install(app: FastAPI) -> None:
    """Register every handler on ``app``."""
    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(GeoError, on_geo_error)
    app.add_exception_handler(RequestValidationError, on_validation_error)
    app.add_exception_handler(HTTPException, on_http_exception)
    app.add_exception_handler(DatabaseUnavailable, on_unavailable)
    app.add_exception_handler(Exception, on_unexpected)
