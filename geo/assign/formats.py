"""Name the formats of files, and tell from name and first bytes which one a file has."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Final

from geo.assign.refusal import AssignRefused


class Format(StrEnum):
    """Name a format; GeoParquet is Parquet with a column of shapes."""

    CSV = "csv"
    CSV_GZ = "csv.gz"
    PARQUET = "parquet"
    GPKG = "gpkg"
    ARROW = "arrow"
    FEATHER = "feather"


# The longest ending first: .csv.gz before .gz.
_ENDINGS: Final = {
    ".csv.gz": Format.CSV_GZ,
    ".csv": Format.CSV,
    ".parquet": Format.PARQUET,
    ".geoparquet": Format.PARQUET,
    ".pq": Format.PARQUET,
    ".gpkg": Format.GPKG,
    ".arrows": Format.ARROW,
    ".arrow": Format.FEATHER,
    ".feather": Format.FEATHER,
    ".ipc": Format.FEATHER,
}
_BEGINNINGS: Final = {
    b"PAR1": Format.PARQUET,
    b"ARROW1": Format.FEATHER,
    b"\x1f\x8b": Format.CSV_GZ,
    b"SQLite format 3\x00": Format.GPKG,
    b"\xff\xff\xff\xff": Format.ARROW,
}
_KNOWN: Final = "、".join(dict.fromkeys(_ENDINGS))


def format_of_name(path: Path) -> Format:
    """Return the format that a file's name says; raise AssignRefused for another."""
    name = path.name.lower()
    for ending, found in _ENDINGS.items():
        if name.endswith(ending):
            return found
    raise AssignRefused("unknown_format", f"从文件名看不出格式；文件名应以 {_KNOWN} 结尾。")


def format_of_content(path: Path) -> Format:
    """Return the format of an existing file, by its first bytes; anything else is CSV.

    Raises AssignRefused for a file that cannot be opened, an empty one, or one whose name says
    something else than its content.
    """
    # A file is opened several times: the beginning of a pipe would be gone.
    if path.exists() and not path.is_file():
        raise AssignRefused("not_a_file", "输入应为磁盘上的文件，不能是管道。")
    try:
        with path.open("rb") as file:
            start = file.read(16)
    except OSError:
        raise AssignRefused("cannot_read", "无法打开输入文件，请检查路径和权限。") from None
    if not start:
        raise AssignRefused("empty_file", "输入文件是空的。")
    found = next((f for magic, f in _BEGINNINGS.items() if start.startswith(magic)), Format.CSV)
    name = path.name.lower()
    said = next((f for ending, f in _ENDINGS.items() if name.endswith(ending)), None)
    ipc = {Format.ARROW, Format.FEATHER}
    if said is not None and said is not found and not {said, found} <= ipc:
        raise AssignRefused("not_its_format", f"输入文件的内容不是 {said.value}，与文件名不符。")
    return found
