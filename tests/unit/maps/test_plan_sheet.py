"""The map before and after a plan: true to scale, readable in black, and nobody's words run."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import shapely
from pyproj import Geod

from maps.hatching import hatch
from maps.plan_panel import INKS, SheetGrid, SheetRoad
from maps.plan_sheet import KeyRow, PlanPicture, changed_bounds, draw_sheet, plane_of
from maps.plane import plane_for, round_scale, scale_bar
from maps.svg import tag, words, wrapped

SVG = "{http://www.w3.org/2000/svg}"
GRS80 = Geod(ellps="GRS80")
WEST, SOUTH = 110.5, 40.55


def square(column: float, row: float, width: float = 1) -> shapely.Polygon:
    """A box of about 170 by 220 metres in the county's town."""
    west, south = WEST + column * 0.002, SOUTH + row * 0.002
    return shapely.box(west, south, west + 0.002 * width, south + 0.002)


def grid(number: int, column: float, row: float, change: str = "", **more: Any) -> SheetGrid:
    shape = more.pop("shape", None) or square(column, row)
    members = {"label": f"第{number}网格", "community": "振华社区", **more}
    return SheetGrid(
        code=f"150221104001{number:03d}", shape=shape, change=change, number=number, **members
    )


def picture(**members: Any) -> PlanPicture:
    """A split of one grid of three in a row."""
    plain: dict[str, Any] = {
        "title": "振华社区网格调整",
        "subtitle": "萨拉齐镇网格界线调整前后对照图",
        "captions": ("调整前", "调整后"),
        "before": [grid(1, 0, 0), grid(2, 1, 0, "changed", shape=square(1, 0, 2)), grid(3, 3, 0)],
        "after": [
            grid(1, 0, 0), grid(2, 1, 0, "changed"), grid(9, 2, 0, "created"), grid(3, 3, 0),
        ],
        "roads": [],
        "rows": [row(1)],
        "facts": [("文号", "土右网格发〔2026〕7号")],
        "notice": "网格界线仅用于服务管理",
    }  # fmt: skip
    return PlanPicture(**{**plain, **members})


def row(number: int) -> KeyRow:
    return KeyRow(
        number=number,
        change="changed",
        name=f"第{number}网格",
        code=f"150221104001{number:03d}",
        areas="1.0 → 0.5",
        households="40 → 20",
    )


def drawn(**members: Any) -> ET.Element:
    return ET.fromstring(draw_sheet(picture(**members)))


def texts(sheet: ET.Element) -> list[str]:
    return [text.text or "" for text in sheet.iter(f"{SVG}text")]


def test_the_sheet_is_one_page_of_a3_with_two_halves() -> None:
    sheet = drawn()
    assert (sheet.get("width"), sheet.get("height")) == ("420mm", "297mm")
    assert sheet.get("viewBox") == "0 0 420 297"
    assert [sheet.find(f"{SVG}g[@id='{half}']") is not None for half in ("before", "after")] == [
        True,
        True,
    ]
    assert {"网格界线仅用于服务管理", "文号：土右网格发〔2026〕7号", "北"} <= set(texts(sheet))


@pytest.mark.parametrize("size", [0.0005, 0.004, 0.03, 0.4])
def test_the_scale_bar_is_as_long_as_the_metres_it_names(size: float) -> None:
    plane = plane_of((WEST, SOUTH, WEST + size, SOUTH + size * 0.8))
    metres, millimetres = scale_bar(plane.scale, 55)
    assert 20 <= millimetres <= 55
    across, along = plane.mm_per_degree()
    east = GRS80.inv(plane.lon, plane.lat, plane.lon + millimetres / across, plane.lat)[2]
    north = GRS80.inv(plane.lon, plane.lat, plane.lon, plane.lat + millimetres / along)[2]
    assert east == pytest.approx(metres, rel=2e-4)
    assert north == pytest.approx(metres, rel=2e-4)


def test_the_drawn_bar_and_the_named_scale_agree() -> None:
    sheet = drawn()
    (named,) = (
        re.fullmatch(r"比例尺：1:(\d+)（A3原大打印）", text)
        for text in texts(sheet)
        if "1:" in text
    )
    assert named
    for bar in sheet.iter(f"{SVG}g"):
        if bar.get("class") == "scale-bar":
            metres, millimetres = float(bar.get("data-metres")), float(bar.get("data-millimetres"))
            assert metres * 1000 / millimetres == pytest.approx(float(named[1]))
            whole = max(
                float(box.get("width")) for box in bar.iter(f"{SVG}rect") if box.get("stroke")
            )
            assert whole == pytest.approx(millimetres, abs=0.01)


@pytest.mark.parametrize(
    ("needed", "scale"),
    [(1, 500), (501, 600), (999, 1000), (1000, 1000), (6100, 8000), (81_000, 100_000)],
)
def test_scales_are_those_that_an_office_has_a_ruler_for(needed: float, scale: float) -> None:
    assert round_scale(needed) == scale


def test_what_changes_fits_between_the_frames_with_land_around_it() -> None:
    shapes = [square(0, 0), square(5, 9)]
    bounds = changed_bounds(shapes)
    plane = plane_of(bounds)
    for shape in shapes:
        left, top, right, bottom = plane.on_paper(shape).bounds
        assert 10 < left < right < 207
        assert 28 < top < bottom < 216
    tight = plane_for(bounds, x=0, y=0, width=10, height=10)
    assert tight.scale > plane.scale


def test_north_is_up_and_east_is_right() -> None:
    plane = plane_of((WEST, SOUTH, WEST + 0.01, SOUTH + 0.01))
    middle, north, east = (
        plane.on_paper(shapely.Point(plane.lon + lon, plane.lat + lat))
        for lon, lat in ((0, 0), (0, 0.001), (0.001, 0))
    )
    assert north.y < middle.y
    assert east.x > middle.x


def test_a_border_that_is_none_any_more_is_dashed_and_one_that_stays_is_not() -> None:
    def dashes(**members: Any) -> list[str]:
        half = drawn(**members).find(f"{SVG}g[@id='after']")
        assert half is not None
        return [
            path.get("d") or ""
            for path in half.iter(f"{SVG}path")
            if path.get("stroke-dasharray") == "2 1.2"
        ]

    assert dashes() == []  # a split takes no border away
    merged = {
        "before": [grid(1, 0, 0, "changed"), grid(2, 1, 0, "retired")],
        "after": [grid(1, 0, 0, "changed", shape=square(0, 0, 2))],
    }
    (line,) = dashes(**merged)
    assert line.count("M") == 1
    # The border between the two runs straight north: one east, two souths.
    points = [tuple(map(float, p.split(","))) for p in line.removeprefix("M").split()]
    assert len({x for x, _ in points}) == 1


def test_kinds_of_change_differ_without_colour() -> None:
    shape = shapely.box(0, 0, 20, 20)
    marks = {
        change: re.sub(r'stroke="[^"]*"', "", hatch(change, shape, ink))
        for change, ink in INKS.items()
    }
    assert len(set(marks.values())) == 3
    hole = shape.difference(shapely.box(5, 5, 15, 15))
    for path in re.findall(r'd="([^"]*)"', hatch("changed", hole, "#000")):
        for x0, y0, x1, y1 in re.findall(r"M([\d.-]+),([\d.-]+)L([\d.-]+),([\d.-]+)", path):
            middle = shapely.Point((float(x0) + float(x1)) / 2, (float(y0) + float(y1)) / 2)
            assert hole.distance(middle) < 0.02


def test_hostile_words_stay_words() -> None:
    evil = "</text><script>alert(1)</script>\"'&"
    svg = draw_sheet(
        picture(
            title=evil,
            subtitle=evil,
            captions=(evil, evil),
            facts=[(evil, evil)],
            notice=evil,
            mark=evil,
            before=[grid(1, 0, 0, "changed", label=evil, community=evil)],
            after=[grid(1, 0, 0, "changed", label=evil, community=evil)],
            roads=[
                SheetRoad(
                    name=evil,
                    road_class=evil,
                    shape=shapely.LineString([(110.4, 40.551), (110.6, 40.551)]),
                )
            ],
        )
    )
    assert "<script" not in svg
    elements = {element.tag.removeprefix(SVG) for element in ET.fromstring(svg).iter()}
    assert elements <= {"svg", "title", "g", "rect", "path", "text", "clipPath"}
    assert "&quot;" in tag("a", {"b": 'x"y'})


def test_a_long_title_shrinks_and_long_facts_break_and_nothing_leaves_the_sheet() -> None:
    sheet = drawn(
        title="长" * 100, facts=[("文号", "号" * 100)], rows=[row(n) for n in range(1, 40)]
    )
    sizes = {text.text: float(text.get("font-size")) for text in sheet.iter(f"{SVG}text")}
    assert sizes["长" * 100] * 100 <= 400
    assert sum(text.startswith(("号", "文号")) for text in texts(sheet)) == 3
    assert "另有18个网格，见前后对照表。" in texts(sheet)
    for text in sheet.iter(f"{SVG}text"):
        assert 0 < float(text.get("x")) < 420
        assert 0 < float(text.get("y")) < 297


def test_names_do_not_cover_one_another() -> None:
    many = [grid(n, n % 9, n // 9, "changed" if n == 40 else "") for n in range(81)]
    sheet = drawn(before=many, after=many)
    half = sheet.find(f"{SVG}g[@id='before']/{SVG}g")
    assert half is not None
    boxes = []
    for text in half.findall(f"{SVG}text"):
        size = float(text.get("font-size"))
        wide = size * sum(1 if char > "\u2e80" else 0.5 for char in text.text or "")
        x, y = float(text.get("x")), float(text.get("y"))
        boxes.append(shapely.box(x - wide / 2, y - size * 0.8, x + wide / 2, y))
    assert len(boxes) >= 9
    pairs = ((a, b) for n, a in enumerate(boxes) for b in boxes[n + 1 :])
    assert not any(a.intersection(b).area > 0 for a, b in pairs)


def test_a_picture_of_no_change_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing changes"):
        draw_sheet(picture(before=[grid(1, 0, 0)], after=[grid(1, 0, 0)]))


def test_lines_of_text_are_cut_at_the_room_they_have() -> None:
    assert wrapped("一二三四五", 1, 2, 3) == ["一二", "三四", "五"]
    assert wrapped("一二三四五六七", 1, 2, 2) == ["一二", "三…"]
    assert wrapped("", 1, 2, 2) == []
    assert ">一…<" in words(0, 0, "一二三", size=1, room=2)
