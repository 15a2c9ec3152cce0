"""Name the formats of a batch, and find out which of them is sent and which is wanted."""

from __future__ import annotations

import re
from collections.abc import Mapping
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
    weights = _weights(accept)
    for offer in sorted(weights, key=lambda name: -weights[name]):
        for name in _meant_by(offer, given):
            if weights[offer] > 0 and _weight_of(name, weights) > 0:
                return name
    words = "答复的格式只有 application/json、text/csv、Arrow 流和 Parquet。"
    raise Problem("unsupported-media-type", words, {"offered": list(FORMATS)})


def _weight_of(name: str, weights: Mapping[str, float]) -> float:
    """Return the weight of a format: by its own name, else its kind; nought is a refusal."""
    kind = name.partition("/")[0]
    return next((weights[key] for key in (name, f"{kind}/*", "*/*") if key in weights), 1.0)


def _meant_by(offer: str, given: str) -> tuple[str, ...]:
    """Return the formats that an offer of an Accept header stands for, the likeliest first."""
    if offer in ("*/*", ""):
        return (given, *FORMATS)
    kind, _, rest = offer.partition("/")
    if rest == "*":
        return tuple(name for name in FORMATS if name.startswith(f"{kind}/"))
    return (offer,) if offer in FORMATS else ()


def _weights(accept: str) -> dict[str, float]:
    """Return the media types of an Accept header with their weights, nought for the refused."""
    weights: dict[str, float] = {}
    for part in accept.split(","):
        name, *parameters = part.split(";")
        pairs = (word.partition("=") for word in parameters)
        given = [value.strip() for key, _, value in pairs if key.strip().lower() == "q"]
        weight = float(given[0]) if given and _WEIGHT.fullmatch(given[0]) else 1.0
        weights.setdefault(name.strip().lower(), weight)
    return weights
