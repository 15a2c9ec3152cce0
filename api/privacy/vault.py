"""Seal and open what a report keeps of its reporter; hash phones so that they can be searched.

AES-256-GCM, the report's id as associated data: what was sealed for one report does not open in
another. Phones and requests are hashed, and what processes announce to each other is signed, with
HMAC-SHA256 under keys of their own. All are derived from a secret of the key file by HKDF-SHA256
(RFC 5869).
"""

from __future__ import annotations

import hmac
import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from api.privacy.key_file import BadKeyFile, Key, read_keys
from api.privacy.phones import phone_digits
from api.problems import Problem

logger = logging.getLogger("wangge.privacy")

_NONCE_BYTES = 12
# The length of what is sealed would tell short names from long ones.
_PAD_TO = 64


@dataclass(frozen=True, slots=True)
class Reporter:
    """Hold who reported; neither part shows where the object is printed."""

    name: str | None = field(repr=False)
    phone: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Sealed:
    """Hold a sealed reporter: the id of its key, the bytes, and the hash of the phone."""

    key_id: str
    content: bytes
    phone_tag: bytes | None


class Unreadable(Exception):
    """Say that a reporter cannot be opened: ``key_id`` is lost, or is not the right one."""

    def __init__(self, key_id: str) -> None:
        """Keep which key was needed."""
        super().__init__(f"no right key {key_id}")
        self.key_id = key_id


@lru_cache(maxsize=64)
def _derived(secret: bytes, purpose: str) -> bytes:
    info = f"wangge reporters {purpose} 1".encode()
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info).derive(secret)


@lru_cache(maxsize=64)
def _box(secret: bytes) -> AESGCM:
    return AESGCM(_derived(secret, "content"))


def _bound_to(report_id: UUID) -> bytes:
    return b"wangge reporter 1 " + report_id.bytes


class Vault:
    """Seal and open with the keys of a file; a key that is added there is known at once."""

    def __init__(self, path: Path | None = None) -> None:
        """Read nothing yet; without a file nothing can be sealed or opened."""
        self._path = path
        self._stamp: tuple[int, int, int] | None = None
        self._keys: tuple[Key, ...] = ()
        self._complaint = ""

    def keys(self) -> tuple[Key, ...]:
        """Return the keys in the file, the newest first; those last read when it has gone."""
        if self._path is None:
            return ()
        try:
            found = self._path.stat()
            stamp = (found.st_mtime_ns, found.st_size, found.st_ino)
            if stamp != self._stamp:
                self._keys = read_keys(self._path)
                self._stamp = stamp
            self._complaint = ""
        except (OSError, BadKeyFile) as error:
            if str(error) != self._complaint:
                logger.error("reporters' keys: %s", error)  # noqa: TRY400 - no trace is of use
            self._complaint = str(error)
        return self._keys

    def _usable(self) -> tuple[Key, ...]:
        keys = self.keys()
        if not keys:
            raise Problem(
                "reporter-keys-missing",
                "服务器缺少来电人信息的密钥，暂不能保存姓名和电话。请系统管理员恢复密钥文件；"
                "急需登记时可先不填来电人，诉求照常受理。",
            )
        return keys

    def seal(self, report_id: UUID, reporter: Reporter) -> Sealed:
        """Seal a reporter for one report with the newest key; raise Problem 503 without keys."""
        key = self._usable()[0]
        plain = orjson.dumps([reporter.name, reporter.phone])
        plain += b" " * (-len(plain) % _PAD_TO)
        nonce = secrets.token_bytes(_NONCE_BYTES)
        box = _box(key.secret)
        content = nonce + box.encrypt(nonce, plain, _bound_to(report_id))
        return Sealed(key.id, content, _phone_tag(key, reporter.phone))

    def open(self, report_id: UUID, key_id: str, content: bytes) -> Reporter:
        """Open what was sealed for a report; raise Unreadable when its key is not there."""
        key = next((key for key in self.keys() if key.id == key_id), None)
        if key is None:
            raise Unreadable(key_id)
        box = _box(key.secret)
        nonce, sealed = content[:_NONCE_BYTES], content[_NONCE_BYTES:]
        try:
            plain = box.decrypt(nonce, sealed, _bound_to(report_id))
        except (InvalidTag, ValueError):
            raise Unreadable(key_id) from None
        name, phone = orjson.loads(plain)
        return Reporter(name, phone)

    def phone_tags(self, phone: str) -> list[bytes]:
        """Return the hashes under which a phone may be stored, one for each key."""
        tags = (_phone_tag(key, phone) for key in self.keys())
        return [tag for tag in tags if tag is not None]

    def request_hashes(self, body: Mapping[str, Any]) -> list[str]:
        """Return the hashes by which a request that names its reporter is known again.

        One for each key, the newest first: a plain hash of a body that is stored but for a phone
        number would give the number to whoever tries them all. Raises Problem 503 without keys.
        """
        keys = self._usable()
        text = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
        return [_hmac(key, "request", text).hex() for key in keys]

    def tag_of(self, content: bytes) -> str | None:
        """Return a tag by which processes with our keys know what one of them wrote.

        None without keys.
        """
        keys = self.keys()
        return _hmac(keys[0], "announcement", content).hex() if keys else None

    def is_tagged(self, content: bytes, tag: str) -> bool:
        """Say whether ``tag`` is that of ``content`` under one of our keys."""
        tags = [_hmac(key, "announcement", content).hex() for key in self.keys()]
        return any(hmac.compare_digest(known.encode(), tag.encode()) for known in tags)


def _phone_tag(key: Key, phone: str | None) -> bytes | None:
    digits = phone_digits(phone)
    return None if digits is None else _hmac(key, "phone", digits.encode())


def _hmac(key: Key, purpose: str, content: bytes) -> bytes:
    return hmac.digest(_derived(key.secret, purpose), content, "sha256")
