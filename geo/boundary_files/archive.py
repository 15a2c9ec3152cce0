"""Take the parts of one Shapefile out of a zip, under names of our own, after looking it over.

Everything is checked in the directory of the archive before a byte is unpacked, and counted again
while unpacking, because a directory can lie. Runs in the confined child.
"""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from geo.boundary_files.limits import MAX_MEMBERS, MAX_RATIO, MAX_UNPACKED_BYTES, MIB
from geo.boundary_files.refusal import FileRefused

PARTS: Final = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_UTF8_NAMES: Final = 0x800
_ENCRYPTED: Final = 0x1


@dataclass(frozen=True, slots=True)
class Member:
    """Hold one file of an archive: its entry and its name as people read it."""

    entry: zipfile.ZipInfo
    path: PurePosixPath


def unpack_shapefile(archive: Path, folder: Path, *, layer: str | None) -> tuple[str, list[str]]:
    """Unpack one Shapefile as ``folder``/layer.*; return its name and the names of the others.

    Raises FileRefused for links, paths that lead out, encryption, a bomb, and for an archive with
    no Shapefile or with several when ``layer`` names none of them.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            members = _members(opened.infolist())
            stems = [m.path.with_suffix("") for m in members if _suffix(m) == ".shp"]
            chosen = _choose(stems, layer)
            budget = MAX_UNPACKED_BYTES
            for member in members:
                if member.path.with_suffix("") == chosen and _suffix(member) in PARTS:
                    target = folder / f"layer{_suffix(member)}"
                    budget -= _copy(opened, member.entry, target, budget)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError):
        raise FileRefused("bad_zip", "压缩包损坏或格式不受支持，请重新打包为普通 zip。") from None
    return chosen.name, [stem.name for stem in stems if stem != chosen]


def _suffix(member: Member) -> str:
    return member.path.suffix.lower()


def _members(entries: Sequence[zipfile.ZipInfo]) -> list[Member]:
    if len(entries) > MAX_MEMBERS:
        raise FileRefused("zip_too_many", f"压缩包中的文件超过{MAX_MEMBERS}个。")
    for entry in entries:
        _check_entry(entry)
    total = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if total > MAX_UNPACKED_BYTES or total > MAX_RATIO * max(packed, 1):
        raise FileRefused(
            "zip_bomb",
            f"压缩包解开后过大（上限{MAX_UNPACKED_BYTES // MIB} MiB、{MAX_RATIO}倍），未解开。",
        )
    members = [Member(entry, PurePosixPath(_name(entry))) for entry in entries]
    return [m for m in members if not m.entry.is_dir() and m.path.parts[0] != "__MACOSX"]


def _name(entry: zipfile.ZipInfo) -> str:
    """Return the name as people wrote it: without the UTF-8 mark it is mostly GBK here."""
    if entry.flag_bits & _UTF8_NAMES:
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode("gb18030")
    except UnicodeError:
        return entry.filename


def _check_entry(entry: zipfile.ZipInfo) -> None:
    mode = entry.external_attr >> 16
    if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise FileRefused("zip_link", "压缩包中有链接或特殊文件，未解开。")
    for name in (entry.filename, _name(entry)):
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or set("\\:\0") & set(name) or not path.parts:
            raise FileRefused("zip_path", "压缩包中有指向其他目录的路径，未解开。")
    if entry.flag_bits & _ENCRYPTED:
        raise FileRefused("zip_encrypted", "压缩包有密码，请去掉密码再导入。")


def _choose(stems: list[PurePosixPath], layer: str | None) -> PurePosixPath:
    if not stems:
        raise FileRefused("no_shapefile", "压缩包中没有 .shp 文件；zip 只用于打包 Shapefile。")
    named = [stem for stem in stems if layer is None or stem.name == layer]
    if len(named) != 1:
        names = "、".join(stem.name for stem in stems)[:200]
        raise FileRefused("which_layer", f"请用 --layer 指定图层，可选：{names}。")
    return named[0]


def _copy(opened: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, budget: int) -> int:
    written = 0
    with opened.open(entry) as source, target.open("wb") as sink:
        while piece := source.read(MIB):
            written += len(piece)
            if written > budget:
                raise FileRefused("zip_bomb", "压缩包解开后过大，已停止。")
            sink.write(piece)
    return written
