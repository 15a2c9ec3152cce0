"""Columns are found by name and content, and areas without codes are numbered as the field does."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from shapely.geometry import box

from geo.boundary_files.features import BoundaryFeature
from geo.boundary_files.fields import Role, as_text, build_features, candidates, choose
from geo.boundary_files.layer import Layer, RawFeature, Scalar
from geo.boundary_files.numbering import make_codes, make_names, parents_by_place
from geo.boundary_files.refusal import FileRefused
from geo.boundary_files.text_encoding import choose as choose_encoding
from geo.boundary_files.text_encoding import decode
from geo.codes import Level


def layer(**columns: Sequence[Scalar]) -> Layer:
    count = len(next(iter(columns.values())))
    rows = [
        RawFeature(number=n + 1, values={c: v[n] for c, v in columns.items()}, geometry=None)
        for n in range(count)
    ]
    return Layer(
        format="geojson", name="x", other_layers=(), columns=tuple(columns), features=tuple(rows),
        epsg=4490, system_text="", encoding="utf-8", encoding_from="",
    )  # fmt: skip


CODES = [f"150221104001{n:03d}" for n in range(1, 5)]


def test_columns_are_known_by_the_names_that_offices_use() -> None:
    table = layer(WGBM=CODES, WGMC=["一", "二", "三", "四"], HS=[300, 400, 500, 600])
    chosen = choose(table, Level.GRID, {})
    assert (chosen[Role.CODE], chosen[Role.NAME]) == ("WGBM", "WGMC")
    assert chosen[Role.HOUSEHOLDS] == "HS"
    built = build_features(table, [None] * 4, chosen, Level.GRID)
    first = built[0]
    assert (first.code, first.name, first.households) == (CODES[0], "一", 300)


def test_a_column_of_codes_is_known_by_its_content_and_goes_before_one_called_code() -> None:
    table = layer(code=[1, 2, 3, 4], strange=[float(code) for code in CODES])
    assert [c.column for c in candidates(table, Role.CODE, Level.GRID)] == ["strange", "code"]
    built = build_features(table, [None] * 4, choose(table, Level.GRID, {}), Level.GRID)
    assert [f.code for f in built] == CODES


def test_a_wrong_code_in_the_column_of_codes_is_kept_for_the_doctor() -> None:
    table = layer(code=[*CODES[:3], "15022110400100"])
    built = build_features(table, [None] * 4, choose(table, Level.GRID, {}), Level.GRID)
    assert built[3].code == "15022110400100"


def test_what_only_looks_like_names_is_shown_and_not_taken() -> None:
    table = layer(label=["甲村", "乙村", "丙村", "丁村"])
    assert [c.column for c in candidates(table, Role.NAME, Level.GRID)] == ["label"]
    assert choose(table, Level.GRID, {})[Role.NAME] is None
    assert choose(table, Level.GRID, {Role.NAME: "label"})[Role.NAME] == "label"


def test_a_column_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(FileRefused, match="label"):
        choose(layer(label=["甲"]), Level.GRID, {Role.CODE: "lable"})


def test_a_filled_code_of_a_township_is_taken_unfilled() -> None:
    table = layer(code=["150221104000", "150221105000"])
    built = build_features(table, [None] * 2, choose(table, Level.TOWNSHIP, {}), Level.TOWNSHIP)
    assert [f.code for f in built] == ["150221104", "150221105"]


@pytest.mark.parametrize(
    ("value", "text"), [(150221104001001.0, CODES[0]), (True, "true"), (None, ""), (" a ", "a")]
)
def test_values_are_read_as_they_were_meant(value: Scalar, text: str) -> None:
    assert as_text(value) == text


def squares(*wests: float, parent: str = "") -> list[BoundaryFeature]:
    return [
        BoundaryFeature(
            number=n, code="", name="", parent=parent,
            geometry=box(110 + west, 40.0, 110.5 + west, 40.5),
        )
        for n, west in enumerate(wests, 1)
    ]  # fmt: skip


def test_areas_are_numbered_from_west_to_east_inside_their_parent() -> None:
    made = make_codes(squares(2, 0, 1, parent="150221104001"))
    assert [f.code[-3:] for f in made] == ["003", "001", "002"]
    named = make_names(made, {"150221104001": "振华社区"})
    assert named[0].name == "振华社区第3网格"


def test_areas_without_a_parent_fill_the_spare_ones_up_to_999() -> None:
    many = squares(*(n / 1000 for n in range(1000)))
    made = make_codes(many, without_parent=["150221400400", "150221400401"])
    assert made[998].code == "150221400400999"
    assert made[999].code == "150221400401001"
    with pytest.raises(FileRefused) as refused:
        make_codes(many, without_parent=["150221400400"])
    assert refused.value.reason == "no_parent"


def test_areas_are_given_the_parent_in_which_they_lie() -> None:
    parents = {"150221104001": box(110, 40, 111, 41), "150221104002": box(111, 40, 112, 41)}
    made = make_codes(parents_by_place(squares(0.2, 1.2), parents))
    assert [f.code for f in made] == ["150221104001001", "150221104002001"]


def test_a_text_cut_inside_a_character_loses_only_that_character() -> None:
    whole = "振华社区".encode()
    assert decode(whole[:-1], "utf-8") == "振华社"
    assert decode("振华".encode("gb18030")[:-1], "gb18030") == "振"
    with pytest.raises(UnicodeDecodeError):
        decode(b"\xe6\x8c" + "华社区".encode(), "utf-8")


def test_texts_that_are_both_go_to_utf_8_and_those_that_are_neither_are_refused() -> None:
    assert choose_encoding([b"abc"], asked=None, declared=None).codec == "utf-8"
    assert choose_encoding(["振".encode()], asked=None, declared="GBK").codec == "gb18030"
    with pytest.raises(FileRefused) as refused:
        choose_encoding([b"\xff\xff\xff\xff\xff"], asked=None, declared=None)
    assert refused.value.reason == "bad_encoding"
