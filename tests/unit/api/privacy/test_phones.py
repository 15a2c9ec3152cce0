"""The same number is the same, however somebody wrote it."""

from __future__ import annotations

import pytest

from api.privacy.phones import phone_digits


@pytest.mark.parametrize(
    "written",
    [
        "13900001111",
        "139 0000 1111",
        "139-0000-1111",
        "+86 139 0000 1111",
        "+8613900001111",
        "008613900001111",
        "86-13900001111",
        "１３９００００１１１１",
        "电话：13900001111",
    ],
)
def test_a_mobile_number_is_known_by_its_eleven_digits(written: str) -> None:
    assert phone_digits(written) == "13900001111"


@pytest.mark.parametrize("written", ["0472-1234567", "(0472) 1234567", "+86 472 1234567"])
def test_a_city_number_is_known_by_its_code_with_the_zero(written: str) -> None:
    assert phone_digits(written) == "04721234567"


def test_a_local_number_that_begins_like_the_country_code_stays_whole() -> None:
    assert phone_digits("8612345") == "8612345"


@pytest.mark.parametrize("written", [None, "", "—", "1234", "没有电话"])
def test_what_is_no_number_finds_nobody(written: str | None) -> None:
    assert phone_digits(written) is None
