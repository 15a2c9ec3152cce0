"""Make a county that nobody has seen: other names, other places, squares for grids.

So that nothing is tuned to one county: its names come from other parts of the country, its
namesakes and near names from chance. The same seed gives the same county.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import shapely
from shapely.geometry.base import BaseGeometry

from bench.addresses.county import Subject, make_matcher
from bench.addresses.truth import Truth
from geo.address.matcher import Matcher
from geo.address.surroundings import Surroundings
from geo.address.types import LocalAlias, Place, PlaceKind
from geo.codes import lowest_common_area
from geo.locate.county_map import CountyMap
from geo.synthetic.units import ordinal

PLACES_PER_TOWNSHIP = 500
_WEST, _NORTH = 104.0, 33.0
_CELL = 0.01  # degrees, about a kilometre: one grid
_ROW = 60  # grids in a row
_COMMUNITIES = 25
_TOWN_COMMUNITIES = 5
_TOWNSHIP_HEADS = (
    "清溪", "白鹿", "石门", "龙泉", "乌兰", "巴彦", "柳河", "永宁", "望江", "梅岭", "查干", "双河",
    "凤鸣", "古塔", "临泽", "安丰", "青林", "沙洲", "松山", "红岩",
)  # fmt: skip
SURNAMES = tuple("陈赵孙周吴郑冯蒋沈韩杨朱秦许何吕施曹严魏陶姜谢邹喻")
_MIDDLES = ("家", "庄", "子", "老", "")
_ENDINGS = (
    "塘", "坡", "岭", "寨", "堡", "铺", "集", "店", "屯", "桥", "坪", "垭", "坝", "圩", "渡",
    "窝", "坑", "峪", "庙", "楼",
)  # fmt: skip
_LONG = ("呼勒斯", "阿日善", "哈布其", "巴润", "额很", "道劳", "宝日", "牧仁", "海拉", "珠斯")
_LONG_ENDINGS = ("淖尔", "高勒", "浩来", "塔拉", "乌素", "布拉格", "昭", "图")
_DIRECTIONS = ("东", "西", "南", "北", "上", "下", "大", "小", "前", "后")
_TOWN = (
    "新月", "长虹", "文昌", "学苑", "滨河", "金盾", "百花", "迎宾", "紫竹", "春华", "秋实", "凌云",
    "启明", "同济", "广益", "明德", "育英", "东岳", "南浦", "桃源",
)  # fmt: skip
_COMPOUND_HEADS = (
    "翡翠", "水岸", "融汇", "保利", "天鹅", "御景", "丰泽", "山水", "梧桐", "橡树", "香樟", "枫叶",
    "世纪", "时代", "未来", "铂金", "钻石", "晴川", "澜庭", "云顶",
)  # fmt: skip
_COMPOUND_TAILS = ("苑", "花园", "家园", "小区", "公寓", "华府", "新城", "一品", "名都", "里")
_POINTS = (
    ("卫生室", ("卫生室", "卫生所")), ("小学", ("小学", "村小")), ("文化站", ("文化站",)),
    ("泵站", ("泵站", "抽水站")), ("祠堂", ("祠堂", "老祠堂")), ("养老院", ("养老院",)),
)  # fmt: skip
_ROADS = ("南环大道", "长安路", "解放大街", "省道206", "国道213", "滨江路", "工业一路", "站前大道")


@dataclass(slots=True)
class _Draft:
    """Collect places, names by code and cells by grid code while a county grows."""

    chance: random.Random
    county: str
    places: list[Place] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    cells: dict[str, tuple[int, int]] = field(default_factory=dict)

    def add_cells(self, community: str, count: int, name: str) -> tuple[str, ...]:
        """Give a community its grids, the next free squares from west to east."""
        codes = []
        for number in range(1, count + 1):
            code = f"{community}{number:03d}"
            self.cells[code] = (len(self.cells) % _ROW, len(self.cells) // _ROW)
            self.names[code] = f"{name}第{ordinal(number)}网格"
            codes.append(code)
        return tuple(codes)

    def inside(self, grid: str, margin: float = 0.25) -> tuple[float, float]:
        """Return a place in a grid, away from its borders."""
        column, row = self.cells[grid]
        east, south = (self.chance.uniform(margin, 1 - margin) for _ in range(2))
        return round(_WEST + (column + east) * _CELL, 7), round(_NORTH - (row + south) * _CELL, 7)

    def add(self, place_id: str, name: str, kind: PlaceKind, grids: tuple[str, ...], *,
            radius_m: float, area: str | None = None, parent: str | None = None,
            where: tuple[float, float] | None = None, aliases: tuple[str, ...] = (),
            local: tuple[LocalAlias, ...] = ()) -> None:  # fmt: skip
        """Add a place; it lies in its middle grid unless it is said where."""
        lon, lat = where or self.inside(grids[len(grids) // 2])
        self.places.append(
            Place(id=place_id, name=name, kind=kind, lon=lon, lat=lat, radius_m=radius_m,
                  area_code=area or lowest_common_area(grids) or self.county, grids=grids,
                  parent_id=parent, aliases=aliases, local_aliases=local)
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class OtherCounty:
    """Hold an invented county before a matcher knows it."""

    code: str
    places: tuple[Place, ...]
    names: Mapping[str, str]
    shapes: Mapping[str, BaseGeometry]
    around: Surroundings

    def matcher(self) -> Matcher:
        """Return a matcher made anew."""
        return make_matcher(self.places, self.names, self.around, self.code)

    def subject(self) -> Subject:
        """Return the county with a matcher and its judge."""
        codes = sorted(self.shapes)
        county = CountyMap(
            revision="other",
            codes=codes,
            geometries=[self.shapes[code] for code in codes],
            names=self.names,
        )
        return Subject(self.matcher(), county, Truth(self.places, self.shapes, {}))


def make_county(seed: int, townships: int = 10) -> OtherCounty:
    """Return an invented county with about ``PLACES_PER_TOWNSHIP`` places in each township."""
    draft = _Draft(random.Random(seed), f"99{seed % 10_000:04d}")
    draft.names[draft.county] = "平川县"
    for number, head in enumerate(_names_of_townships(townships)):
        _add_township(draft, f"{draft.county}{100 + number:03d}", head)
    _add_roads(draft)
    draft.places.sort(key=lambda place: list(PlaceKind).index(place.kind))
    around = Surroundings(
        county_names=("平川县", "平川"),
        above_names=("临江市", "临江", "川北省"),
        foreign_names=("嘉阳县", "柳树区", "东昌市", "北固区", "望都县", "宁海县"),
    )
    shapes = {code: _square(*cell) for code, cell in draft.cells.items()}
    return OtherCounty(draft.county, tuple(draft.places), draft.names, shapes, around)


def _names_of_townships(count: int) -> Iterator[str]:
    for number in range(count):
        head = _TOWNSHIP_HEADS[number % len(_TOWNSHIP_HEADS)]
        yield ("", "新", "南", "北", "东", "西")[number // len(_TOWNSHIP_HEADS)] + head


def _add_township(draft: _Draft, code: str, head: str) -> None:
    name = head + draft.chance.choice(("镇", "镇", "乡", "苏木"))
    draft.names[code] = name
    taken: set[str] = set()
    first = len(draft.cells)
    for number in range(_COMMUNITIES):
        if number < _TOWN_COMMUNITIES:
            _add_town(draft, f"{code}{1 + number:03d}", taken)
        else:
            _add_village(draft, f"{code}{200 + number:03d}", taken)
    grids = tuple(list(draft.cells)[first:])
    draft.add(f"T{code}", name, PlaceKind.TOWNSHIP, grids, radius_m=9_000.0, area=code,
              aliases=(head,))  # fmt: skip


def _fresh(draft: _Draft, taken: set[str], make: list[tuple[str, ...]]) -> str:
    """Return a name that is new in the township; elsewhere in the county it may be borne again."""
    while True:
        name = "".join(draft.chance.choice(parts) for parts in make)
        if name not in taken and len(name) > 1:
            taken.add(name)
            return name


def _add_town(draft: _Draft, code: str, taken: set[str]) -> None:
    head = _fresh(draft, taken, [_TOWN, ("", "", "一", "东", "西")])
    name = f"{head}社区"
    draft.names[code] = f"{name}居委会"
    grids = draft.add_cells(code, draft.chance.randint(4, 7), name)
    draft.add(f"V{code}", name, PlaceKind.COMMUNITY, grids, radius_m=2_000.0, area=code,
              aliases=(head,))  # fmt: skip
    draft.add(f"L{code}", f"{head}社区服务中心", PlaceKind.POI, (grids[0],), radius_m=60.0,
              local=(LocalAlias("居委会", code),))  # fmt: skip
    for number in range(1, 6):
        compound = _fresh(draft, taken, [_COMPOUND_HEADS, _COMPOUND_TAILS])
        held: tuple[str, ...] = (grids[number % len(grids)],)
        if draft.chance.random() < 0.1:
            held = (grids[0], grids[1])
        compound_id = f"C{code}{number:02d}"
        draft.add(compound_id, compound, PlaceKind.COMPOUND, held, radius_m=150.0,
                  area=held[0] if len(held) == 1 else code)  # fmt: skip
        for building in range(1, draft.chance.randint(6, 12)):
            grid = held[building % len(held)]
            draft.add(f"{compound_id}-{building}", f"{building}号楼", PlaceKind.BUILDING, (grid,),
                      radius_m=30.0, parent=compound_id)  # fmt: skip
    for number in range(1, 4):
        lane = _fresh(draft, taken, [SURNAMES, _ENDINGS, ("巷", "胡同", "里弄")])
        held = grids[number % 3 : number % 3 + draft.chance.choice((1, 1, 2))]
        draft.add(f"A{code}{number}", lane, PlaceKind.LANE, held, radius_m=100.0)


def _add_village(draft: _Draft, code: str, taken: set[str]) -> None:
    chance = draft.chance
    if chance.random() < 0.3:
        head = _fresh(draft, taken, [_LONG, _LONG_ENDINGS])
    else:
        head = _fresh(draft, taken, [("", "", "", *_DIRECTIONS), SURNAMES, _MIDDLES, _ENDINGS])
    name = head + "村"
    draft.names[code] = f"{name}民委员会"
    grids = draft.add_cells(code, chance.randint(1, 8), name)
    draft.add(f"V{code}", name, PlaceKind.COMMUNITY, grids, radius_m=2_000.0, area=code,
              aliases=(head,))  # fmt: skip
    draft.add(f"L{code}", f"{name}村委会", PlaceKind.POI, (grids[0],), radius_m=80.0,
              local=(LocalAlias("村委会", code), LocalAlias("村部", code)))  # fmt: skip
    for number, grid in enumerate(grids, start=1):
        draft.add(f"H{grid}", f"{name}{ordinal(number)}组", PlaceKind.HAMLET, (grid,),
                  radius_m=200.0, parent=f"V{code}")  # fmt: skip
    for number, (kind, said) in enumerate(_POINTS, start=1):
        if chance.random() < 0.75:
            draft.add(f"P{code}{number}", name + kind, PlaceKind.POI, (chance.choice(grids),),
                      radius_m=40.0, local=tuple(LocalAlias(n, code) for n in said))  # fmt: skip


def _add_roads(draft: _Draft) -> None:
    """Lay each road along a row of squares, with a post in each."""
    rows = max(row for _, row in draft.cells.values())
    by_cell = {cell: code for code, cell in draft.cells.items()}
    for number, name in enumerate(_ROADS):
        row = (number + 1) * rows // (len(_ROADS) + 1)
        grids = [by_cell[column, row] for column in range(_ROW) if (column, row) in by_cell]
        road_id = f"R{number:03d}"
        draft.add(road_id, name, PlaceKind.ROAD, tuple(grids), radius_m=30_000.0)
        if "道2" in name:
            for km, grid in enumerate(grids, start=300 + 100 * number):
                column, _ = draft.cells[grid]
                where = (_WEST + (column + 0.5) * _CELL, _NORTH - (row + 0.5) * _CELL)
                draft.add(f"K{number}-{km}", str(km), PlaceKind.KILOMETRE_POST, (grid,),
                          radius_m=50.0, parent=road_id, where=where)  # fmt: skip


def _square(column: int, row: int) -> BaseGeometry:
    """Return a square on the lattice that shares its corners with its neighbours."""
    west, east = (round((_WEST + n * _CELL) * 1e8) / 1e8 for n in (column, column + 1))
    north, south = (round((_NORTH - n * _CELL) * 1e8) / 1e8 for n in (row, row + 1))
    return shapely.box(west, south, east, north)
