"""Hold the group ``wangge import``; each kind of file brings its own command to it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.output import Narrator
from api.db.provision import open_database
from api.settings import get_settings

if TYPE_CHECKING:
    from api.deps import Service

imports = typer.Typer(help="Import what a county keeps in files.", no_args_is_help=True)

DryRun = Annotated[bool, typer.Option("--dry-run", help="Check the file and store nothing.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")]
_MOST_SHOWN = 20


def file_argument(about: str) -> Any:
    """Return the argument for the file of an import: one that is there and can be read."""
    return typer.Argument(help=about, exists=True, dir_okay=False, readable=True)


@contextmanager
def running_service() -> Iterator[Service]:
    """Open the database that the settings name with the service's own rights."""
    from api.service_parts import build_service

    settings = get_settings()
    with open_database(settings, say=Narrator(quiet=True).say) as database:
        service = build_service(settings.model_copy(update=database.settings()))
        try:
            yield service
        finally:
            service.database.close()


@contextmanager
def checking(file: Path, *, quiet: bool) -> Iterator[Service]:
    """Open the service for a file that is looked through as a whole, and say that it is."""
    with running_service() as service:
        Narrator(quiet=quiet).say(f"Checking {file.name}")
        yield service


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """Hold how an import ended, in words: the faults, else what is done or would be.

    ``answer`` is the same for programs. ``unit`` counts the faults, ``hint`` says what else to do.
    """

    answer: Mapping[str, object]
    faults: Sequence[str]
    refused: bool
    done: str
    would: str
    unit: str = "处"
    hint: str = ""

    def tell(self, *, dry_run: bool, as_json: bool) -> None:
        """Print it; exit with 1 when nothing was imported because of the faults."""
        if as_json:
            typer.echo(json.dumps(self.answer, ensure_ascii=False))
        else:
            _say_faults(self.faults, unit=self.unit)
            if self.refused:
                _say_refused(self.faults, unit=self.unit, hint=self.hint)
            else:
                typer.echo(self.would if dry_run else self.done)
        if self.refused:
            raise typer.Exit(1)


CRS_OPTION = typer.Option(help="Coordinate system: cgcs2000, wgs84, gcj02, bd09 or an EPSG code.")


def _say_faults(faults: Sequence[str], *, unit: str = "处") -> None:
    """Print the first faults, one a line, and how many more there are."""
    for fault in faults[:_MOST_SHOWN]:
        typer.echo(fault, err=True)
    if len(faults) > _MOST_SHOWN:
        typer.echo(f"另有{len(faults) - _MOST_SHOWN}{unit}有误，用 --json 看更多。", err=True)


def _say_refused(faults: Sequence[object], *, unit: str = "处", hint: str = "") -> None:
    """Print that nothing was imported, and why."""
    typer.echo(f"没有导入：{len(faults)}{unit}有误，请改正后重试{hint}。", err=True)


def cell_words(row: int, column: str, reason: str) -> str:
    """Return where a bad cell stands and what is wrong with it; no column for a whole row."""
    return f"第{row}行{f'{column}列' if column else ''}：{reason}"
