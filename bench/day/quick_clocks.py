"""Write a template whose clocks run fast: the county's own, an hour of it in a few seconds.

A day's worth of due times, reminders and decisions by the clock then falls into minutes. It differs
from the county's in its limits alone.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from api.life.template import LimitPart
from api.life.template_files import load_template
from api.settings import Settings

NAME = "quick_clocks"
_HOURS = {"hour": 1, "day": 24, "working_day": 8}


def write_template(folder: Path, *, hour_s: float) -> Path:
    """Return a directory of templates that holds the quick one; ``hour_s`` is an hour of it."""
    fields = Settings.model_fields
    basis = fields["life_template"].default
    source = fields["life_dir"].default / f"{basis}.toml"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, folder)
    slow = load_template(source)

    def quick(limit: LimitPart) -> str:
        hours = max(1e-6, limit.amount * _HOURS[limit.unit] * hour_s / 3600)
        return f'{{ amount = {hours:.6f}, unit = "hour", round_the_clock = true }}'

    lines = [
        f'based_on = "{basis}"',
        f'name = "{NAME}"',
        'title = "示意：时限加快"',
        "version = 1",
    ]
    for key, response in slow.responses.items():
        lines += [f"[responses.{key}]", f"settle = {quick(response.settle)}"]
        if response.sign is not None:
            lines.append(f"sign = {quick(response.sign)}")
    lines.append("[limits]")
    lines += [
        f"{key} = {quick(getattr(slow.limits, key))}" for key in type(slow.limits).model_fields
    ]
    (folder / f"{NAME}.toml").write_text("\n".join(lines) + "\n", "utf-8")
    return folder
