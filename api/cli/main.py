"""The entry point ``wangge``: its commands, and what their errors mean to a shell.

Exit codes: 0 done, 1 refused with a reason, 2 wrong usage.
"""

from __future__ import annotations

import signal
import sys
from types import FrameType

import typer
from pydantic import ValidationError

from api.cli.commands_by_name import CommandsByName
from api.cli.refusal import Refused
from api.db.faults import DatabaseUnavailable
from api.db.postgres_programs import ClusterError
from api.life.template import TemplateError
from api.problems import Problem
from geo.errors import GeoError

app = typer.Typer(
    name="wangge",
    cls=CommandsByName,
    help="Grid management for counties: every report finds its owner.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def _wangge() -> None:
    """Hold the commands; without this a Typer of no commands of its own would be nothing."""


def run() -> None:
    """Run the command line; end the process with its exit code."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        # A command that nohup started keeps ignoring the end of its terminal.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _unwind)
    try:
        app()
    except (Refused, ClusterError) as refusal:
        _refuse(str(refusal))
    except GeoError as refusal:
        _refuse(refusal.message)
    except DatabaseUnavailable:
        _refuse("数据库没有应答；请稍后再试，或用 wangge doctor 检查。")
    except Problem as refusal:
        _refuse(refusal.detail)
    except TemplateError as refusal:
        _refuse(f"办理流程模板有误：{refusal}")
    except ValidationError as error:
        # Settings are the only model read before a command runs.
        names = "、".join(str(entry["loc"][0]) for entry in error.errors())
        _refuse(f"设置有误：{names}。各项的含义和取值见 docs/configuration.md。")


def _refuse(reason: str) -> None:
    typer.echo(reason, err=True)
    sys.exit(1)


def _unwind(number: int, _frame: FrameType | None) -> None:
    """Leave through every ``finally``, so that what was started is stopped."""
    sys.exit(128 + number)


if __name__ == "__main__":
    run()
