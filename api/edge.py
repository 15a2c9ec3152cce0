"""Guard every request at the edge: bodies of bounded size, headers that keep browsers strict."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping

import orjson
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import MEDIA_TYPE, Problem

MIB = 1024 * 1024
DEFAULT_LIMIT = MIB
# The file may have 64 MiB; the form around it has a little of its own.
_IMPORT_LIMIT = 64 * MIB + 64 * 1024
LARGE_LIMITS: Mapping[str, int] = dict.fromkeys(
    (
        "/v1/imports/boundaries",
        "/v1/calendar/import",
        "/v1/roster/import",
        "/v1/access-list/import",
        "/v1/places/import",
    ),
    _IMPORT_LIMIT,
)
# Read as a stream and bounded by its route, format by format.
STREAMED = frozenset({"/v1/locate/batch"})
# A file of new grids comes as one operation.
_OPERATION = re.compile(r"/v1/plans/[0-9a-f-]{36}/operations")
_OPERATION_LIMIT = 8 * MIB
_PHOTO = re.compile(r"/v1/reports/[0-9a-fA-F-]{36}/photos")
_PHOTO_LIMIT = 10 * MIB + 64 * 1024


def limit_of(path: str) -> int:
    """Return how many bytes a request to ``path`` may have."""
    if _OPERATION.fullmatch(path):
        return _OPERATION_LIMIT
    if _PHOTO.fullmatch(path):
        return _PHOTO_LIMIT
    return LARGE_LIMITS.get(path, DEFAULT_LIMIT)


class BodyLimit:
    """Refuse a request body over its limit, whether it says its length or not."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap ``app``."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count the body while it arrives; answer 413 as a problem."""
        if scope["type"] != "http" or scope["path"] in STREAMED:
            await self.app(scope, receive, send)
            return
        limit = limit_of(scope["path"])
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if declared.isdigit() and (len(declared) > 15 or int(declared) > limit):
            await _refuse(send, limit)
            return
        received = 0
        started = refused = False

        async def counted() -> Message:
            nonlocal received, refused
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                refused = True
                if not started:
                    await _refuse(send, limit)
                return {"type": "http.disconnect"}
            return message

        async def tracked(message: Message) -> None:
            nonlocal started
            started = True
            if not refused:
                await send(message)

        try:
            await self.app(scope, counted, tracked)
        except ClientDisconnect:
            # Our own refusal looks like a disconnect to the application.
            if not refused:
                raise


async def _refuse(send: Send, limit: int) -> None:
    problem = Problem(
        "body-too-large", f"请求体超过上限{limit // MIB} MiB，请分批提交。", {"limit_bytes": limit}
    )
    await send(
        {
            "type": "http.response.start",
            "status": 413,
            "headers": [(b"content-type", MEDIA_TYPE.encode()), (b"connection", b"close")],
        }
    )
    await send({"type": "http.response.body", "body": orjson.dumps(problem.body("/"))})


def content_security_policy(nonce: str) -> str:
    """Return the policy of a page: our own files and the scripts that carry ``nonce``."""
    return (
        f"default-src 'none'; script-src 'self' 'nonce-{nonce}'; "
        f"style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; connect-src 'self'; "
        "font-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    )


# What every answer carries that says nothing else of its own.
_STRICT = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)


# As hexadecimal digits, two a byte; asked for at once, which is once into the kernel.
_NONCE_BYTES = 16
_NUMBER_BYTES = 6


class SecurityHeaders:
    """Give every request a nonce and every answer strict headers."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap ``app``."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Put nonce and number into ``request.state`` and the headers onto the answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        random = secrets.token_hex(_NONCE_BYTES + _NUMBER_BYTES)
        # The number is one that a person can tell the administrator, and that the log knows.
        nonce, request_id = random[: 2 * _NONCE_BYTES], random[2 * _NONCE_BYTES :]
        scope.setdefault("state", {}).update(nonce=nonce, request_id=request_id)

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                given = {name for name, _ in headers}
                own = (
                    (b"content-security-policy", content_security_policy(nonce).encode()),
                    (b"x-request-id", request_id.encode()),
                    *_STRICT,
                )
                headers.extend(header for header in own if header[0] not in given)
                message["headers"] = headers
            await send(message)

        await self.app(scope, receive, with_headers)
