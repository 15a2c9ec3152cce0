"""Hold the commands of ``wangge`` by name, and read the code of the one that is asked for alone.

A command is ready in a fraction of the second that all of them together would take.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from importlib import import_module
from typing import Any, Final

import typer
from typer.core import TyperGroup

from api.cli.quick_start import reading_code

# In the order of the help: the module of api/cli that registers the command, then those that
# bring a command of their own to its group.
MODULES: Final[Mapping[str, tuple[str, ...]]] = {
    "demo": ("demo",),
    "serve": ("serve",),
    "init": ("init",),
    "doctor": ("doctor",),
    "locate": ("locate",),
    "assign": ("assign",),
    "import": (
        "import_",
        "import_buildings",
        "import_places",
        "import_plan",
        "import_reports",
        "import_roads",
        "import_access_list",
        "import_calendar",
        "roster",
    ),
    "export": ("export", "roster"),
    "reporters": ("reporters",),
    "user": ("user",),
    "cluster": ("cluster",),
}


class _Commands(MutableMapping[str, Any]):
    """Make each command when it is first looked up."""

    def __init__(self) -> None:
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        """Return the command; raise KeyError when there is none of this name."""
        if name not in self._made:
            self._made[name] = _make(name, MODULES[name])
        return self._made[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._made[name] = command

    def __delitem__(self, name: str) -> None:
        del self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(MODULES)

    def __len__(self) -> int:
        return len(MODULES)


class CommandsByName(TyperGroup):
    """Look commands up by name, without the code of the others."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**{**attributes, "commands": None})
        self.commands = _Commands()


def _make(name: str, modules: tuple[str, ...]) -> Any:
    alone = typer.Typer(pretty_exceptions_enable=False, add_completion=False)
    alone.callback()(_nothing)
    with reading_code():
        first, *_ = [import_module(f"api.cli.{module}") for module in modules]
    first.register(alone)
    return typer.main.get_group(alone).commands[name]


def _nothing() -> None:
    return None
