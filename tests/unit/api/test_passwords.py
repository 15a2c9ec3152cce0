"""Check how passwords are kept."""

from __future__ import annotations

import argon2

from api.accounts.passwords import hash_password, password_matches


def test_a_password_is_kept_as_argon2id_that_is_dear_to_guess() -> None:
    kept = hash_password("Nine-horses-7")
    parameters = argon2.extract_parameters(kept)
    assert parameters.type is argon2.Type.ID
    # The least that OWASP asks for: 19 MiB and two passes.
    assert parameters.memory_cost >= 19 * 1024
    assert parameters.time_cost >= 2
    assert password_matches(kept, "Nine-horses-7")
    assert not password_matches(kept, "Nine-horses-8")
    assert hash_password("Nine-horses-7") != kept


def test_nobody_has_a_password_that_matches() -> None:
    assert not password_matches(None, "no account has this password")
