"""Turn every refusal into an RFC 9457 problem: one table, words for people, no echo."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from api.body_refused import BodyRefused
from api.db.faults import DatabaseUnavailable
from api.validation_words import explain_errors
from geo.errors import GeoError

logger = logging.getLogger("wangge.problems")

MEDIA_TYPE = "application/problem+json"

# slug → (status, title). docs/problems.md describes each; a test keeps the two together.
PROBLEMS: Mapping[str, tuple[int, str]] = {
    "malformed-body": (400, "请求体无法解析"),
    "unauthenticated": (401, "请先登录"),
    "wrong-credentials": (401, "用户名或密码不正确"),
    "forbidden": (403, "您没有此项权限"),
    "bad-csrf-token": (403, "页面已过期"),
    "password-change-required": (403, "请先修改密码"),
    "not-found": (404, "未找到"),
    "revision-required": (428, "缺少 If-Match"),
    "unknown-revision": (412, "没有这个版本"),
    "plan-not-draft": (409, "方案不在草案状态"),
    "edit-conflict": (409, "同一处界线已被修改"),
    "nothing-left": (409, "没有可撤销或重做的操作"),
    "plan-state": (409, "方案的状态不允许此步骤"),
    "plan-overtaken": (409, "底图已变，方案须重放"),
    "import-state": (409, "导入的状态不允许此步骤"),
    "same-person": (409, "起草人不能批准自己的方案"),
    "redraw-refused": (422, "此划界操作未被采用"),
    "no-holder": (422, "新网格没有网格员"),
    "method-not-allowed": (405, "不支持此操作"),
    "idempotency-conflict": (409, "相同编号的请求内容不同"),
    "source-number-conflict": (409, "该来源单号已受理且内容不同"),
    "outside-county": (409, "位置不在本旗范围内"),
    "illegal-step": (409, "当前状态不能执行此步骤"),
    "notice-state": (409, "此通知已有结果"),
    "roster-overlap": (409, "与现有安排重叠"),
    "still-in-use": (409, "仍有未结束的安排"),
    "term-over": (409, "此项安排已结束"),
    "place-changed": (409, "此地点已被他人修改"),
    "place-state": (409, "此地名的状态不允许此步骤"),
    "own-proposal": (409, "不能审批自己提出的建议"),
    "username-taken": (409, "用户名已被使用"),
    "body-too-large": (413, "请求体过大"),
    "unsupported-media-type": (415, "不支持的内容类型"),
    "invalid-input": (422, "输入有误"),
    "rows-refused": (422, "表格有误，没有导入"),
    "before-first-revision": (422, "该时间早于首版网格"),
    "idempotency-key-required": (422, "缺少 Idempotency-Key"),
    "weak-password": (422, "密码强度不足"),
    "too-many-requests": (429, "请求过于频繁"),
    "account-locked": (429, "账号已锁定"),
    "internal-error": (500, "服务出错"),
    "reporter-keys-missing": (503, "缺少来电人信息的密钥"),
    "unavailable": (503, "服务暂不可用"),
}

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


@dataclass(slots=True)
class Problem(Exception):
    """Refuse a request with a slug of ``PROBLEMS``, a sentence for people and typed extras."""

    slug: str
    detail: str
    extras: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def status(self) -> int:
        """Return the HTTP status of the slug."""
        return PROBLEMS[self.slug][0]

    def body(self, instance: str) -> dict[str, Any]:
        """Return the problem document for the request path ``instance``."""
        status, title = PROBLEMS[self.slug]
        return {
            **self.extras,
            "type": f"/problems/{self.slug}",
            "title": title,
            "status": status,
            "detail": self.detail,
            "instance": instance,
        }


def invalid(detail: str, *, field: str, reason: str) -> Problem:
    """Return a 422 problem about one field of the input."""
    return Problem(
        "invalid-input",
        detail,
        {"reason": reason, "errors": [{"field": field, "reason": reason, "message": detail}]},
    )


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
    return _response(request, Problem(slug, detail, headers=dict(error.headers or {})))


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
