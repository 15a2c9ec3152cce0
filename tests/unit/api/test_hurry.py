"""Check that whoever hurries leaves the interpreter as it was, however many do at once."""

from __future__ import annotations

import gc
import sys
from contextlib import ExitStack

import pytest

from api.knowledge_news import at_once


def test_the_last_who_hurries_puts_all_back() -> None:
    before = sys.getswitchinterval()
    first, second = ExitStack(), ExitStack()
    first.enter_context(at_once())
    second.enter_context(at_once())
    first.close()
    assert sys.getswitchinterval() < before
    assert not gc.isenabled()
    second.close()
    assert sys.getswitchinterval() == before
    assert gc.isenabled()


def test_an_error_puts_all_back_too() -> None:
    before = sys.getswitchinterval()
    with pytest.raises(KeyError), at_once():
        raise KeyError
    assert (sys.getswitchinterval(), gc.isenabled()) == (before, True)
