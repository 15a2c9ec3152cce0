"""Hold the places of one county by the forms of their names, by number and by code."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from copy import copy

from geo.address.details import building_label
from geo.address.forms import OFFICES, SHORTEST, VILLAGE_SUFFIXES, Entry, core, entries_of
from geo.address.grid_names import grid_label
from geo.address.groups import group_at
from geo.address.kilometre_posts import place_on_road
from geo.address.normalise import normalise_name
from geo.address.types import MatchType, Place, PlaceKind
from geo.address.variants import vary

_SAID = (
    ("社区居民委员会", "社区"), ("社区居委会", "社区"), ("村村民委员会", "村"), ("村村委会", "村"),
    ("村民委员会", "村"), ("村委会", "村"),
)  # fmt: skip
_UNIT = PlaceKind.COMMUNITY
_KIND_OF_CODE = {9: PlaceKind.TOWNSHIP, 12: PlaceKind.COMMUNITY}
# 上茅庵 and 下茅庵 are both called 茅庵 for short; one of a pair alone is not.
_PAIRS = tuple(map(frozenset, ("上下", "东西", "南北", "前后", "大小")))

_OF_VILLAGES = (PlaceKind.COMMUNITY, PlaceKind.HAMLET, PlaceKind.GRID, PlaceKind.POI)


class Gazetteer:
    """Hold the places of one county by form, by number inside a compound, and by code."""

    def __init__(self, places: Iterable[Place], *, county_names: Iterable[str] = ()) -> None:
        """Index ``places``; linear in their number, does not copy them."""
        self._prefixes = sorted(map(normalise_name, county_names), key=len, reverse=True)
        self.forms: dict[str, list[Entry]] = {}
        self.local: dict[str, dict[str, list[Entry]]] = defaultdict(lambda: defaultdict(list))
        self.by_id: dict[str, Place] = {}
        self._numbered: dict[tuple[str, str], list[Place]] = defaultdict(list)
        self._grids: dict[str, dict[str, Place]] = defaultdict(dict)
        self._groups: dict[tuple[str, str], Place] = {}
        self._posts: dict[str, list[Place]] = defaultdict(list)
        self._offices: dict[str, Place] = {}
        self._below: dict[str, list[Entry]] = defaultdict(list)
        self._area_names: dict[str, str] = {}
        self._calls: dict[str, tuple[Place, tuple[str, str, str]]] = {}
        known = tuple(places)
        areas = [p for p in known if p.kind in (PlaceKind.TOWNSHIP, PlaceKind.COMMUNITY)]
        self._area_names.update(
            (place.area_code, place.name)
            for place in areas
            if _KIND_OF_CODE.get(len(place.area_code)) is place.kind
        )
        self._said = {
            code: normalise_name(_short(name, _UNIT)) for code, name in self._area_names.items()
        }
        self._called: dict[str, list[str]] = defaultdict(list)
        for code, said in self._said.items():
            self._called[said].append(code)
        for place in known:
            self.by_id[place.id] = place
            name = normalise_name(place.name)
            if not self._is_numbered(place, name):
                for entry in entries_of(place, name, self._without_county(name)):
                    self._keep(entry)
        self._villages = {p.area_code: p for p in areas if p.kind is PlaceKind.COMMUNITY}
        self._short = self._short_names(self._villages.values())
        for form, entries in self._short.items():
            self.forms.setdefault(form, entries)

    def with_grids(self, grids: Sequence[Place]) -> Gazetteer | None:
        """Return the gazetteer with more grids, or None when one of them has no number.

        The same as one made from all places at once, as long as the codes of ``grids`` follow
        those of their communities' other grids. All forms are shared with this one.
        """
        labels = [grid_label(normalise_name(grid.name)) for grid in grids]
        if not all(labels):
            return None
        known = dict(self._grids)
        for grid, label in zip(grids, labels, strict=True):
            community = grid.area_code[:12]
            known[community] = {str(label): grid, **known.get(community, {})}
        joined = copy(self)
        by_id = self.by_id | {grid.id: grid for grid in grids}
        vars(joined).update(by_id=by_id, _grids=known, _calls={})
        return joined

    def building(self, compound: Place, label: str) -> tuple[Place, ...]:
        """Return the buildings of ``compound`` that carry the number ``label``."""
        return tuple(self._numbered.get((compound.id, label), ()))

    def _is_numbered(self, place: Place, name: str) -> bool:
        """Keep a place that is found by its number behind a name; say whether it is one."""
        if place.kind is PlaceKind.KILOMETRE_POST:
            self._posts[place.parent_id or ""].append(place)
            return True
        if place.kind is PlaceKind.HAMLET:
            return self._is_group(place, name)
        if place.kind is PlaceKind.BUILDING and place.parent_id:
            label = building_label(name)
            if label:
                self._numbered[place.parent_id, label].append(place)
            return label is not None
        if place.kind is PlaceKind.GRID:
            label = grid_label(name)
            if label:
                self._grids[place.area_code[:12]].setdefault(label, place)
            return label is not None
        return False

    def _is_group(self, place: Place, name: str) -> bool:
        """Keep a villagers' group by its number; its nickname is a name as any other."""
        village = self._said.get(place.area_code[:12], "")
        stem = core(village, VILLAGE_SUFFIXES) or village
        rest = name.removeprefix(village) if name.startswith(village) else name.removeprefix(stem)
        number = group_at(rest, 0)
        if number is None or number[1] != len(rest):
            return False
        self._groups.setdefault((place.area_code[:12], number[0]), place)
        if place.aliases or place.local_aliases:
            for entry in entries_of(place, "", ""):
                self._keep(entry)
        return True

    def group(self, village: Place, label: str) -> Place | None:
        """Return the villagers' group of ``village`` with the number ``label``, or its grid."""
        return self._groups.get((village.area_code, label)) or self.grid(village, label)

    def on_road(self, road: Place, metres: int) -> Place | None:
        """Return the place ``metres`` along ``road`` by its kilometre posts, None beyond them."""
        return place_on_road(self._posts.get(road.id, ()), metres)

    def grid(self, community: Place, label: str) -> Place | None:
        """Return the grid of ``community`` with the number ``label``."""
        return self._grids.get(community.area_code, {}).get(label)

    def has_numbered_grids(self, community: Place) -> bool:
        """Say whether the numbers of the grids of ``community`` are known."""
        return community.area_code in self._grids

    def usual_name(self, place: Place) -> str:
        """Return the full name as people say it: 振华社区 for its committee."""
        return self._called_of(place)[1]

    def full_name(self, place: Place) -> str:
        """Return the name, with the compound's before it where the building's lacks it.

        A grid that is only called 第三网格 gets its community's before it.
        """
        return self._called_of(place)[0]

    def place_hint(self, place: Place) -> str:
        """Return what tells the place apart from its namesakes: township, community, name."""
        return self._called_of(place)[2]

    def _called_of(self, place: Place) -> tuple[str, str, str]:
        """Return full name, usual name and hint of a place: put together when first asked for.

        No more are kept than there are places; one made on the way, between two kilometre posts,
        is none of them.
        """
        known = self._calls.get(place.id)
        if known is None or known[0] is not place:
            full = self._full_name(place)
            usual = _short(full, place.kind)
            known = place, (full, usual, self._place_hint(place, usual))
            if self.by_id.get(place.id) is place:
                self._calls[place.id] = known
        return known[1]

    def _full_name(self, place: Place) -> str:
        if place.kind is PlaceKind.GRID:
            name = _short(self._area_names.get(place.area_code[:12], ""), PlaceKind.COMMUNITY)
            return place.name if place.name.startswith(name) else name + place.name
        compound = self.by_id.get(place.parent_id or "")
        if compound is not None and place.kind is PlaceKind.KILOMETRE_POST:
            return compound.name + (f"{place.name}公里" if place.name.isdigit() else place.name)
        if compound is None or place.name.startswith(compound.name):
            return place.name
        return compound.name + place.name

    def _place_hint(self, place: Place, usual: str) -> str:
        parts = [usual]
        if place.kind is not PlaceKind.TOWNSHIP:
            finer = place.kind is not PlaceKind.COMMUNITY
            codes = (place.area_code[:12], place.area_code[:9]) if finer else (place.area_code[:9],)
            for code in dict.fromkeys(codes):
                name = self._area_names.get(code)
                short = _short(name, _KIND_OF_CODE[len(code)]) if name else ""
                if short and short not in parts[0]:
                    parts.insert(0, short)
        return "".join(parts)

    def names_below(self, code: str) -> Iterator[Entry]:
        """Yield the names of places inside a township or community that may be misspelt."""
        for entry in self._below.get(code[:9], ()):
            itself = entry.place.area_code == code and entry.place.kind in _KIND_OF_CODE.values()
            if entry.place.area_code.startswith(code) and not itself:
                yield entry

    def readings(self, key: str) -> tuple[Entry, ...]:
        """Return what a varied spelling may mean everywhere, in no certain township.

        田家圪旦村井房 is the well house of every 田家圪旦, not only the one that is so listed.
        """
        entries = self.forms.get(key, ())
        also: list[Entry] = []
        for entry in entries:
            said = self._said.get(entry.place.area_code[:12], "")
            rest = key[len(said) :]
            if entry.place.kind is PlaceKind.POI and key.startswith(said) and rest in self.local:
                local = self.local[rest]
                also += [
                    each._replace(form=entry.form, scope=None)
                    for code in self._called.get(said, ())
                    for each in local.get(code, ())
                ]
        return (*entries, *also) if also else tuple(entries)

    def village_of(self, place: Place) -> Place | None:
        """Return the village that a place is, or whose group, grid or house it is."""
        return self._villages.get(place.area_code[:12]) if place.kind in _OF_VILLAGES else None

    def short_for(self, village: Place, written: str) -> Sequence[Entry]:
        """Return the pair (上茅庵, 下茅庵) that ``written`` (茅庵村二组) may be short for.

        Nothing where it does not begin with the name of ``village`` (茅庵).
        """
        name = normalise_name(village.name)
        short = vary(core(name, VILLAGE_SUFFIXES) or name)
        return self._short.get(short, ()) if vary(written).startswith(short) else ()

    def office(self, community: Place) -> Place | None:
        """Return the house of a committee (村委会), None where it is not listed."""
        return self._offices.get(community.area_code)

    def _keep(self, entry: Entry) -> None:
        key = vary(entry.form)
        if entry.scope is None and not entry.class_word and len(key) > SHORTEST:
            self._below[entry.place.area_code[:9]].append(entry)
        if entry.place.kind is PlaceKind.POI and entry.form.endswith(OFFICES):
            self._offices.setdefault(entry.place.area_code[:12], entry.place)
        if entry.scope is not None:
            self.local[key][entry.scope].append(entry)
            return
        entries = self.forms.get(key)
        if entries is None:
            self.forms[key] = [entry]
        elif entries[-1].place.id != entry.place.id:
            # The forms of one place come in a row, so its first reading is the last one here.
            entries.append(entry)

    def _short_names(self, communities: Iterable[Place]) -> dict[str, list[Entry]]:
        """Return what pairs like 上茅庵 and 下茅庵 are called for short, with both of them."""
        families: dict[str, dict[str, list[Place]]] = defaultdict(lambda: defaultdict(list))
        for place in communities:
            name = normalise_name(place.name)
            stem = core(name, VILLAGE_SUFFIXES)
            if stem and len(stem) > SHORTEST and any(stem[0] in pair for pair in _PAIRS):
                families[stem[1:]][stem[0]].append(place)
        short: dict[str, list[Entry]] = {}
        for stem, members in families.items():
            if any(pair <= members.keys() for pair in _PAIRS):
                places = [place for first in sorted(members) for place in members[first]]
                for form, bare in ((stem, True), (stem + "村", False), (stem + "村委会", False)):
                    short[vary(form)] = [
                        Entry(place, MatchType.FALLBACK, bare, form=form) for place in places
                    ]
        return short

    def _without_county(self, name: str) -> str:
        for prefix in self._prefixes:
            if name.startswith(prefix) and len(name) - len(prefix) >= SHORTEST:
                return name[len(prefix) :]
        return name


def _short(name: str, kind: PlaceKind) -> str:
    """Return the name as people say it: 磴口村 for 磴口村委会, 振华社区 for its committee."""
    if kind is PlaceKind.COMMUNITY:
        for suffix, usual in _SAID:
            if name.endswith(suffix) and len(name) - len(suffix) >= SHORTEST:
                return name[: -len(suffix)] + usual
    return name
