"""What the field for places and the reading of a text work out themselves, run in Node."""

import json

import pytest

from tests.unit.maps.in_node import run


@pytest.mark.parametrize(
    ("name", "typed", "parts"),
    [
        ("阳光小区", "阳光", ["", "阳光", "小区"]),
        ("农行KTV", "ktv", ["农行", "KTV", ""]),
        ("后炭村", "ht", None),
        ("后炭村", "", None),
    ],
)
def test_the_part_of_a_name_that_was_typed_is_told(name, typed, parts):
    assert run("place-field", f"m.typedPart({json.dumps(name)}, {json.dumps(typed)})") == parts


def test_the_line_below_a_name_says_where_it_is_and_its_other_name():
    item = {"path_name": "萨拉齐镇", "name": "廿四顷地村", "spelling": "老粮站"}
    assert run("place-field", f"m.placeLine({json.dumps(item)})") == "萨拉齐镇 · 又名老粮站"
    part = item | {"spelling": "廿四顷地"}
    assert run("place-field", f"m.placeLine({json.dumps(part)})") == "萨拉齐镇"


def test_a_box_around_a_position_is_what_the_service_takes():
    box = run("place-field", "m.boxAround({lon: 110.5, lat: 40.5})")
    assert box == "110.48000,40.48000,110.52000,40.52000"
    assert run("place-field", "m.boxAround(null)") is None
    assert run("place-field", "(globalThis.window = {}, m.screenBox())") is None


def test_a_text_is_cut_into_its_innermost_pieces_counting_characters():
    text = "😀我是甲村的，乙村东"
    spans = [
        {"start": 1, "end": 6, "role": "aside"},
        {"start": 3, "end": 5, "role": "beside"},
        {"start": 7, "end": 9, "role": "place"},
    ]
    cut = run(
        "desk-reading",
        f"m.cutText({json.dumps(text)}, {json.dumps(spans)}).map(([w, s]) => [w, s?.role ?? null])",
    )
    assert cut == [
        ["😀", None], ["我是", "aside"], ["甲村", "beside"], ["的", "aside"], ["，", None],
        ["乙村", "place"], ["东", None],
    ]  # fmt: skip
    assert run("desk-reading", "m.cutText('', [])") == []


def test_what_is_read_is_the_address_and_the_words_and_not_too_much():
    assert run("desk-reading", "m.readText({place: '甲村', words: '路灯'})") == "甲村，路灯"
    assert run("desk-reading", "m.readText({place: '', words: '路灯'})") == "路灯"
    assert run("desk-reading", "m.readText({place: '', words: 'x'.repeat(3000)}).length") == 2000
