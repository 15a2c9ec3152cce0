"""Make photos for tests: with the EXIF of a phone, of any format, upright or lying."""

from __future__ import annotations

import io

from PIL import ExifTags, Image, TiffImagePlugin

Rational = TiffImagePlugin.IFDRational


def bands(width: int, height: int) -> Image.Image:
    """A picture whose upper half is red and whose lower half is blue."""
    image = Image.new("RGB", (width, height), (200, 20, 20))
    image.paste((20, 20, 200), (0, height // 2, width, height))
    return image


def noise(width: int, height: int) -> Image.Image:
    """A picture that hardly lets itself be compressed."""
    return Image.effect_noise((width, height), 120).convert("RGB")


def exif_of(
    *,
    at: str | None = None,
    offset: str | None = None,
    lon: float | None = None,
    lat: float | None = None,
    orientation: int | None = None,
) -> Image.Exif:
    """The EXIF block of a phone."""
    exif = Image.Exif()
    if orientation is not None:
        exif[ExifTags.Base.Orientation] = orientation
    exif[ExifTags.Base.Make] = "secret-maker"
    details = exif.get_ifd(ExifTags.IFD.Exif)
    if at is not None:
        details[ExifTags.Base.DateTimeOriginal] = at
    if offset is not None:
        details[ExifTags.Base.OffsetTimeOriginal] = offset
    if lon is not None and lat is not None:
        gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
        gps[ExifTags.GPS.GPSLongitudeRef] = "E" if lon >= 0 else "W"
        gps[ExifTags.GPS.GPSLongitude] = _sixty(abs(lon))
        gps[ExifTags.GPS.GPSLatitudeRef] = "N" if lat >= 0 else "S"
        gps[ExifTags.GPS.GPSLatitude] = _sixty(abs(lat))
    return exif


def _sixty(degrees: float) -> tuple[Rational, Rational, Rational]:
    whole = int(degrees)
    minutes = int((degrees - whole) * 60)
    seconds = ((degrees - whole) * 60 - minutes) * 60
    return Rational(whole, 1), Rational(minutes, 1), Rational(round(seconds * 10_000), 10_000)


def photo(
    image: Image.Image | None = None,
    *,
    form: str = "JPEG",
    exif: Image.Exif | None = None,
    **options: object,
) -> bytes:
    """A photo as a phone would send it."""
    sink = io.BytesIO()
    more = {"exif": exif} if exif is not None else {}
    (image or bands(640, 480)).save(sink, form, **more, **options)
    return sink.getvalue()
