"""Each mistake with a certificate is named before the service starts, none ends in a prompt."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from api.cli.https import read_pair
from api.cli.listening import page_address
from api.cli.refusal import Refused
from tests.certificates import make_pair


def refusal(cert: Path | None, key: Path | None) -> str:
    with pytest.raises(Refused) as caught:
        read_pair(cert, key)
    return str(caught.value)


def test_neither_means_plain_http_and_one_alone_is_a_mistake(tmp_path: Path) -> None:
    cert, key = make_pair(tmp_path)
    assert read_pair(None, None) is None
    assert refusal(cert, None).startswith("--tls-cert needs --tls-key")
    assert refusal(None, key).startswith("--tls-key needs --tls-cert")


def test_a_pair_is_taken_by_its_whole_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cert, key = make_pair(tmp_path)
    monkeypatch.chdir(tmp_path)
    pair = read_pair(Path(cert.name), Path(key.name))
    assert pair is not None
    assert pair.arguments() == ("--tls-cert", str(cert), "--tls-key", str(key))


def test_the_servers_own_certificate_comes_first_in_a_chain(tmp_path: Path) -> None:
    cert, key = make_pair(tmp_path)
    authority, _ = make_pair(tmp_path, name="authority")
    chain = tmp_path / "chain.pem"
    chain.write_bytes(cert.read_bytes() + authority.read_bytes())
    assert read_pair(chain, key) is not None
    chain.write_bytes(authority.read_bytes() + cert.read_bytes())
    assert "must come first" in refusal(chain, key)


def test_files_that_are_not_what_they_should_be_are_refused(tmp_path: Path) -> None:
    cert, key = make_pair(tmp_path)
    _, other = make_pair(tmp_path, name="other")
    assert "does not belong" in refusal(cert, other)
    assert "cannot be read: No such file" in refusal(tmp_path / "none.crt", key)
    assert "cannot be read: No such file" in refusal(cert, tmp_path / "none.key")
    assert "cannot be read: Is a directory" in refusal(tmp_path, key)
    assert "holds no certificate" in refusal(key, key)
    assert "holds no private key" in refusal(cert, cert)


def test_a_key_with_a_password_is_refused_and_nobody_is_asked_for_it(tmp_path: Path) -> None:
    cert, key = make_pair(tmp_path, password=b"hidden")
    assert "has a password" in refusal(cert, key)


def test_a_certificate_that_runs_out_warns_and_still_serves(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    for days, words in ((-1, "ran out"), (5, "runs out"), (60, None)):
        pair = read_pair(*make_pair(tmp_path, name=f"in {days}", days=days))
        assert pair is not None
        warning = pair.warning(now)
        assert (warning is None) if words is None else (words in (warning or ""))
    assert pair.warning(now + timedelta(days=61)) is not None


def test_the_address_that_is_announced_says_https() -> None:
    assert page_address("127.0.0.1", 8443, secure=True) == "https://127.0.0.1:8443"
    assert page_address("0.0.0.0", 8000) == "http://127.0.0.1:8000"
