"""Hold the templates of a county: the one for new reports, and those that older ones began with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from api.life.template import Template, TemplateError
from api.life.template_files import load_templates
from api.settings import Settings


@dataclass(frozen=True, slots=True)
class Templates:
    """Hold every template by name, and the one by which new reports live."""

    by_name: Mapping[str, Template]
    current: Template

    def of(self, name: str) -> Template:
        """Return the template that a report began with; the present one when it is gone."""
        return self.by_name.get(name, self.current)


def read_templates(directory: Path, current: str) -> Templates:
    """Return the templates of a directory; raise TemplateError when ``current`` is not there."""
    found = load_templates(directory)
    if current not in found:
        names = "、".join(sorted(found))
        raise TemplateError(current, [f"没有这个模板；{directory.name} 内有：{names}。"])
    return Templates(found, found[current])


@lru_cache(maxsize=1)
def standard_templates() -> Templates:
    """Return the templates of a service that says nothing else."""
    fields = Settings.model_fields
    return read_templates(fields["life_dir"].default, fields["life_template"].default)
