"""``wangge import access-list``: what grid workers may be given, from a CSV or XLSX file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from api.cli.import_group import (
    AsJson,
    DryRun,
    Ending,
    checking,
    file_argument,
    imports,
)

if TYPE_CHECKING:
    from api.routing.service import Outcome


@imports.command("access-list")
def access_list(
    file: Annotated[
        Path,
        file_argument(
            "CSV or XLSX: no,item,kind,applied_for_by,frequency_or_term and, where they "
            "change, categories,season,from,to."
        ),
    ],
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Load a whole access list (准入清单); it is a new version, in force from now on."""
    from api.accounts.audit_trail import COMMAND_LINE
    from api.input_types import now
    from api.routing.service import import_list

    with checking(file, quiet=as_json) as service:
        outcome = import_list(
            service.database,
            service.keeper,
            file.read_bytes(),
            now=now(),
            actor=COMMAND_LINE,
            dry_run=dry_run,
        )
    _ending(outcome, dry_run=dry_run).tell(dry_run=dry_run, as_json=as_json)


def _ending(outcome: Outcome, *, dry_run: bool) -> Ending:
    change = f"{outcome.items}项，新增{len(outcome.added)}项，退出{len(outcome.removed)}项"
    same = f"准入清单没有变化（第{outcome.version}版）。" if outcome.unchanged else None
    return Ending(
        answer={**outcome.as_json(dry_run=dry_run), "errors": outcome.errors_json()},
        faults=[f"第{error.line}行：{error.message}" for error in outcome.errors],
        refused=outcome.refused,
        done=same or f"已导入准入清单（第{outcome.version}版，{change}）。",
        would=same or f"检查完毕，没有导入：{change}。",
    )
