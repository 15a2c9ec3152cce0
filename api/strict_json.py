"""Parse JSON strictly: no NaN, no Infinity, no overflow, no duplicate keys, no lone surrogates."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from api.body_refused import BodyRefused
from api.problems import Problem

MAX_DEPTH = 40
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)


class StrictJsonError(ValueError):
    """Refuse a text that is not strict JSON, with a sentence that says where it fails."""


def _refuse_constant(_name: str) -> float:
    raise StrictJsonError("JSON 中不能有 NaN 或 Infinity。")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise StrictJsonError("JSON 中的数值超出范围。")
    return value


def _integer(text: str) -> int:
    if len(text) > 20:
        raise StrictJsonError("JSON 中的整数过大。")
    return int(text)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise StrictJsonError("JSON 对象中有重复的键。")
    return members


_decoder = json.JSONDecoder(
    parse_constant=_refuse_constant,
    parse_float=_finite,
    parse_int=_integer,
    object_pairs_hook=_unique,
)


def parse_strict(body: bytes) -> Any:
    """Return the value of ``body`` (UTF-8 JSON); raise StrictJsonError otherwise."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise StrictJsonError("请求体不是 UTF-8 文本。") from None
    if _depth_exceeds(text, MAX_DEPTH):
        raise StrictJsonError("JSON 嵌套过深。")
    try:
        value = _decoder.decode(text)
    except json.JSONDecodeError as error:
        raise StrictJsonError(f"不是有效的 JSON（第{error.lineno}行第{error.colno}列）。") from None
    except RecursionError:
        raise StrictJsonError("JSON 嵌套过深。") from None
    return value


def _depth_exceeds(text: str, limit: int) -> bool:
    if text.count("[") + text.count("{") <= limit:
        return False
    # Brackets inside strings are text: the strings go first, escapes included.
    depth = 0
    for bracket in re.findall(r"[\[\]{}]", _STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        if depth > limit:
            return True
    return False


class _StrictRequest(Request):
    async def json(self) -> Any:
        try:
            return parse_strict(await self.body())
        except StrictJsonError as error:
            raise BodyRefused(str(error)) from None


class StrictRoute(APIRoute):
    """Read request bodies with ``parse_strict`` and only as JSON."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap FastAPI's handler so that the body is parsed strictly."""
        handler = super().get_route_handler()
        takes_body = self.body_field is not None

        async def strict(request: Request) -> Response:
            strict_request = _StrictRequest(request.scope, request.receive)
            if takes_body:
                if not _is_json(request):
                    raise Problem(
                        "unsupported-media-type", "请以 Content-Type: application/json 发送 JSON。"
                    )
                if not await strict_request.body():
                    raise BodyRefused("请求体为空，应为 JSON 对象。")
            return await handler(strict_request)

        return strict


def _is_json(request: Request) -> bool:
    media = request.headers.get("content-type", "").split(";")[0].strip().lower()
    return media == "application/json"
