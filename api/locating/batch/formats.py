"""Name the formats of a batch, and find out which of them is sent and which is wanted."""

from __future__ import annotations

import re
from typing import Final

from api.problems import Problem

JSON: Final = "application/json"
CSV: Final = "text/csv"
ARROW: Final = "application/vnd.apache.arrow.stream"
PARQUET: Final = "application/vnd.apache.parquet"
FORMATS: Final = (JSON, CSV, ARROW, PARQUET)
CONTENT_TYPES: Final = {JSON: JSON, CSV: "text/csv; charset=utf-8", ARROW: ARROW, PARQUET: PARQUET}
_WEIGHT = re.compile(r"[01](\.[0-9]{0,3})?", re.ASCII)


def given_format(content_type: str) -> str:
    """Return the format that a Content-Type names; raise Problem 415 for another."""
    named = content_type.split(";", maxsplit=1)[0].strip().lower()
    if named not in FORMATS:
        words = "批量定位接受 application/json、text/csv、Arrow 流或 Parquet。"
        raise Problem("unsupported-media-type", words, {"accepted": list(FORMATS)})
    return named


def is_gzip(content_encoding: str) -> bool:
    """Say whether a body is packed; raise Problem 415 for a packing that is not known."""
    named = content_encoding.strip().lower()
    if named not in ("", "identity", "gzip"):
        raise Problem("unsupported-media-type", "请求体的压缩方式只支持 gzip。")
    return named == "gzip"


def wanted_format(accept: str, given: str) -> str:
    """Return the format that an Accept header wants most; raise Problem 415 when it is none."""
    for offer in _by_preference(accept):
        if offer in FORMATS:
            return offer
        if offer in ("*/*", ""):
            return given
        if offer == "application/*":
            return JSON
        if offer == "text/*":
            return CSV
    words = "答复的格式只有 application/json、text/csv、Arrow 流和 Parquet。"
    raise Problem("unsupported-media-type", words, {"offered": list(FORMATS)})


def _by_preference(accept: str) -> list[str]:
    """Return the media types of an Accept header, the most wanted first, without the refused."""
    weighed: list[tuple[float, str]] = []
    for part in accept.split(","):
        name, *parameters = part.split(";")
        given = [word.strip()[2:] for word in parameters if word.strip().lower().startswith("q=")]
        weight = float(given[0]) if given and _WEIGHT.fullmatch(given[0]) else 1.0
        if weight > 0:
            weighed.append((weight, name.strip().lower()))
    return [name for _, name in sorted(weighed, key=lambda entry: -entry[0])]
