"""Ask Tianditu where an address is, when a person asks for it: a hint, never a decision.

Off unless both settings are there. The reply is in CGCS2000; a point outside the county is
thrown away, and whatever goes wrong is said and harms nothing. Only the address goes out, no long
number in it, never the words of a report.
"""

from __future__ import annotations

import http.client
import json
import math
import re
import ssl
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote, urlsplit

import orjson
from pydantic import BaseModel

from api.settings import Settings
from geo.locate.county_map import CountyMap
from geo.locate.decision import decide
from geo.position import Datum, Position

TIMEOUT_S: Final = 2.0
_LONGEST_ANSWER: Final = 64 * 1024
_LONGEST_ADDRESS: Final = 100
# Numbers of phones and of identity cards; house numbers are shorter.
_LONG_NUMBER: Final = re.compile(r"\d[\d -]{5,}\d")
_WORDS: Final = {
    "off": "没有开通在线地名服务。",
    "nothing": "天地图没有找到这个地址。",
    "outside": "天地图给出的位置不在本旗，不采用。",
    "failed": "天地图暂时查不到，不影响办理。",
}


class OnlineGridOut(BaseModel):
    """Name the grid in which the hint lies."""

    code: str
    name: str


class OnlinePositionOut(BaseModel):
    """Hold where the service puts the address, in CGCS2000 degrees."""

    lon: float
    lat: float
    crs: str


class OnlineOut(BaseModel):
    """Hold what an online service says of an address; it decides nothing.

    ``state`` is found, nothing, outside (another county: not shown), failed or off.
    """

    provider: str
    state: str
    position: OnlinePositionOut | None
    level: str | None
    grid: OnlineGridOut | None
    detail: str


@dataclass(frozen=True, slots=True)
class Found:
    """Hold a point (CGCS2000 degrees) and the level that the service gives it."""

    lon: float
    lat: float
    level: str | None


class NoAnswerError(Exception):
    """Say that the service could not be asked, or answered in no way that is documented."""


@dataclass(frozen=True, slots=True)
class Tianditu:
    """Hold where to ask and with which key."""

    url: str = field(repr=False)
    key: str = field(repr=False)
    timeout_s: float = TIMEOUT_S

    def ask(self, address: str) -> Found | None:
        """Return where an address is, None for nowhere; raise NoAnswerError."""
        return _found(self._fetch(json.dumps({"keyWord": address}, ensure_ascii=False)))

    def _fetch(self, asked: str) -> Any:
        parts = urlsplit(self.url)
        before = f"{parts.query}&" if parts.query else ""
        target = f"{parts.path or '/'}?{before}ds={quote(asked)}&tk={quote(self.key)}"
        connection = self._connection(parts.scheme, parts.hostname or "", parts.port)
        try:
            connection.request("GET", target, headers={"Accept": "application/json"})
            response = connection.getresponse()
            if response.status != HTTPStatus.OK:
                raise NoAnswerError
            return orjson.loads(response.read(_LONGEST_ANSWER))
        except (OSError, http.client.HTTPException, orjson.JSONDecodeError):
            raise NoAnswerError from None
        finally:
            connection.close()

    def _connection(self, scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
        if scheme == "https":
            trusted = ssl.create_default_context()
            return http.client.HTTPSConnection(host, port, timeout=self.timeout_s, context=trusted)
        return http.client.HTTPConnection(host, port, timeout=self.timeout_s)


def tianditu_of(settings: Settings) -> Tianditu | None:
    """Return the service of the settings, None where it is off: without address or key."""
    if settings.tianditu_url is None or settings.tianditu_key is None:
        return None
    url, key = settings.tianditu_url, settings.tianditu_key
    return Tianditu(url.get_secret_value(), key.get_secret_value())


def online_hint(service: Tianditu | None, county: CountyMap, address: str) -> dict[str, Any]:
    """Return what the service says of an address in ``county``; never raises."""
    if service is None:
        return _hint("off")
    try:
        found = service.ask(_keyword(county.names.get(county.root or "", ""), address))
    except NoAnswerError:
        return _hint("failed")
    if found is None:
        return _hint("nothing")
    position = Position(lon=found.lon, lat=found.lat, datum=Datum.CGCS2000)
    grid = decide(county=county, position=position, match=None).grid
    if grid is None:
        return _hint("outside")
    name = county.names[grid]
    hint = _hint("found", f"天地图认为在“{name}”一带（CGCS2000），仅供参考，不据此派单。")
    point = {"lon": found.lon, "lat": found.lat, "crs": Datum.CGCS2000.value}
    return {**hint, "position": point, "level": found.level, "grid": {"code": grid, "name": name}}


def _hint(state: str, detail: str = "") -> dict[str, Any]:
    return {
        "provider": "tianditu",
        "state": state,
        "position": None,
        "level": None,
        "grid": None,
        "detail": detail or _WORDS[state],
    }


def _keyword(county: str, address: str) -> str:
    """Return what is asked for: the county in front, nothing that tells who asks."""
    plain = _LONG_NUMBER.sub("", address)
    words = "".join(char for char in plain if char.isprintable()).strip()[:_LONGEST_ADDRESS]
    return words if county in words else county + words


def _found(answer: Any) -> Found | None:
    """Read the documented reply: ``status`` "0" with a ``location``, "101" for nothing."""
    status = str(answer.get("status")) if isinstance(answer, dict) else ""
    if status == "101":
        return None
    location = answer.get("location") if status == "0" else None
    if not isinstance(location, dict):
        raise NoAnswerError
    lon, lat = _degrees(location.get("lon"), 180.0), _degrees(location.get("lat"), 90.0)
    level = location.get("level")
    return Found(lon, lat, level[:20] if isinstance(level, str) and level.isprintable() else None)


def _degrees(value: object, most: float) -> float:
    """Return a coordinate, which the service writes as text; raise NoAnswerError for none."""
    try:
        number = float(value) if isinstance(value, str | int | float) else math.nan
    except ValueError:
        number = math.nan
    if not abs(number) <= most:
        raise NoAnswerError
    return number
