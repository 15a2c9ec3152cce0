"""Compile the lookup before anybody asks: once after an installation or an upgrade."""

from __future__ import annotations

import subprocess
import sys

from api.cli.output import Narrator
from api.settings import child_environment, compiled_code_folder
from geo.compiled_cache import is_warm


def compile_ahead(narrator: Narrator) -> None:
    """Compile in a process of its own, so that the caller stays small; nothing when it is done.

    Whoever serves with code that could not be compiled ahead compiles at the first question.
    """
    if is_warm(compiled_code_folder()):
        return
    narrator.say("Compiling the lookup (about half a minute, once)")
    command = [sys.executable, "-m", "geo.warming"]
    subprocess.run(command, env=child_environment(), check=False)  # noqa: S603 - our own module
