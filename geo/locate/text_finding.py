"""Weigh what an address text was matched to: which grids it leaves, and who can settle it.

A text is ``auto`` only when one certain place lies in one grid. A street never gives a grid (it
crosses many), a township never gives candidates, several places of one name are never chosen
from, and what lies between two villages or is about both goes to the township's desk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from geo.address.types import AddressMatch, Lack, Link, MatchType, Place, PlaceKind, Relation
from geo.codes import Level, level_of, lowest_common_area, parent_of
from geo.locate.county_map import CountyMap
from geo.locate.text_grids import grids_of
from geo.locate.types import Verdict

LEAST_MARGIN: Final = 0.1
"""Below this lead over the next reading even an exact name is a person's to confirm."""

SURE_MARGIN: Final = 0.5
"""From this lead on a name that was met by its sound or but for one character is as good."""

_CERTAIN = (MatchType.EXACT, MatchType.ALIAS)
_NEARLY = (MatchType.HOMOPHONE, MatchType.FUZZY)


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFinding:
    """Hold what an address alone says.

    ``rule`` names the rule that decided; ``certain`` is the lowest area that is certain, None
    when nothing is; ``possible`` are the grids the text leaves; ``settled_by`` is the area whose
    worker or desk settles the doubt, None for ``auto`` and when nobody below the county knows.
    """

    match: AddressMatch
    verdict: Verdict
    rule: str
    grid: str | None
    certain: str | None
    settled_by: str | None
    possible: tuple[str, ...]

    @property
    def places(self) -> tuple[Place, ...]:
        """Return the places that the text may mean."""
        return self.match.places


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ground:
    """Hold the grids a match leaves, the areas that contain them, and the only grid of them."""

    possible: tuple[str, ...]
    areas: tuple[str, ...]
    single: str | None
    common: str | None


def settling_area(county: CountyMap, codes: Sequence[str]) -> str | None:
    """Return the lowest area above the grids that contains all ``codes``; the root for none.

    For a single grid this is its community: the one who knows is not the grid in doubt.
    """
    shared = lowest_common_area(codes)
    if shared is not None and level_of(shared) is county.level:
        shared = parent_of(shared)
    return shared or county.root


def weigh_text(county: CountyMap, match: AddressMatch) -> TextFinding:
    """Say what a matched address leaves open; pure, the same for the same input and revision."""
    if match.outside:
        return _nothing(county, match, "text_outside")
    if not match.places:
        named = match.name is not None
        return _nothing(county, match, "county_only" if named else "text_unknown")
    if match.link is Link.MATTERS and match.matters:
        return _from_matters(county, match)
    if len(match.places) == 1 and match.places[0].kind is PlaceKind.TOWNSHIP:
        township = match.places[0].area_code
        return TextFinding(
            match=match,
            verdict=Verdict.DESK,
            rule="township_only",
            grid=None,
            certain=township,
            settled_by=township,
            possible=(),
        )
    ground = _ground(county, match)
    return _found(county, match, ground, *_verdict(match, ground))


def _nothing(county: CountyMap, match: AddressMatch, rule: str) -> TextFinding:
    return TextFinding(
        match=match,
        verdict=Verdict.DESK,
        rule=rule,
        grid=None,
        certain=county.root if rule == "county_only" else None,
        settled_by=county.root,
        possible=(),
    )


def _from_matters(county: CountyMap, match: AddressMatch) -> TextFinding:
    """Weigh each of several matters for itself; one grid for all of them is that grid's."""
    parts = [weigh_text(county, matter.match) for matter in match.matters]
    possible = tuple(dict.fromkeys(code for part in parts for code in part.possible))
    unheld = [p.area_code for part in parts if not part.possible for p in part.places]
    ground = _grounded(possible, (*possible, *unheld), certain=not unheld)
    if ground.single and all(part.verdict is Verdict.AUTO for part in parts):
        return _found(county, match, ground, Verdict.AUTO, "matters_in_one_grid")
    far = ground.common is None or level_of(ground.common) is Level.COUNTY
    verdict = Verdict.DESK if far else Verdict.CONFIRM
    return _found(county, match, ground, verdict, "several_matters")


def _ground(county: CountyMap, match: AddressMatch) -> _Ground:
    """Gather the grids of all places; a crossing lies where its streets have grids in common."""
    grids = [grids_of(county, place, match) for place in match.places]
    possible = tuple(dict.fromkeys(code for held in grids for code in held))
    road = any(place.kind is PlaceKind.ROAD for place in match.places)
    if match.link is Link.CROSSING:
        shared = tuple(c for c in possible if all(c in held for held in grids))
        if shared:
            return _grounded(shared, shared, certain=False)
    if road and match.within is not None:
        return _grounded(possible, (*possible, match.within), certain=False)
    unheld = [p.area_code for p, held in zip(match.places, grids, strict=True) if not held]
    areas = (*possible, *unheld)
    if road:
        # The street's own area, unless its grids reach beyond it.
        areas = (*areas, *(place.area_code for place in match.places))
    also = [code for place in match.possibly for code in grids_of(county, place, match)]
    possible = tuple(dict.fromkeys((*possible, *also)))
    areas = (*areas, *also, *(place.area_code for place in match.possibly))
    return _grounded(possible, areas, certain=not unheld and not road)


def _grounded(possible: tuple[str, ...], areas: tuple[str, ...], *, certain: bool) -> _Ground:
    single = possible[0] if len(possible) == 1 and certain else None
    return _Ground(possible=possible, areas=areas, single=single, common=lowest_common_area(areas))


def _found(
    county: CountyMap, match: AddressMatch, ground: _Ground, verdict: Verdict, rule: str
) -> TextFinding:
    settling = settling_area(county, ground.areas)
    settled_by = settling if verdict is Verdict.CONFIRM else None
    if verdict is Verdict.DESK:
        settled_by = _desk(county, match, rule, settling)
    return TextFinding(
        match=match,
        verdict=verdict,
        rule=rule,
        grid=ground.single,
        certain=ground.single or settling,
        settled_by=settled_by,
        possible=ground.possible,
    )


def _desk(county: CountyMap, match: AddressMatch, rule: str, settling: str | None) -> str | None:
    """Return whose desk settles it: the township's where both places lie in it, else the root's."""
    if rule in _TO_TOWNSHIP and settling is not None and settling != county.root:
        codes = [place.area_code for place in match.places]
        return lowest_common_area([code[:9] for code in codes]) or county.root
    return county.root


_TO_TOWNSHIP = ("between_places", "of_both_places", "source_unknown")


def _verdict(match: AddressMatch, ground: _Ground) -> tuple[Verdict, str]:
    far = ground.common is None or level_of(ground.common) is Level.COUNTY
    if match.perceived:
        return Verdict.DESK, "source_unknown"
    if match.link in _JOINED and ground.single is None:
        wide = any(place.kind in _WIDE for place in match.places)
        return (Verdict.DESK if wide or far else Verdict.CONFIRM), _JOINED[match.link]
    if match.link is Link.CROSSING:
        return Verdict.CONFIRM, "crossing_of_streets"
    if len(match.places) > 1 and far:
        return Verdict.DESK, "several_places" if match.mentions else "same_name_elsewhere"
    if any(place.kind is PlaceKind.ROAD for place in match.places):
        if match.lack is Lack.KILOMETRE_POST:
            return Verdict.DESK, "post_unknown"
        return Verdict.CONFIRM, "road_crosses_grids"
    if match.possibly:
        return Verdict.CONFIRM, "short_for_others"
    if ground.single is None:
        return Verdict.CONFIRM, "several_grids"
    return _of_single(match)


_JOINED: Final = {Link.BETWEEN: "between_places", Link.BOTH: "of_both_places"}
_WIDE: Final = (PlaceKind.TOWNSHIP, PlaceKind.COMMUNITY, PlaceKind.HAMLET, PlaceKind.ROAD)


def _of_single(match: AddressMatch) -> tuple[Verdict, str]:
    """Say whether a text that leaves one grid is certain of it."""
    if match.unexplained:
        return Verdict.CONFIRM, "text_unexplained"
    if match.hearsay:
        return Verdict.CONFIRM, "speakers_place"
    if match.relation is Relation.TOWARDS:
        return Verdict.CONFIRM, "direction_only"
    # Of several places in one grid it does not matter which is meant.
    margin = 1.0 if match.margin is None or len(match.places) > 1 else match.margin
    nearly = match.match_type in _NEARLY and match.margin is not None and margin >= SURE_MARGIN
    if match.match_type not in _CERTAIN and not nearly:
        return Verdict.CONFIRM, "match_uncertain"
    if margin < LEAST_MARGIN:
        return Verdict.CONFIRM, "margin_small"
    return Verdict.AUTO, "place_in_one_grid"
