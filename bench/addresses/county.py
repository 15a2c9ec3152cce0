"""Bring the demo county before the matcher as the service does, and before the judge."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from bench.addresses.truth import Truth, demo_truth
from bench.county import read_county
from geo.address.grid_names import grid_places
from geo.address.matcher import Matcher
from geo.address.surroundings import Surroundings, surroundings_of
from geo.address.types import Place, PlaceKind
from geo.locate.county_map import CountyMap
from geo.locate.text_finding import TextFinding, weigh_text


@dataclass(frozen=True, slots=True)
class Subject:
    """Hold what is judged, a matcher over a county, and what judges it."""

    matcher: Matcher
    county: CountyMap
    truth: Truth

    def answer(self, text: str) -> TextFinding:
        """Return what the service would say to a text."""
        return weigh_text(self.county, self.matcher.match(text))


def demo_subject() -> Subject:
    """Return the demo county (示意数据)."""
    stored, truth = read_county(), demo_truth()
    places = truth.places.values()
    matcher = make_matcher(places, stored.names, surroundings_of("150221"), "150221")
    return Subject(matcher, stored.as_map(), truth)


def make_matcher(
    places: Iterable[Place], names: Mapping[str, str], around: Surroundings, county: str
) -> Matcher:
    """Return a matcher over places and the grids of ``names`` (by code)."""
    known = with_buildings(places)
    return Matcher(
        (*known, *grid_places(names, known)),
        county_code=county,
        county_names=around.county_names,
        above_names=around.above_names,
        foreign_names=around.foreign_names,
    )


def with_buildings(places: Iterable[Place]) -> list[Place]:
    """Return the places with the points of its buildings at each compound."""
    known = list(places)
    points: dict[str, list[tuple[float, float]]] = {}
    for place in known:
        if place.kind is PlaceKind.BUILDING and place.parent_id:
            points.setdefault(place.parent_id, []).append((place.lon, place.lat))
    return [replace(p, buildings=tuple(points[p.id])) if p.id in points else p for p in known]
