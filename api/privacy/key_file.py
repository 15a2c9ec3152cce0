"""Keep the keys of reporters' names and phones in a file, outside the database.

One key a line, ``<id> <date> <secret>``; the first one encrypts, every one decrypts. The id is
computed from the secret, so a line that was damaged is noticed before anything is written with it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

SECRET_BYTES = 32
_HEAD = (
    "# Keys of reporters' names and phones. The first one encrypts, all of them decrypt.\n"
    "# Keep a copy apart from the database and its backups: without its key a name is lost.\n"
)


class BadKeyFile(ValueError):
    """Refuse a key file; the sentence names file and line, never what stands there."""


@dataclass(frozen=True, slots=True)
class Key:
    """Hold one key: its id, the day it was made and its 32 secret bytes."""

    id: str
    made_on: str
    secret: bytes = field(repr=False)

    def line(self) -> str:
        """Return the key as a line of the file."""
        return f"{self.id} {self.made_on} {base64.b64encode(self.secret).decode()}"


def id_of(secret: bytes) -> str:
    """Return the id of a key: eight hexadecimal digits that do not tell the secret."""
    return hashlib.sha256(b"wangge key id " + secret).hexdigest()[:8]


def new_key(on: date) -> Key:
    """Return a fresh random key."""
    secret = secrets.token_bytes(SECRET_BYTES)
    return Key(id_of(secret), on.isoformat(), secret)


def read_keys(path: Path) -> tuple[Key, ...]:
    """Return the keys of a file, the one that encrypts first; raise BadKeyFile, OSError."""
    keys: list[Key] = []
    try:
        lines = path.read_text("utf-8").splitlines()
    except UnicodeDecodeError:
        raise BadKeyFile(f"{path}: not a key file.") from None
    for number, line in enumerate(lines, start=1):
        if line.strip() and not line.startswith("#"):
            keys.append(_parse(line, f"{path}, line {number}"))
    if not keys:
        raise BadKeyFile(f"{path}: holds no key.")
    if len({key.id for key in keys}) < len(keys):
        raise BadKeyFile(f"{path}: a key stands there twice.")
    return tuple(keys)


def _parse(line: str, where: str) -> Key:
    parts = line.split()
    if len(parts) != 3:
        raise BadKeyFile(f"{where}: write id, date and secret.")
    try:
        secret = base64.b64decode(parts[2], validate=True)
    except (binascii.Error, ValueError):
        raise BadKeyFile(f"{where}: the secret is damaged.") from None
    if len(secret) != SECRET_BYTES or id_of(secret) != parts[0]:
        raise BadKeyFile(f"{where}: the secret is damaged.")
    return Key(parts[0], parts[1], secret)


def make_file(path: Path, on: date) -> bool:
    """Make a key file with one key unless there is one; say whether it was made."""
    if path.exists():
        return False
    new = _write(path, [new_key(on)])
    try:
        # Linked, not renamed: of two who start at once, one file stays and both read that.
        os.link(new, path)
    except FileExistsError:
        return False
    finally:
        new.unlink()
    return True


def add_key(path: Path, on: date) -> Key:
    """Put a fresh key first; make the file when there is none. Raises BadKeyFile, OSError."""
    old = read_keys(path) if path.exists() else ()
    key = new_key(on)
    _write(path, [key, *old]).replace(path)
    return key


def _write(path: Path, keys: Sequence[Key]) -> Path:
    """Write the keys beside ``path`` for its owner alone, to the disk, and return where."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(_HEAD + "".join(f"{key.line()}\n" for key in keys))
        file.flush()
        os.fsync(file.fileno())
    return new
