"""Hold the group ``wangge import``; each kind of file brings its own command to it."""

from __future__ import annotations

import typer

imports = typer.Typer(help="Import what a county keeps in files.", no_args_is_help=True)
