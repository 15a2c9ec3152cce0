"""Syllables are those of pypinyin, without its phrases."""

from __future__ import annotations

import subprocess
import sys

from pypinyin import Style
from pypinyin.constants import PINYIN_DICT
from pypinyin.style import convert

from api.settings import PROJECT_DIR
from geo.address.syllables import syllable


def test_each_character_has_the_toneless_first_reading_that_pypinyin_gives() -> None:
    assert len(PINYIN_DICT) > 40_000
    for code, readings in PINYIN_DICT.items():
        if code > 0x2FFF:
            first = readings.split(",", 1)[0]
            assert syllable(chr(code)) == convert(first, Style.NORMAL, strict=False)
    assert [syllable(char) for char in "女吕a 1、"] == ["nv", "lv", "", "", "", ""]


def test_the_phrases_are_left_where_they_are() -> None:
    program = (
        "import sys; from geo.address.syllables import sound; sound('振华社区');"
        " sys.exit('pypinyin' in sys.modules)"
    )
    outcome = subprocess.run([sys.executable, "-c", program], cwd=PROJECT_DIR, check=False)
    assert outcome.returncode == 0
