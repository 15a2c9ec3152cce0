"""Write time, grid and number into the picture itself, where no later copy loses them.

Chinese needs a font that has it; where the server has none, the names are left out and the
digits stay: time, number and code say the same without a word.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
# Where Debian, Fedora, Arch, macOS and Windows keep a Chinese sans; in a collection the
# simplified face has the number beside it.
KNOWN_FONTS: Final = (
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc", 0),
    ("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc", 0),
    ("/System/Library/Fonts/PingFang.ttc", 0),
    ("C:/Windows/Fonts/msyh.ttc", 0),
)
_SHARE: Final = 30  # a line of the stamp is this part of the picture's shorter side
_SMALLEST_PX: Final = 12


@lru_cache(maxsize=4)
def chinese_font(given: Path | None) -> tuple[str, int] | None:
    """Return file and face of the font to stamp with, ``given`` or one of those known; or None."""
    candidates = [(str(given), 0)] if given is not None else list(KNOWN_FONTS)
    for path, face in candidates:
        try:
            ImageFont.truetype(path, 16, index=face)
        except OSError:
            continue
        return path, face
    return None


@lru_cache(maxsize=32)
def _sized(source: tuple[str, int] | None, size_px: int) -> Font:
    if source is None:
        return ImageFont.load_default(size_px)
    return ImageFont.truetype(source[0], size_px, index=source[1])


def stamp(image: Image.Image, lines: Sequence[str], *, source: tuple[str, int] | None) -> None:
    """Draw ``lines`` onto a dark band at the foot of ``image``.

    Without a Chinese font (``source`` None) only what is ASCII is drawn.
    """
    shown = [line if source else _digits_of(line) for line in lines]
    size_px = max(_SMALLEST_PX, min(image.size) // _SHARE)
    font = _sized(source, size_px)
    width, height = image.size
    shown = [_fitting(line, font, width - size_px) for line in shown if line]
    step = size_px * 13 // 10
    band = Image.new("RGBA", (width, min(height, step * len(shown) + size_px // 2)), (0, 0, 0, 150))
    draw = ImageDraw.Draw(band)
    for number, line in enumerate(shown):
        draw.text((size_px // 2, size_px // 4 + number * step), line, font=font, fill="white")
    image.paste(band.convert("RGB"), (0, height - band.height), band.getchannel("A"))
    # The letters themselves are not seen through.
    letters = Image.new("L", band.size, 0)
    pen = ImageDraw.Draw(letters)
    for number, line in enumerate(shown):
        pen.text((size_px // 2, size_px // 4 + number * step), line, font=font, fill=255)
    image.paste((255, 255, 255), (0, height - band.height), letters)


def _digits_of(line: str) -> str:
    words = (part.encode("ascii", "ignore").decode().strip() for part in line.split())
    return "  ".join(word for word in words if word)


def _fitting(line: str, font: Font, width_px: int) -> str:
    """Return ``line``, shortened from its end when it is wider than the picture."""
    while len(line) > 1 and font.getlength(line) > width_px:
        line = line[:-2] + "…" if not line.isascii() else line[:-1]
    return line
