"""List raw request bodies that must be refused, each with one defect in an otherwise good body.

The bodies are bytes, because the worst of them cannot be written by a JSON library.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.http.hostile_values import (
    BAD_CREDENTIALS,
    BAD_CRS,
    BAD_TEXTS,
    BAD_TIMES,
    LONG,
    MARKER,
    POSITION,
    bad_positions,
)

MIB = 1024 * 1024
JSON = "application/json"
REFUSED = frozenset({400, 413, 415, 422})
_NOT_JSON = frozenset({400, 422})
_UNTYPED = frozenset({400, 415, 422})


@dataclass(frozen=True, slots=True)
class HostileBody:
    """Hold one request; ``path`` may hold ``{report}``, ``says`` is a word of the answer."""

    name: str
    method: str
    path: str
    content: bytes
    content_type: str | None = JSON
    statuses: frozenset[int] = REFUSED
    says: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """Hold one operation with a body that it would take."""

    name: str
    method: str
    path: str
    good: Mapping[str, Any]
    limit: int = MIB


TARGETS = (
    Target("locate", "POST", "/v1/locate", {"position": POSITION}),
    Target(
        "batch",
        "POST",
        "/v1/locate/batch",
        {"crs": "cgcs2000", "positions": [[110.52, 40.56]]},
        limit=64 * MIB,
    ),
    Target(
        "report",
        "POST",
        "/v1/reports",
        {"channel": "walk_in", "text": f"路灯不亮 {MARKER}", "position": POSITION},
    ),
    Target("session", "POST", "/v1/sessions", {"username": MARKER, "password": "x" * 12}),
    Target("pin", "PATCH", "/v1/reports/{report}/position", POSITION),
    Target("step", "POST", "/v1/reports/{report}/steps", {"step": "accept"}),
)
_BY_NAME = {target.name: target for target in TARGETS}


def _dump(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=True).encode()


def _broken_texts(good: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield bodies that are no JSON object at all."""
    yield "empty", b""
    yield "blank", b"  \n"
    yield "a zero byte", b"\x00"
    yield "byte order mark", b"\xef\xbb\xbf" + good
    yield "utf-16", good.decode().encode("utf-16")
    yield "invalid utf-8", good[:-1] + b', "note": "\xff\xfe\xc3\x28"}'
    yield "overlong utf-8", good[:-1] + b', "note": "\xc0\xaf"}'
    yield "utf-8 surrogate", good[:-1] + b', "note": "\xed\xa0\x80"}'
    yield "raw control character", good[:-1] + b', "note": "a\x01b"}'
    yield "truncated", good[: len(good) // 2]
    yield "trailing comma", good[:-1] + b",}"
    yield "single quotes", good.replace(b'"', b"'")
    yield "comment", b"/* x */" + good
    yield "two documents", good + good
    yield "rest behind", good + MARKER.encode()
    yield "form fields", b"username=a&password=b"
    yield "xml", b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r/>'
    for word in ("null", "true", "0", '"text"', "[]", "[[]]", f'["{MARKER}"]'):
        yield f"not an object: {word[:6]}", word.encode()
    yield "an array around it", b"[" + good + b"]"
    yield "a string around it", _dump(good.decode())


def _poisoned(good: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield objects with a member that no parser should let pass."""
    poison: dict[str, bytes] = {
        "NaN": b"NaN",
        "Infinity": b"Infinity",
        "-Infinity": b"-Infinity",
        "1e400": b"1e400",
        "-1e400": b"-1e400",
        "5000 digits": b"9" * 5000,
        "hexadecimal": b"0x10",
        "leading zero": b"0110",
        "leading plus": b"+1",
        "unicode digits": "١١٠".encode(),
        "full-width digits": "１１０".encode(),
        "100000 arrays": b"[" * 100_000 + b"]" * 100_000,
        "100000 arrays left open": b"[" * 100_000,
        "50000 objects": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
        "unknown member": _dump(MARKER),
        "lone surrogate": b'"\\ud800"',
        "swapped surrogates": b'"\\udc00\\ud800"',
        "bad escape": b'"\\x41"',
    }
    for name, value in poison.items():
        yield name, good[:-1] + b', "extra": ' + value + b"}"
    yield "lone surrogate as key", good[:-1] + b', "\\udfff": 1}'
    yield "zero as key", good[:-1] + b', "\\u0000": 1}'
    yield "markup as key", good[:-1] + b', "<img src=x onerror=' + MARKER.encode() + b'>": 1}'
    yield "prototype as key", good[:-1] + b', "__proto__": {"role": "system_admin"}}'
    first = good[1:].split(b",", 1)[0].rstrip(b"}")
    yield "duplicate key", good[:-1] + b", " + _first_member(first) + b"}"


def _first_member(member: bytes) -> bytes:
    key = member.split(b":", 1)[0]
    return key + b": 1"


def _wrong_types(good: bytes) -> Iterator[tuple[str, bytes, str | None]]:
    for media in (
        "text/plain", "text/html", "application/xml", "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x", "application/octet-stream", "application/jsonp",
        "json", "application/json-seq", "image/png",
    ):  # fmt: skip
        yield f"sent as {media}", good, media
    yield "sent as nothing", good, None
    yield "sent as utf-16", good.decode().encode("utf-16"), "application/json; charset=utf-16"


def _on_every_target() -> Iterator[HostileBody]:
    for target in TARGETS:
        good = _dump(target.good)

        def case(name: str, content: bytes, *, to: Target = target, **more: Any) -> HostileBody:
            return HostileBody(f"{to.name}: {name}", to.method, to.path, content, **more)

        for name, content in _broken_texts(good):
            yield case(name, content, statuses=_NOT_JSON)
        for name, content in _poisoned(good):
            yield case(name, content, statuses=_NOT_JSON)
        for name, content, media in _wrong_types(good):
            yield case(name, content, content_type=media, statuses=_UNTYPED)
        if target.limit == MIB:
            pad = MIB + 1 - len(good)
            yield case("one byte over 1 MiB", good + b" " * pad, statuses=frozenset({413}))


def _with(target: str, **members: Any) -> bytes:
    return _dump({**_BY_NAME[target].good, **members})


def _located() -> Iterator[tuple[str, str, bytes, str]]:
    for name, position, says in bad_positions():
        yield "locate", name, _dump({"position": position}), says
        yield "report", name, _with("report", position=position), says
        if position != []:
            yield "pin", name, _dump(position), says
    yield "locate", "neither position nor address", b"{}", ""
    yield "locate", "both null", b'{"position": null, "address": null}', ""
    for value in (*BAD_TEXTS[1:], "x" * 20_001, LONG):
        yield "locate", f"address={value!r:.16}", _dump({"address": value}), ""
        yield "report", f"address={value!r:.16}", _with("report", address=value), ""
    for value in BAD_TIMES:
        yield "locate", f"at={value!r:.28}", _with("locate", at=value), ""
        yield "batch", f"at={value!r:.28}", _with("batch", at=value), ""
        yield "report", f"occurred_at={value!r:.28}", _with("report", occurred_at=value), ""
    for year in (2027, 2100, 2199):
        future = f"{year}-12-31T00:00:00+08:00"
        yield "report", f"occurred_at {year}", _with("report", occurred_at=future), ""


def _report_fields() -> Iterator[tuple[str, str, bytes, str]]:
    good = _BY_NAME["report"].good
    for field in ("channel", "text"):
        rest = {key: value for key, value in good.items() if key != field}
        yield "report", f"{field} missing", _dump(rest), ""
    for value in (*BAD_TEXTS, "", "telepathy" + MARKER, "WALK_IN", "walk_in ", ["app"]):
        yield "report", f"channel={value!r:.20}", _with("report", channel=value), ""
    for value in (*BAD_TEXTS, "", LONG):
        yield "report", f"text={value!r:.20}", _with("report", text=value), ""
    for value in (
        *BAD_TEXTS[1:], "xx99", "cg01' OR '1'='1", "../../etc/passwd", "CG01", "ｃｇ０１", LONG,
    ):  # fmt: skip
        yield "report", f"category={value!r:.20}", _with("report", category=value), ""
    for value in (*BAD_TEXTS[1:], LONG):
        yield "report", f"source_no={value!r:.20}", _with("report", source_no=value), ""
        for field in ("name", "phone"):
            reporter = {field: value}
            yield "report", f"{field}={value!r:.20}", _with("report", reporter=reporter), ""
    for value in ("张三", 5, True, [], ["张三"]):
        yield "report", f"reporter={value!r:.20}", _with("report", reporter=value), ""
    for member in ("id", "number", "status", "assignment", "created_by", "due_at"):
        yield "report", f"sets {member}", _with("report", **{member: MARKER}), ""


def _other_fields() -> Iterator[tuple[str, str, bytes, str]]:
    for crs in BAD_CRS:
        yield "batch", f"crs={crs!r:.20}", _with("batch", crs=crs), ""
    yield "batch", "crs missing", b'{"positions": [[110.5, 40.5]]}', ""
    yield "batch", "positions missing", b'{"crs": "cgcs2000"}', ""
    no_lists: tuple[Any, ...] = (None, {}, "110.5,40.5", 5, True, {"0": [110.5, 40.5]})
    for value in no_lists:
        yield "batch", f"positions={value!r:.20}", _with("batch", positions=value), ""
    for value in (*BAD_TEXTS, "", "ACCEPT", "accept; drop table reports", MARKER, "a" * 100_000):
        yield "step", f"step={value!r:.20}", _with("step", step=value), ""
    yield "step", "step missing", b"{}", ""
    yield "step", "sets status", _with("step", status="closed"), ""
    for field in ("username", "password"):
        rest = {k: v for k, v in _BY_NAME["session"].good.items() if k != field}
        yield "session", f"{field} missing", _dump(rest), ""
        for value in BAD_CREDENTIALS:
            yield "session", f"{field}={value!r:.20}", _with("session", **{field: value}), ""


def _on_fields() -> Iterator[HostileBody]:
    for rows in (_located(), _report_fields(), _other_fields()):
        for name, what, content, says in rows:
            target = _BY_NAME[name]
            yield HostileBody(f"{name}: {what}", target.method, target.path, content, says=says)


def _csv_bodies() -> Iterator[HostileBody]:
    bodies: dict[str, bytes] = {
        "empty": b"",
        "no header": b"110.5,40.5,cgcs2000\n",
        "header without lat": b"id,lon,crs\n1,110.5,cgcs2000\n",
        "invalid utf-8": b"lon,lat,crs\n110.5,40.5,\xff\xfe\n",
        "gbk": "编号,lon,lat,crs\n甲,110.5,40.5,cgcs2000\n".encode("gb18030"),
        "utf-16": "lon,lat,crs\n110.5,40.5,cgcs2000\n".encode("utf-16"),
        "a zero byte": b"lon,lat,crs\n110.5,40.5,cgcs2000\x00\n",
        "column twice": b"lon,lat,lat,crs\n110.5,40.5,40.6,cgcs2000\n",
        "one long line": b"a" * 400_000,
    }
    for name, content in bodies.items():
        yield HostileBody(f"batch csv: {name}", "POST", "/v1/locate/batch", content, "text/csv")


BODIES: tuple[HostileBody, ...] = (*_on_every_target(), *_on_fields(), *_csv_bodies())
