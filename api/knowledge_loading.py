"""Read from the database what every answer needs; what has not changed stays as it is."""

from __future__ import annotations

from collections.abc import Mapping

from api.calendar.loading import load_calendar, load_settings
from api.db.area_store import AreaRow, read_boundary_revisions
from api.db.engine import Connection
from api.db.place_store import read_categories, read_places
from api.duty.loading import load_roster
from api.knowledge_news import areas_since, with_new_grids
from api.knowledge_parts import Category, Knowledge
from api.life.county import Templates
from api.privacy.vault import Vault
from api.problems import Problem
from api.routing.lanes import matter_of
from api.routing.loading import load_access_lists
from geo.address.grid_names import grid_places
from geo.address.matcher import AddressMatcher, Matcher
from geo.address.surroundings import surroundings_of
from geo.locate.decision import NO_LANDMARKS
from geo.locate.landmarks import Landmarks


def load_knowledge(
    connection: Connection,
    numbers: Mapping[str, int],
    old: Knowledge | None,
    templates: Templates,
    vault: Vault,
) -> Knowledge:
    """Return the knowledge of today; parts of ``old`` whose ``numbers`` are the same are kept.

    Raises Problem 503 where no county is loaded.
    """

    def unchanged(kind: str) -> bool:
        return old is not None and old.revisions.get(kind) == numbers.get(kind)

    if old is not None and unchanged("boundaries"):
        areas, boundary_revisions = old.areas, old.boundary_revisions
    else:
        boundary_revisions = tuple(read_boundary_revisions(connection))
        areas = areas_since(connection, numbers, old, boundary_revisions)
    counties = [row for row in areas.values() if row.level == "county"]
    if not counties or not boundary_revisions:
        raise Problem("unavailable", "尚未导入网格数据，请先运行 wangge init --demo 或导入边界。")
    if old is not None and unchanged("roster"):
        roster = old.roster
    else:
        roster = load_roster(connection, numbers.get("roster", 0))
    if old is not None and unchanged("calendar"):
        calendar, clock_settings = old.calendar, old.clock_settings
    else:
        calendar, clock_settings = load_calendar(connection), load_settings(connection)
    if old is not None and unchanged("access_list"):
        access_lists = old.access_lists
    else:
        access_lists = load_access_lists(connection)
    categories = {row[0]: Category(*row) for row in read_categories(connection)}
    if old is not None and unchanged("places"):
        matcher, landmarks = with_new_grids(old, areas), old.landmarks
    else:
        matcher, landmarks = None, NO_LANDMARKS
    if matcher is None:
        matcher, landmarks = _make_matcher(connection, counties[0], areas)
    return Knowledge(
        revisions=dict(numbers),
        county=counties[0],
        areas=areas,
        boundary_revisions=boundary_revisions,
        roster=roster,
        matcher=matcher,
        landmarks=landmarks,
        categories=categories,
        matters={code: matter_of(category) for code, category in categories.items()},
        access_lists=access_lists,
        calendar=calendar,
        clock_settings=clock_settings,
        templates=templates,
        vault=vault,
    )


def _make_matcher(
    connection: Connection, county: AreaRow, areas: Mapping[str, AreaRow]
) -> tuple[AddressMatcher, Landmarks]:
    around = surroundings_of(county.code)
    own = (county.name, county.official_name, *around.county_names)
    places = read_places(connection)
    grids = grid_places({code: row.name for code, row in areas.items()}, places)
    matcher = Matcher(
        (*places, *grids),
        county_code=county.code,
        county_names=tuple(dict.fromkeys(own)),
        above_names=around.above_names,
        foreign_names=around.foreign_names,
    )
    return matcher, Landmarks(places)
