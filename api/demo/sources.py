"""Read what the made-up reports are made of: places of the demo county, wordings, categories."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from geo.address.places_file import read_places_csv
from geo.address.types import Place, PlaceKind


@dataclass(frozen=True, slots=True)
class Spot:
    """Hold a building where something may happen (CGCS2000 degrees) and the names around it.

    ``compound`` and ``number`` are set in town, where buildings have numbers.
    """

    lon: float
    lat: float
    grid: str
    township: str
    community: str
    compound: str | None
    number: int | None


@dataclass(frozen=True, slots=True)
class Wording:
    """Hold one way to report a matter: ``setting`` is town, rural, or none for no place."""

    category: str
    setting: str
    text: str


@dataclass(frozen=True, slots=True)
class DemoSources:
    """Hold spots in town and in the country, wordings, and the response word of each category."""

    town: tuple[Spot, ...]
    rural: tuple[Spot, ...]
    wordings: tuple[Wording, ...]
    responses: Mapping[str, str]


def read_sources(*, county_dir: Path, reference_dir: Path) -> DemoSources:
    """Read the stored demo county and the reference tables."""
    spots = _spots(county_dir)
    wordings = tuple(
        Wording(row["category"], row["setting"], row["text"])
        for row in _rows(reference_dir / "report_texts.csv")
    )
    return DemoSources(
        town=tuple(spot for spot in spots if spot.compound),
        rural=tuple(spot for spot in spots if not spot.compound),
        wordings=wordings,
        responses={row["code"]: row["response"] for row in _rows(reference_dir / "categories.csv")},
    )


def _spots(county_dir: Path) -> list[Spot]:
    names: dict[str, str] = {}
    compounds: dict[str, Place] = {}
    for place in read_places_csv(county_dir / "places.csv"):
        if place.kind in (PlaceKind.TOWNSHIP, PlaceKind.COMMUNITY):
            names[place.area_code] = place.name
        elif place.kind is PlaceKind.COMPOUND:
            compounds[place.id] = place
    return [
        Spot(
            lon=float(row["lon"]),
            lat=float(row["lat"]),
            grid=row["grid_code"],
            township=names[row["grid_code"][:9]],
            community=names[row["grid_code"][:12]],
            compound=compounds[row["compound_id"]].name if row["compound_id"] else None,
            number=int(row["number"]) if row["number"] else None,
        )
        for row in _rows(county_dir / "buildings.csv")
    ]


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def wordings_by_setting(sources: DemoSources) -> dict[str, list[Wording]]:
    """Return the wordings of each setting."""
    found: dict[str, list[Wording]] = defaultdict(list)
    for wording in sources.wordings:
        found[wording.setting].append(wording)
    return dict(found)
