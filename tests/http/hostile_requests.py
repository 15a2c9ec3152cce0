"""List request lines that must be refused: codes, ids and query values with one defect each."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from urllib.parse import quote

from tests.http.hostile_values import MARKER

# Raw path segments, as they go over the wire.
BAD_SEGMENTS = (
    "..%2F..%2Fetc%2Fpasswd", "..%5C..%5Cwindows", "%2e%2e", "%00", "a%00b", "%ff%fe", "%ed%a0%80",
    "%E2%80%AE", "%0d%0aX-Injected:%201", "1%20OR%201=1", "1';DROP%20TABLE%20reports;--",
    "-1", "0", "1e9", "null", "undefined", "%7B%7B7*7%7D%7D", "%24%7B7*7%7D", MARKER,
    "%3Cscript%3E" + MARKER, quote("１５０２２１"), quote("٣"), "9" * 3000, "a" * 3000,
    "00000000-0000-0000-0000-00000000000g", "urn:uuid:x",
)  # fmt: skip
_UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"


def _hostile_paths() -> Iterator[str]:
    for segment in BAD_SEGMENTS:
        yield f"/v1/reports/{segment}"
        yield f"/v1/reports/{segment}/events"
        yield f"/v1/reports/{segment}/receipt"
        yield f"/v1/areas/{segment}"
    for code in ("15022", "1502210", "1502211040010021", "15022110400100A", "999999", "000000"):
        yield f"/v1/areas/{code}"
    for tail in ("", "/events", "/receipt"):
        yield f"/v1/reports/{_UNKNOWN_ID}{tail}"
    yield "/v1/nothing/" + MARKER


_BAD_WORDS = ("%00", "a%00b", "%ff", "%ed%a0%80", "x%1Bx")
# The base64 of a JSON array that holds a lone surrogate: a text that no database takes.
_SURROGATE_CURSOR = base64.urlsafe_b64encode(rb'["\ud800"]').decode()
_QUERIES: dict[str, dict[str, tuple[str, ...]]] = {
    "/v1/locate?lon=110.5&lat=40.5&crs=cgcs2000": {
        "lon": ("nan", "inf", "-inf", "1e999", "abc", "", "%00", "181", "0x10", MARKER,
                quote("１１０")),
        "lat": ("nan", "Infinity", "110.5", "90.01", "abc", "", "40,5"),
        "crs": ("", "mars" + MARKER, "%00", "WGS84", "EPSG:4490", quote("gcj０２")),
        "accuracy_m": ("-1", "nan", "inf", "abc", "1e999"),
        "at": ("yesterday", "2026-11-20", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00",
               "2026-11-20T14:05:00", "%00", "infinity", MARKER, "9" * 5000),
    },
    "/v1/areas?level=township": {
        "level": ("planet", "%00", MARKER, "GRID"),
        "parent": ("abc", "1502", "150221'--", "%00", quote("１５０２２１"), MARKER),
        "at": ("yesterday", "2026-11-20", "%00", MARKER),
    },
    "/v1/areas.geojson?level=township": {
        "level": ("planet", "%00", MARKER),
        "within": ("abc", "1502", "%00", "..%2F..%2Fetc", MARKER),
        "at": ("yesterday", "%00", MARKER),
    },
    "/v1/reports?limit=1": {
        "limit": ("0", "-1", "501", "1e9", "abc", "9" * 40, quote("５"), "%00"),
        "status": ("bogus", "%00", "assigned'--", MARKER),
        "category": ("%00", "x%1Bx"),
        "area": ("abc", "1502", "%00", MARKER),
        "since": ("yesterday", "%00", "0001-01-01T00:00:00+14:00", MARKER),
        "until": ("tomorrow", "%00", "9999-12-31T23:59:59-14:00"),
        "cursor": ("garbage" + MARKER, "%00", "AAAA", "e30=", "9" * 5000, "..%2F"),
        "q": _BAD_WORDS[:2] + _BAD_WORDS[4:],
    },
    "/v1/accounts?limit=1": {"cursor": (_SURROGATE_CURSOR, "AAAA", "%00"), "limit": ("0", "501")},
    "/v1/audit?limit=1": {
        "cursor": (_SURROGATE_CURSOR, "AAAA"),
        "since": ("yesterday", "%00"),
        "actor": ("%00", "x" * 5000),
        "action": ("a%00b",),
    },
}  # fmt: skip


def _hostile_queries() -> Iterator[str]:
    for base, fields in _QUERIES.items():
        path, _, query = base.partition("?")
        good = dict(pair.split("=") for pair in query.split("&"))
        for field, values in fields.items():
            for value in values:
                members = {**good, field: value}
                yield path + "?" + "&".join(f"{key}={text}" for key, text in members.items())
    for field in ("lon", "lat", "crs"):
        kept = {"lon": "110.5", "lat": "40.5", "crs": "cgcs2000"}
        del kept[field]
        yield "/v1/locate?" + "&".join(f"{key}={value}" for key, value in kept.items())


GETS: tuple[str, ...] = (*_hostile_paths(), *_hostile_queries())
