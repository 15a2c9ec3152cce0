"""Hash and check passwords with argon2id, and refuse weak ones."""

from __future__ import annotations

from functools import lru_cache

import argon2

from api.problems import Problem

_hasher = argon2.PasswordHasher()

MIN_LENGTH = 10
MAX_LENGTH = 128


def hash_password(password: str) -> str:
    """Return the argon2id hash of ``password``."""
    return _hasher.hash(password)


@lru_cache(maxsize=1)
def _dummy_hash() -> str:
    """Return what unknown usernames are checked against: their answer takes as long as others."""
    return _hasher.hash("no account has this password")


def password_matches(stored: str | None, password: str) -> bool:
    """Say whether ``password`` has the hash ``stored``; None takes as long and says no."""
    try:
        _hasher.verify(stored or _dummy_hash(), password)
    except argon2.exceptions.VerificationError:
        return False
    return stored is not None


def refuse_weak(password: str, *, username: str) -> None:
    """Raise a 422 problem when ``password`` is too short, too long or too plain."""
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise Problem("weak-password", f"密码应为{MIN_LENGTH}至{MAX_LENGTH}个字符。")
    if username.lower() in password.lower():
        raise Problem("weak-password", "密码中不能含有用户名。")
    kinds = sum(
        (
            any(char.islower() for char in password),
            any(char.isupper() for char in password),
            any(char.isdigit() for char in password),
            any(not char.isalnum() for char in password),
        )
    )
    if kinds < 2 or len(set(password)) < 5:
        raise Problem("weak-password", "密码应至少含字母、数字、符号中的两类，且不能过于简单。")
