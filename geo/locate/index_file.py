"""Keep an index in one file: written whole or not at all, mapped into memory, checked by hashes.

The file is a short preamble (magic, version, length and SHA-256 of the header), a JSON header that
says what it was made of and names every array with its type, shape, place and the checksum of each
of its blocks, and the arrays, each beginning on a page. So the hash of the header stands for the
whole file, and blocks can be checked side by side, at every start. Nothing in it is executed; all
numbers are little-endian.

What is mapped is answered from as it lies on the disk: so the file may not be written by anybody,
and who has it open can tell when somebody has done it all the same.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import os
import sys
import tempfile
import weakref
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from geo.checksum import checksum
from geo.errors import CoverageError
from geo.locate.cells.layout import Frame
from geo.locate.cells.table import NO_PATCH, CellTable
from geo.locate.shapes import PackedRings

_MAGIC: Final = b"WANGGEIX"
VERSION: Final = 3
"""Raised when the layout of the words or of the file changes: an older file is built anew."""

_PREAMBLE: Final = 64
_PAGE: Final = 4096
# Only the account that serves, and by replacing the file, never by writing to it.
_READ_ONLY: Final = 0o400
_BLOCK: Final = 1 << 22
_MOST_HEADER: Final = 1 << 26
_RINGS: Final = ("x", "y", "ring_first", "part_ring", "part_first", "multi", "origin")


class MappedFile:
    """Tell whether a file that is mapped is still as it was when it was opened."""

    def __init__(self, descriptor: int) -> None:
        """Keep a descriptor of its own: the name may go to another file meanwhile."""
        self._descriptor = os.dup(descriptor)
        weakref.finalize(self, os.close, self._descriptor)
        self._stamp = self._seen()

    def is_as_opened(self) -> bool:
        """Say whether nobody has written to the file."""
        return self._seen() == self._stamp

    def _seen(self) -> tuple[int, int]:
        now = os.fstat(self._descriptor)
        return now.st_mtime_ns, now.st_size


@dataclass(frozen=True, slots=True)
class IndexParts:
    """Hold what a file keeps: codes ascending, boxes (n, 4) in degrees, the table, the rings.

    ``made_of`` names the shapes, in words of whoever keeps the file; ``file`` is what the arrays
    are mapped from, None where they are in memory.
    """

    codes: tuple[str, ...]
    boxes: NDArray[np.float64]
    table: CellTable
    packed: PackedRings
    made_of: str = ""
    file: MappedFile | None = None


def write_index(path: Path, parts: IndexParts) -> str:
    """Write the file beside its name, then give it the name; return its SHA-256.

    Raises OSError when the disk is full or the folder not writable, CoverageError when what it is
    copied from was written to meanwhile; nothing is left behind.
    """
    arrays = _arrays_of(parts)
    with ThreadPoolExecutor(_cores()) as pool:
        header, digest = _header(arrays, parts, pool)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".partial", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(_preamble(header, digest) + header)
            at = _PREAMBLE + len(header)
            for array in arrays.values():
                file.write(b"\0" * (-at % _PAGE))
                file.write(_bytes_of(array).data)
                at += -at % _PAGE + array.nbytes
            file.flush()
            os.fchmod(file.fileno(), _READ_ONLY)
            os.fsync(file.fileno())
        if parts.file is not None and not parts.file.is_as_opened():
            raise rewritten()
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return digest.hex()


def read_index(path: Path, *, made_of: str | None = None) -> IndexParts:
    """Map the file and return what it keeps; raise CoverageError when it is not whole.

    Or when it was made of something else than ``made_of``; None takes any.
    """
    try:
        with path.open("rb") as file:
            # Before anything is checked: what is written meanwhile is seen later.
            opened = MappedFile(file.fileno())
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            _ask_for_large_pages(mapped)
    except (OSError, ValueError):
        raise _damaged("unreadable") from None
    try:
        header = _read_header(mapped)
        if made_of not in (None, header["made_of"]):
            raise _damaged("made of other shapes")
        arrays = {name: _array(mapped, entry) for name, entry in header["arrays"].items()}
        blocks = [
            (array, number, expected)
            for name, array in arrays.items()
            for number, expected in enumerate(header["arrays"][name]["blocks"])
        ]
        with ThreadPoolExecutor(_cores()) as pool:
            whole = all(pool.map(_is_as_written, blocks))
        if not whole:
            raise _damaged("hash")
        return _parts_of(arrays, Frame(**header["frame"]), header["made_of"], opened)
    except CoverageError:
        # A ValueError as well, and says where.
        raise
    except (KeyError, TypeError, ValueError):
        raise _damaged("header") from None


def _ask_for_large_pages(mapped: mmap.mmap) -> None:
    """Let the system map more than a page at a time: a random read then finds its place sooner.

    A wish; a system that has no large pages for files goes on without.
    """
    if hasattr(mmap, "MADV_HUGEPAGE"):
        with suppress(OSError):
            mapped.madvise(mmap.MADV_HUGEPAGE)


def digest_of(path: Path) -> str:
    """Return the SHA-256 that a file gives itself, unchecked: to tell one file from another."""
    with path.open("rb") as file:
        return file.read(_PREAMBLE)[20:52].hex()


def _damaged(where: str) -> CoverageError:
    return CoverageError(
        "damaged_index",
        f"网格索引文件已损坏、版本不符或属于别的界线（{where}），不能使用；请重新生成。",
    )


def rewritten() -> CoverageError:
    """Return the refusal of an answer that was read while somebody wrote to the file."""
    return CoverageError(
        "damaged_index", "网格索引文件在使用中被改动，本次结果作废；请重试，索引会自动重建。"
    )


def _cores() -> int:
    return len(os.sched_getaffinity(0))


def _arrays_of(parts: IndexParts) -> dict[str, NDArray[Any]]:
    """Return all arrays by name, little-endian and contiguous."""
    table = parts.table
    words = table.words
    found: dict[str, NDArray[Any]] = {
        "codes": np.array([code.encode("ascii") for code in parts.codes]),
        "boxes": parts.boxes,
        "top": table.top,
        "words": words,
        **{name: getattr(parts.packed, name) for name in _RINGS},
    }
    little = {name: array.astype(array.dtype.newbyteorder("<")) for name, array in found.items()}
    if sys.byteorder == "little":
        little = found
    return {name: np.ascontiguousarray(array) for name, array in little.items()}


def _parts_of(
    arrays: dict[str, NDArray[Any]], frame: Frame, made_of: str, file: MappedFile
) -> IndexParts:
    # All codes of one level are equally long; cutting one text is quicker than decoding each.
    width, text = arrays["codes"].dtype.itemsize, arrays["codes"].tobytes().decode("ascii")
    codes = tuple(text[at : at + width] for at in range(0, len(text), width))
    table = CellTable(frame, arrays["top"], arrays["words"], NO_PATCH)
    packed = PackedRings(**{name: arrays[name] for name in _RINGS})
    if len(table.top) != frame.columns * frame.rows or len(codes) != len(packed.multi):
        raise _damaged("shape")
    return IndexParts(codes, arrays["boxes"], table, packed, made_of, file)


def _header(
    arrays: dict[str, NDArray[Any]], parts: IndexParts, pool: ThreadPoolExecutor
) -> tuple[bytes, bytes]:
    entries: dict[str, Any] = {}
    for name, array in arrays.items():
        blocks = list(pool.map(checksum, _blocks(array)))
        entries[name] = {"dtype": array.dtype.str, "shape": array.shape, "blocks": blocks}
    # The places follow from the length of the header, which must not depend on them.
    size = len(_as_json(entries, parts, dict.fromkeys(entries, 10**15)))
    at, places = _PREAMBLE + size, {}
    for name, array in arrays.items():
        at += -at % _PAGE
        places[name] = at
        at += array.nbytes
    header = _as_json(entries, parts, places).ljust(size)
    return header, hashlib.sha256(header).digest()


def _as_json(entries: dict[str, Any], parts: IndexParts, places: dict[str, int]) -> bytes:
    placed = {name: {**entry, "at": places[name]} for name, entry in entries.items()}
    said = {"made_of": parts.made_of, "frame": asdict(parts.table.frame), "arrays": placed}
    return json.dumps(said).encode("ascii")


def _preamble(header: bytes, digest: bytes) -> bytes:
    fixed = _MAGIC + VERSION.to_bytes(4, "little") + len(header).to_bytes(8, "little") + digest
    return fixed.ljust(_PREAMBLE, b"\0")


def _read_header(mapped: mmap.mmap) -> Any:
    preamble = mapped[:_PREAMBLE]
    if preamble[:8] != _MAGIC or int.from_bytes(preamble[8:12], "little") != VERSION:
        raise _damaged("version")
    length = int.from_bytes(preamble[12:20], "little")
    if length > min(_MOST_HEADER, len(mapped)):
        raise _damaged("header")
    header = mapped[_PREAMBLE : _PREAMBLE + length]
    if hashlib.sha256(header).digest() != preamble[20:52]:
        raise _damaged("header")
    return json.loads(header)


def _array(mapped: mmap.mmap, entry: dict[str, Any]) -> NDArray[Any]:
    dtype, shape = np.dtype(entry["dtype"]), tuple(entry["shape"])
    count = int(np.prod(shape, dtype=np.int64))
    if entry["at"] + count * dtype.itemsize > len(mapped):
        raise _damaged("length")
    return np.frombuffer(mapped, dtype, count, entry["at"]).reshape(shape)


def _bytes_of(array: NDArray[Any]) -> NDArray[np.uint8]:
    return array.reshape(-1).view(np.uint8) if array.size else np.empty(0, np.uint8)


def _blocks(array: NDArray[Any]) -> Iterable[NDArray[np.uint8]]:
    view = _bytes_of(array)
    for at in range(0, len(view), _BLOCK):
        yield view[at : at + _BLOCK]


def _is_as_written(block: tuple[NDArray[Any], int, str]) -> bool:
    array, number, expected = block
    return checksum(_bytes_of(array)[number * _BLOCK : (number + 1) * _BLOCK]) == expected
