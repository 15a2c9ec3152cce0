"""Look at what was sent as a photo: is it one, when and where was it taken, a clean small copy.

Pure image work: bytes in, picture or refusal out; no file, clock or database. Nothing of the sent
bytes lives on: the copy is drawn anew from the pixels, so what was hidden beside them is gone.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageFile, ImageOps

from api.photos.exif import Taken, read_taken

MIB: Final = 1024 * 1024
MAX_BYTES: Final = 10 * MIB
LONG_SIDE: Final = 1600
SMALL_BYTES: Final = 300 * 1000
# A JPEG is decoded at a fraction of its size; the others are held whole in memory.
MAX_PIXELS: Final = {"JPEG": 64_000_000, "PNG": 25_000_000, "WEBP": 25_000_000}
_SMALLEST_SIDE: Final = 8
_HEAD_BYTES: Final = 32
_QUALITIES: Final = (82, 74, 66, 58, 48)
# What opens as another kind of file behind or inside a picture has no business in a photo. Long
# enough that the noise of a real photo does not spell one by chance.
_FOREIGN: Final = (
    b"<script",
    b"<html>",
    b"<html ",
    b"<!doctype",
    b"<svg xmlns",
    b"<?php ",
    b"<?php\n",
    b"%pdf-1.",
)
# What Pillow's readers are known to raise for bytes that are not what they say.
_BROKEN: Final = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    struct.error,
    zlib.error,
    IndexError,
    KeyError,
    TypeError,
    AttributeError,
    ArithmeticError,
    MemoryError,
)


@dataclass(slots=True)
class PhotoRefused(Exception):
    """Say why something is not taken as a photo; ``reason`` is a key, ``words`` are for people."""

    reason: str
    words: str


@dataclass(frozen=True, slots=True)
class Picture:
    """Hold the pixels of a photo, upright, long side at most 1600, and what its EXIF said."""

    image: Image.Image
    taken: Taken


def open_photo(content: bytes) -> Picture:
    """Return the picture in ``content``; raise PhotoRefused for anything but a whole photo."""
    form = _form_of(content)
    try:
        return _decode(content, form)
    except Image.DecompressionBombError:
        raise PhotoRefused("too_many_pixels", "照片像素过大，请把相机分辨率调低后重拍。") from None
    except _BROKEN:
        raise PhotoRefused("broken_photo", "照片不完整或已损坏，请重新拍照。") from None


def _form_of(content: bytes) -> str:
    """Return the format by the first bytes, never by a name that somebody gave."""
    if not content:
        raise PhotoRefused("empty", "照片是空文件，请重新拍照。")
    head = content[:_HEAD_BYTES]
    if head[4:8] == b"ftyp" and head[8:12] in (b"heic", b"heix", b"mif1", b"heif", b"hevc"):
        words = (
            "暂不支持 HEIC 照片：请在相机设置中把格式改为“兼容性最好”（JPEG），或直接用本页拍照。"
        )
        raise PhotoRefused("heic", words)
    form = None
    if head.startswith(b"\xff\xd8\xff"):
        form = "JPEG"
    elif head.startswith(b"\x89PNG\r\n\x1a\n"):
        form = "PNG"
    elif head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        form = "WEBP"
    if form is None or _hides_another_file(content):
        raise PhotoRefused("not_a_photo", "这不是照片：请上传 JPEG、PNG 或 WebP 照片。")
    return form


def _hides_another_file(content: bytes) -> bool:
    lowered = content.lower()
    return any(mark in lowered for mark in _FOREIGN) or zipfile.is_zipfile(io.BytesIO(content))


def _decode(content: bytes, form: str) -> Picture:
    with Image.open(io.BytesIO(content), formats=[form]) as image:
        width, height = image.size
        if width * height > MAX_PIXELS[form]:
            words = f"照片像素过大（{width}×{height}），请把相机分辨率调低后重拍。"
            raise PhotoRefused("too_many_pixels", words)
        if min(width, height) < _SMALLEST_SIDE:
            raise PhotoRefused("not_a_photo", "图片太小，看不清，请重新拍照。")
        if getattr(image, "is_animated", False) and image.format != "MPO":
            raise PhotoRefused("not_a_photo", "这是动图，请上传照片。")
        taken = read_taken(image.getexif())
        if isinstance(image, ImageFile.ImageFile):
            image.draft("RGB", (LONG_SIDE, LONG_SIDE))
        upright = ImageOps.exif_transpose(image)
        upright.thumbnail((LONG_SIDE, LONG_SIDE), Image.Resampling.LANCZOS)
        return Picture(_on_white(upright), taken)


def _on_white(image: Image.Image) -> Image.Image:
    """Return a fresh RGB picture of the pixels alone: no metadata, nothing seen through."""
    if image.has_transparency_data:
        layered = image.convert("RGBA")
        ground = Image.new("RGB", layered.size, "white")
        ground.paste(layered, mask=layered.getchannel("A"))
        return ground
    plain = Image.new("RGB", image.size)
    plain.paste(image.convert("RGB"))
    return plain


@dataclass(frozen=True, slots=True)
class Written:
    """Hold a finished JPEG and its size in pixels."""

    content: bytes
    width: int
    height: int


def write_jpeg(image: Image.Image, *, qualities: Sequence[int] = _QUALITIES) -> Written:
    """Return ``image`` as JPEG below 300 KB: less quality first, fewer pixels then."""
    while True:
        for quality in qualities:
            sink = io.BytesIO()
            image.save(sink, "JPEG", quality=quality, optimize=True)
            if sink.tell() < SMALL_BYTES:
                return Written(sink.getvalue(), *image.size)
        width, height = image.size
        image = image.resize((max(1, width * 4 // 5), max(1, height * 4 // 5)))
