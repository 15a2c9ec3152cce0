"""Answer the plain question of ``GET /v1/locate`` before the framework begins its work.

An ASGI layer inside the edge (log, headers, limits) and outside FastAPI and its compression, which
answers of a few hundred bytes do without. It answers what is plainly right and needs no long
work: a position alone, asked with a token. Everything else goes on to the route unseen: whatever is
misspelt or forbidden, an address, a wide disc over a border, a map that must be read first. So
every refusal is worded in one place, and an answer is made by the same functions either way.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qsl

import orjson
from pydantic_core import PydanticCustomError
from starlette.types import ASGIApp, Receive, Scope, Send

from api.accounts.roles import Caller
from api.compression import LEAST_BYTES, VARY, compressed, takes_gzip
from api.db.faults import DatabaseUnavailable
from api.deps import Service, bearer_token, session_of
from api.input_types import now, parse_time
from api.locating.routes import ACCESS, NUMBER, locate_by_query, router
from api.ownership import Question, answer_json, answer_of, seen_by
from api.problems import Problem
from geo.errors import GeoError
from geo.locate.decision import decide_point
from geo.locate.point_finding import weigh_at_once
from geo.position import Position, parse_datum

PATH: Final = "/v1/locate"
_JSON: Final = (b"content-type", b"application/json")
_PLAIN_NAMES: Final = frozenset({"lon", "lat", "crs", "accuracy_m", "at"})
# What a question or a caller may be refused with; the route words it.
_REFUSALS: Final = (Problem, GeoError, PydanticCustomError, DatabaseUnavailable)
# The log names the route that would have answered.
_ROUTE: Final = next(
    route for route in router.routes if getattr(route, "endpoint", None) is locate_by_query
)


class FastLocate:
    """Answer plain questions; hand every other request to ``app``."""

    def __init__(self, app: ASGIApp, *, service: Service) -> None:
        """Wrap ``app``."""
        self.app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on."""
        # Whoever sets the clock of the routes, as tests do, sets it for this question too.
        if _is_asked(scope) and not scope["app"].dependency_overrides:
            try:
                told = await self._told(scope)
            except _REFUSALS:
                told = None
            if told is not None:
                scope["route"] = _ROUTE
                await _Answer(orjson.dumps(told))(scope, receive, send)
                return
        await self.app(scope, receive, send)

    async def _told(self, scope: Scope) -> dict[str, Any] | None:
        """Return the answer, None for what the route must look at."""
        present = now()
        caller = await self._caller(scope, present)
        asked = None if caller is None else plain_question(scope["query_string"])
        known = self._service.keeper.known()
        if asked is None or known is None:
            return None
        position, at = asked
        at = at or present
        county = self._service.keeper.kept_map(known, at)
        point = None if county is None else weigh_at_once(county, position)
        if county is None or point is None:
            return None
        decision = decide_point(county, point, traced=False)
        found = answer_of(known, Question(position, None, at), county, decision)
        return seen_by(answer_json(found), caller)

    async def _caller(self, scope: Scope, at: datetime) -> Caller | None:
        """Return who calls by token; raise Problem for who may not."""
        for name, value in scope["headers"]:
            if name == b"authorization":
                token = bearer_token(value.decode("latin-1"))
                caller = await session_of(self._service, token, at)
                return None if caller is None else ACCESS.admit(caller, PATH)
        return None


class _Answer:
    """Send one body of JSON."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if len(self._body) < LEAST_BYTES:
            await self._send(send)
        elif takes_gzip(scope):
            await compressed(self._plain)(scope, receive, send)
        else:
            await self._send(send, VARY)

    async def _plain(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        await self._send(send)

    async def _send(self, send: Send, *more: tuple[bytes, bytes]) -> None:
        headers = [(b"content-length", b"%d" % len(self._body)), _JSON, *more]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": self._body})


def _is_asked(scope: Scope) -> bool:
    asked: bool = scope["type"] == "http" and scope["path"] == PATH and scope["method"] == "GET"
    return asked


def plain_question(query: bytes) -> tuple[Position, datetime | None] | None:
    """Return the position and the instant of a query string that says these and nothing else.

    None for any other query; raises GeoError and PydanticCustomError for what is none of them.
    """
    pairs = _pairs(query.decode("latin-1"))
    given = dict(pairs)
    if len(given) != len(pairs) or not given.keys() <= _PLAIN_NAMES:
        return None
    numbers = [given.get(name, default) for name, default in _NUMBERS]
    if "crs" not in given or not all(map(NUMBER.fullmatch, numbers)):
        return None
    lon, lat, accuracy_m = map(float, numbers)
    # "or": a minus nought is a nought to the route as well.
    position = Position(
        lon=lon, lat=lat, datum=parse_datum(given["crs"]), accuracy_m=accuracy_m or 0.0
    )
    return position, parse_time(given["at"]) if "at" in given else None


def _pairs(query: str) -> list[tuple[str, str]]:
    """Return the names and values of a query string, as the route reads them."""
    if "%" in query or "+" in query:
        return parse_qsl(query, keep_blank_values=True)
    parts = [part.partition("=") for part in query.split("&") if part]
    return [(name, value) for name, _, value in parts]


# Without a longitude or a latitude nothing is asked: an empty text is no number.
_NUMBERS: Final = (("lon", ""), ("lat", ""), ("accuracy_m", "0"))
