"""Time, grid and number stand in the picture itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from api.photos import stamping
from api.photos.stamping import chinese_font, stamp

LINES = ("2026-11-20 14:05  振华社区第三网格", "网格 150221104001003  诉求 20261120-000001")


def inked(image: Image.Image) -> int:
    """How many pixels are as white as the letters."""
    return sum(image.convert("L").point(lambda grey: 255 if grey > 250 else 0).histogram()[255:])


@pytest.mark.parametrize("size", [(1600, 1200), (1200, 1600), (320, 240), (40, 30), (8, 8)])
def test_a_stamp_fits_every_picture_and_leaves_most_of_it_alone(size: tuple[int, int]) -> None:
    image = Image.new("RGB", size, (90, 120, 90))
    stamp(image, LINES, source=None)
    assert image.size == size
    if min(size) > 200:
        assert inked(image) > 100
        upper = image.crop((0, 0, size[0], size[1] // 2))
        assert upper.getcolors() == [(size[0] * (size[1] // 2), (90, 120, 90))]


def test_without_a_chinese_font_the_digits_still_stand_there(monkeypatch) -> None:
    drawn: list[str] = []
    plain = stamping._fitting

    def note(line: str, font: stamping.Font, width_px: int) -> str:
        drawn.append(line)
        return plain(line, font, width_px)

    monkeypatch.setattr(stamping, "_fitting", note)
    stamp(Image.new("RGB", (1600, 1200)), LINES, source=None)
    assert drawn == ["2026-11-20  14:05", "150221104001003  20261120-000001"]


def test_a_font_that_is_not_there_is_no_font() -> None:
    assert chinese_font(Path("/nowhere/font.ttf")) is None
