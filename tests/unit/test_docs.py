"""Hold the documentation to the program: what exists is described, what is described exists."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
import typer
from pydantic import AliasChoices
from pydantic.fields import FieldInfo

from api.cli.main import app
from api.settings import PROJECT_DIR, Settings

DOCS = PROJECT_DIR / "docs"
# What git ignores is not ours to check.
FOREIGN = {"node_modules", ".venv", "var", "dist"}
LINK = re.compile(r"!?\[(?P<text>[^\]]*)\]\((?P<target>[^)\s]+)\)")
CODE = re.compile(r"```.*?```", re.DOTALL)
COMMAND = re.compile(r"\b(?:make|wangge) [a-z][a-z-]*")
TRANSLATED = ("README", "docs/how-to/set-up", "docs/how-to/redraw", "docs/guide")


def pages() -> list[Path]:
    found = PROJECT_DIR.rglob("*.md")
    return sorted(
        page
        for page in found
        if not any(
            part in FOREIGN or part.startswith(".") for part in page.relative_to(PROJECT_DIR).parts
        )
    )


def read(path: Path | str) -> str:
    return (PROJECT_DIR / path).read_text("utf-8")


def name_of(page: Path) -> str:
    return str(page.relative_to(PROJECT_DIR))


def rows(text: str, *, columns: int) -> list[list[str]]:
    """Return the cells of every table row whose first cell is code."""
    lines = [line.strip().strip("|").split("|") for line in text.splitlines() if line[:3] == "| `"]
    return [[cell.strip() for cell in cells] for cells in lines if len(cells) == columns]


# ---- settings


def variable_of(name: str, field: FieldInfo) -> str:
    alias = field.validation_alias
    return str(alias.choices[0]) if isinstance(alias, AliasChoices) else f"WANGGE_{name.upper()}"


def shown_default(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, Path):
        return f"`{value.relative_to(PROJECT_DIR)}`"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def test_every_setting_is_described_with_its_variable_and_default_and_no_other_is() -> None:
    settings_part = read("docs/configuration.md").split("## Outside")[0]
    described = {cells[0].strip("`"): cells[1] for cells in rows(settings_part, columns=3)}
    fields = Settings.model_fields.items()
    assert described == {variable_of(n, f): shown_default(f.get_default()) for n, f in fields}


# ---- commands


def commands() -> dict[str, set[str]]:
    """Return the options of every command by the command's full name."""
    found: dict[str, set[str]] = {}

    def walk(command: object, name: str) -> None:
        below = getattr(command, "commands", None)
        for word, inner in (below or {}).items():
            walk(inner, f"{name} {word}")
        if below is None:
            options = (option for param in command.params for option in param.opts)  # type: ignore[attr-defined]
            found[name] = {option for option in options if option.startswith("--")}

    walk(typer.main.get_command(app), "wangge")
    return found


def test_every_command_and_option_is_described_and_no_other_is() -> None:
    sections = re.split(r"^## `(wangge [a-z -]+)`$", read("docs/commands.md"), flags=re.MULTILINE)
    described = {
        name: {cells[0].strip("`") for cells in rows(body, columns=2)}
        for name, body in zip(sections[1::2], sections[2::2], strict=True)
    }
    assert described == commands()


def commands_in(text: str) -> set[str]:
    """Return the commands in the code of a page, blocks and spans."""
    code = [*CODE.findall(text), *re.findall(r"`[^`\n]+`", CODE.sub("", text))]
    return {command for part in code for command in COMMAND.findall(part)}


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):.*## ", read("Makefile"), re.MULTILINE))


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_a_page_names_only_commands_that_exist(page: Path) -> None:
    known = {" ".join(name.split()[:2]) for name in commands()}
    assert (
        commands_in(page.read_text("utf-8"))
        - known
        - {f"make {target}" for target in make_targets()}
        == set()
    )


@pytest.mark.parametrize("stem", TRANSLATED)
def test_both_languages_of_a_page_show_the_same_commands_and_pictures(stem: str) -> None:
    def gist(text: str) -> tuple[list[str], set[str], list[str]]:
        blocks = [re.sub(r"#.*", "", block) for block in CODE.findall(text)]
        pictures = [m["target"] for m in LINK.finditer(text) if m[0].startswith("!")]
        return blocks, commands_in(text), pictures

    assert gist(read(f"{stem}.md")) == gist(read(f"{stem}.zh-CN.md"))


# ---- links


def links(page: Path) -> Iterator[tuple[str, str, str]]:
    """Yield text, path and anchor of the links of a page that stay inside the project."""
    for match in LINK.finditer(CODE.sub("", page.read_text("utf-8"))):
        target = unquote(match["target"])
        if not re.match(r"[a-z]+:", target):
            path, _, anchor = target.partition("#")
            yield match["text"], path, anchor


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as the usual renderers make them."""
    titles = re.findall(r"^#+ (.+)$", CODE.sub("", page.read_text("utf-8")), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", title.lower()) for title in titles)
    return {title.strip().replace(" ", "-") for title in plain}


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = []
    for _, path, anchor in links(page):
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(f"{path}#{anchor}")
    assert broken == []


def defined_names(module: Path) -> set[str]:
    """Return what a module defines: names, and ``Class.member``."""
    names: set[str] = set()

    def visit(body: list[ast.stmt], prefix: str) -> None:
        for node in body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                names.add(prefix + node.name)
                if isinstance(node, ast.ClassDef):
                    visit(node.body, f"{node.name}.")
            elif isinstance(node, ast.Assign | ast.AnnAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                names.update(prefix + t.id for t in targets if isinstance(t, ast.Name))

    visit(ast.parse(module.read_text("utf-8")).body, "")
    return names


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_every_function_that_a_page_links_is_in_the_linked_file(page: Path) -> None:
    missing = [
        f"{path}: {text}"
        for text, path, _ in links(page)
        if path.endswith(".py")
        and re.fullmatch(r"`[\w.]+`", text)
        and text.strip("`") not in defined_names((page.parent / path).resolve())
    ]
    assert missing == []


def test_the_way_of_a_report_links_functions_of_every_layer() -> None:
    page = DOCS / "how-one-report-flows.md"
    tops = {path.split("/")[1] for _, path, _ in links(page) if path.endswith(".py")}
    assert {"geo", "api", "maps", "migrations"} <= tops


# ---- indexes


@pytest.mark.parametrize(("index", "folder"), [("README.md", "."), ("adr/README.md", "adr")])
def test_an_index_lists_every_page(index: str, folder: str) -> None:
    listed = {(DOCS / index).parent.joinpath(path).resolve() for _, path, _ in links(DOCS / index)}
    there = set((DOCS / folder).rglob("*.md")) - {DOCS / index}
    if folder == ".":
        there = {page for page in there if page.parent.name != "adr"} | {DOCS / "adr" / "README.md"}
    assert {name_of(page) for page in there - listed} == set()


def test_decisions_are_numbered_without_a_gap_and_say_what_follows_from_them() -> None:
    records = sorted(DOCS.glob("adr/0*.md"))
    assert [int(page.name[:4]) for page in records] == list(range(1, len(records) + 1))
    for page in records:
        headings = re.findall(r"^## (.+)$", page.read_text("utf-8"), re.MULTILINE)
        assert headings[:3] == ["Context", "Decision", "Consequences"], page.name
