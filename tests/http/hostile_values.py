"""List values that a field must refuse, for each kind of field.

``MARKER`` stands wherever a value can hold a word: it must never come back in an answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

MARKER = "ECHO7f3a"
POSITION: dict[str, Any] = {"lon": 110.52, "lat": 40.56, "crs": "cgcs2000", "accuracy_m": 10}

BAD_NUMBERS: tuple[Any, ...] = (
    "110.5",
    "",
    None,
    True,
    [],
    {},
    [110.5],
    float("nan"),
    float("inf"),
    10**30,
)
BAD_CRS: tuple[Any, ...] = (
    None, "", "mars" + MARKER, "WGS84", "EPSG:4490", 4490, True, [], ["cgcs2000"], {}, "gcj02 ",
    "gcj02\x00", "gcj０２", "+proj=longlat +nadgrids=/etc/passwd", "a" * 100_000,
)  # fmt: skip


def bad_positions() -> Iterator[tuple[str, Any, str]]:
    """Yield what is not a position, with a word that the answer must hold."""
    for field in ("lon", "lat", "crs"):
        yield f"{field} missing", {k: v for k, v in POSITION.items() if k != field}, ""
    for field in ("lon", "lat"):
        for value in BAD_NUMBERS:
            yield f"{field}={value!r:.20}", {**POSITION, field: value}, ""
    for crs in BAD_CRS:
        yield f"crs={crs!r:.20}", {**POSITION, "crs": crs}, ""
    for value in ("18", True, [], {}, -1, -0.001, float("nan"), float("inf"), float("-inf")):
        yield f"accuracy_m={value!r:.20}", {**POSITION, "accuracy_m": value}, ""
    swapped = {**POSITION, "lon": 40.56, "lat": 110.52}
    yield "lon and lat swapped", swapped, "反"
    for lon, lat in ((181, 40), (-180.1, 40), (110, 90.1), (110, -91), (1e308, 1), (1, -1e308)):
        yield f"out of range {lon},{lat}", {**POSITION, "lon": lon, "lat": lat}, ""
    for lon, lat in ((0, 0), (0.0, 0.0), (-0.0, 0.0), (0.0, -0.0)):
        yield f"zero zero {lon},{lat}", {**POSITION, "lon": lon, "lat": lat}, "0"
    for value in ([110.52, 40.56], "110.52,40.56", 110.52, True, [], {}, [POSITION]):
        yield f"position={value!r:.24}", value, ""


BAD_TIMES: tuple[Any, ...] = (
    "yesterday", "", MARKER, 1_763_600_000, True, [], {}, "2026-13-45T00:00:00+08:00",
    "2026-11-20T25:61:00+08:00", "2026-11-20T14:05:00", "2026-11-20", "20:00", "2026-W47-5",
    "0000-00-00T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00",
    "2026-11-20T14:05:00+99:00", "２０２６-11-20T14:05:00+08:00", "2026-11-20T14:05:00+08:00\x00",
    "2026-11-20\x0014:05:00+08:00", "2026-11-20T14:05:00+08:00\x00\ud800",
    "'; DROP TABLE reports; --", "infinity", "-infinity", "now", "9" * 100_000,
)  # fmt: skip
BAD_TEXTS: tuple[Any, ...] = (
    None,
    5,
    True,
    [],
    {},
    ["x"],
    "a\x00b",
    "a\ud800b",
    "a\x07b",
    "a\x1bb",
    "\u202eabc",
)
BAD_CREDENTIALS: tuple[Any, ...] = (
    None, 5, True, [], {"$ne": None}, "a\x00b", "a\ud800b", "p" * 500_000,
)  # fmt: skip
LONG = "长" * 200_000
