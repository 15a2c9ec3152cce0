"""What is sent as a photo is looked at before it is believed, and only its pixels live on."""

from __future__ import annotations

import contextlib
import io
import random
import struct
import zipfile
import zlib
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from api.input_types import SHANGHAI
from api.photos.checking import LONG_SIDE, SMALL_BYTES, PhotoRefused, open_photo, write_jpeg
from tests.unit.api.photos.pictures import bands, exif_of, noise, photo


def refusal(content: bytes) -> str:
    with pytest.raises(PhotoRefused) as refused:
        open_photo(content)
    return refused.value.reason


def zip_file() -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("a.txt", "hidden")
    return sink.getvalue()


def png_that_claims(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        sum_ = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + sum_

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_the_three_formats_of_phones_are_taken(form: str) -> None:
    assert open_photo(photo(form=form)).image.size == (640, 480)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"not a picture at all", "not_a_photo"),
        (photo(form="GIF"), "not_a_photo"),
        (photo(form="TIFF"), "not_a_photo"),
        (photo(form="BMP"), "not_a_photo"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not_a_photo"),
        (b"\x00\x00\x00\x18ftypheic" + b"\x00" * 100, "heic"),
        (b"\xff\xd8\xff" + b"\x00" * 100, "broken_photo"),
        (photo()[:-400], "broken_photo"),
        (photo(form="PNG")[:300], "broken_photo"),
        (photo(form="WEBP")[:-60], "broken_photo"),
        (photo() + zip_file(), "not_a_photo"),
        (photo() + b"<script>alert(1)</script>", "not_a_photo"),
        (photo(bands(4, 4)), "not_a_photo"),
        (png_that_claims(50_000, 50_000), "too_many_pixels"),
        (png_that_claims(6000, 6000), "too_many_pixels"),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{len(value)} bytes",
)
def test_what_is_not_a_whole_photo_is_refused_with_its_reason(content: bytes, reason: str) -> None:
    assert refusal(content) == reason


def test_a_moving_picture_is_no_photo() -> None:
    frames = [bands(64, 64), noise(64, 64)]
    moving = photo(frames[0], form="WEBP", save_all=True, append_images=frames[1:])
    assert refusal(moving) == "not_a_photo"


def test_time_and_place_are_read_and_then_nothing_of_the_exif_is_left() -> None:
    exif = exif_of(at="2026:11:20 14:05:09", lon=110.5, lat=40.55)
    picture = open_photo(photo(exif=exif))
    assert picture.taken.at == datetime(2026, 11, 20, 14, 5, 9, tzinfo=SHANGHAI)
    assert picture.taken.position is not None
    assert picture.taken.position.lon == pytest.approx(110.5, abs=1e-7)
    assert picture.taken.position.lat == pytest.approx(40.55, abs=1e-7)
    written = write_jpeg(picture.image).content
    assert b"secret-maker" not in written
    assert b"Exif" not in written
    with Image.open(io.BytesIO(written)) as again:
        assert not again.getexif()


def test_a_time_with_an_offset_is_that_instant() -> None:
    exif = exif_of(at="2026:11:20 06:05:09", offset="+00:00")
    taken = open_photo(photo(exif=exif)).taken
    assert taken.at == datetime(2026, 11, 20, 14, 5, 9, tzinfo=SHANGHAI)


@pytest.mark.parametrize("at", ["0000:00:00 00:00:00", "2026:13:40 99:00:00", "gestern", " "])
def test_a_time_that_is_none_is_left_out_and_refuses_nothing(at: str) -> None:
    assert open_photo(photo(exif=exif_of(at=at))).taken.at is None


def test_a_place_that_is_none_is_left_out_and_refuses_nothing() -> None:
    assert open_photo(photo(exif=exif_of(lon=0.0, lat=0.0))).taken.position is None


def test_a_photo_that_lies_on_its_side_is_stood_up() -> None:
    lying = photo(bands(400, 200), exif=exif_of(orientation=6))
    upright = open_photo(lying).image
    assert upright.size == (200, 400)
    # Red was above: turned to the right it is on the right.
    red = upright.getpixel((190, 200))
    assert isinstance(red, tuple)
    assert red[0] > 150


def test_a_large_photo_becomes_small_in_pixels_and_in_bytes() -> None:
    picture = open_photo(photo(noise(4000, 3000), quality=85))
    assert max(picture.image.size) == LONG_SIDE
    written = write_jpeg(picture.image)
    assert len(written.content) < SMALL_BYTES
    with Image.open(io.BytesIO(written.content)) as again:
        again.load()
        assert again.size == (written.width, written.height)
        assert again.width / again.height == pytest.approx(4 / 3, rel=0.01)


def test_what_is_transparent_is_seen_on_white() -> None:
    clear = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    assert open_photo(photo(clear, form="PNG")).image.getpixel((20, 20)) == (255, 255, 255)


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 2**32), form=st.sampled_from(["JPEG", "PNG", "WEBP"]))
def test_a_photo_with_spoilt_bytes_is_taken_or_refused_and_nothing_else(
    seed: int, form: str
) -> None:
    chance = random.Random(seed)
    spoilt = bytearray(photo(bands(48, 32), form=form, exif=exif_of(at="2026:11:20 14:05:09")))
    for _ in range(chance.randint(1, 12)):
        spoilt[chance.randrange(len(spoilt))] = chance.randrange(256)
    with contextlib.suppress(PhotoRefused):
        write_jpeg(open_photo(bytes(spoilt)).image)
