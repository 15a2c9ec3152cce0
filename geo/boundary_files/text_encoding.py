"""Find out in which encoding the texts of a Shapefile are written.

GDAL hands every byte over unchanged (read as Latin-1); the decision falls here: what the user
says, else what the .cpg says when it fits, else UTF-8 when every text is UTF-8, else GB18030,
which contains GBK and GB2312. A text that was cut at the width of its column may end in half a
character; that half is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from geo.boundary_files.refusal import FileRefused

# What people and programs write → Python's name. A closed list: codecs can do more than decode.
_CODECS: Final[dict[str, str]] = {
    "utf8": "utf-8",
    "65001": "utf-8",
    "gb18030": "gb18030",
    "54936": "gb18030",
    "gbk": "gb18030",
    "gb2312": "gb18030",
    "936": "gb18030",
    "cp936": "gb18030",
    "ansi936": "gb18030",
    "big5": "big5",
    "950": "big5",
    "cp950": "big5",
    "iso88591": "latin-1",
    "88591": "latin-1",
    "latin1": "latin-1",
    "1252": "cp1252",
    "cp1252": "cp1252",
    "windows1252": "cp1252",
    "ascii": "latin-1",
}


@dataclass(frozen=True, slots=True)
class Encoding:
    """Hold Python's name of an encoding and how it was found."""

    codec: str
    found_by: str
    note: str = ""


def known_codec(text: str) -> str | None:
    """Return Python's name of the encoding that ``text`` names, None when it is not listed."""
    return _CODECS.get(re.sub(r"[^a-z0-9]", "", text.lower()))


def asked_codec(text: str) -> str:
    """Return Python's name of the encoding a user asked for; raise FileRefused for another."""
    codec = known_codec(text)
    if codec is None:
        raise FileRefused("unknown_encoding", "编码应为 utf-8、gb18030（含 GBK）、big5 或 latin1。")
    return codec


def choose(texts: Iterable[bytes], *, asked: str | None, declared: str | None) -> Encoding:
    """Choose the encoding of ``texts``; raise FileRefused when none fits.

    ``asked`` is the user's word and must fit; ``declared`` is the content of the .cpg.
    """
    held = [text for text in texts if not text.isascii()]
    if asked is not None:
        codec = asked_codec(asked)
        if not _fits(held, codec):
            raise FileRefused("bad_encoding", "表中的文字不符合所指定的编码，请换一种编码再试。")
        return Encoding(codec, "指定")
    note = ""
    if declared is not None:
        known = known_codec(declared)
        if known is not None and _fits(held, known):
            return Encoding(known, ".cpg")
        note = ".cpg 所写的编码与内容不符，已按内容判断。"
    for codec in ("utf-8", "gb18030"):
        if _fits(held, codec):
            return Encoding(codec, "按内容判断" if held else "全为 ASCII", note)
    raise FileRefused(
        "bad_encoding", "表中的文字既不是 UTF-8 也不是 GB18030，请用 --encoding 指定编码。"
    )


def _fits(texts: list[bytes], codec: str) -> bool:
    try:
        for text in texts:
            decode(text, codec)
    except UnicodeDecodeError:
        return False
    return True


def decode(text: bytes, codec: str) -> str:
    """Return ``text`` decoded; half a character at its very end is dropped."""
    try:
        return text.decode(codec)
    except UnicodeDecodeError as error:
        # Columns of a DBF are cut by bytes: names of full width end anywhere.
        if error.start < len(text) - 3 or error.end < len(text):
            raise
        return text[: error.start].decode(codec)
