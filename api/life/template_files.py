"""Read templates from TOML files; one may be based on another.

Of two templates tables are joined, single values and lists replaced; ``false`` in place of a table
takes it out. Every fault is refused with
its place, in words for who writes the template.
"""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from api.life.template import Template, TemplateError
from api.validation_words import explain_errors


def load_template(path: Path) -> Template:
    """Return the template of a file; raise TemplateError with every place that is wrong."""
    raw = _read(path, ())
    raw.pop("based_on", None)
    try:
        return Template.model_validate_json(json.dumps(raw), strict=True)
    except TypeError:
        raise TemplateError(path.name, ["日期和时间不能作为值，请写成文字。"]) from None
    except ValidationError as error:
        explained = explain_errors(error.errors(include_url=False))
        messages = [_with_place(entry["field"], entry["message"]) for entry in explained]
        raise TemplateError(path.name, list(dict.fromkeys(messages))) from None


def _with_place(field: str, message: str) -> str:
    return message if not field or message.startswith(field) else f"{field}：{message}"


def load_templates(directory: Path) -> dict[str, Template]:
    """Return the templates of a directory by name; each file is named as its template."""
    found: dict[str, Template] = {}
    for path in sorted(directory.glob("*.toml")):
        template = load_template(path)
        if template.name != path.stem:
            raise TemplateError(path.name, [f"name 应与文件名一致：{path.stem}。"])
        found[template.name] = template
    return found


def _read(path: Path, seen: tuple[str, ...]) -> dict[str, Any]:
    if path.name in seen:
        raise TemplateError(seen[0], ["based_on 首尾相接。"])
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except OSError:
        raise TemplateError((*seen, path.name)[0], [f"找不到模板文件 {path.name}。"]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        place = f"：{error}" if isinstance(error, tomllib.TOMLDecodeError) else ""
        raise TemplateError(path.name, [f"不是有效的 TOML{place}。"]) from None
    basis = raw.get("based_on")
    if basis is None:
        return raw
    # A name, never a path: a template reads its neighbours only.
    if not isinstance(basis, str) or not basis.isidentifier():
        raise TemplateError(path.name, ["based_on 应为同一目录内模板的名称。"])
    return _joined(_read(path.with_name(f"{basis}.toml"), (*seen, path.name)), raw)


def _joined(basis: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    joined = dict(basis)
    for key, value in own.items():
        below = joined.get(key)
        both = isinstance(below, dict) and isinstance(value, dict)
        joined[key] = _joined(below, value) if both else value  # type: ignore[arg-type]
        if isinstance(below, dict) and value is False:
            del joined[key]
    return joined
