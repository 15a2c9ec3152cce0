"""The pages' own sources: no markup from text, no foreign host, nothing left unnamed."""

import re
from pathlib import Path

import pytest

from api.pages import needed_modules

ROOT = Path(__file__).parents[3]
APP = ROOT / "maps" / "assets" / "app"
SCRIPTS = sorted((APP / "js").glob("*.js"))
STYLES = sorted((APP / "css").glob("*.css"))
TEMPLATES = sorted((ROOT / "api" / "templates").glob("*.html"))
SOURCES = SCRIPTS + STYLES + TEMPLATES
CLASSIC_SCRIPTS = {"theme-first"}

TEXT_AS_MARKUP = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|createContextualFragment|document\.write|"
    r"\beval\(|new Function|setHTML|DOMParser|srcdoc|javascript:"
)
# Leaflet's own ways to write HTML from a string.
LEAFLET_MARKUP = re.compile(r"bindPopup|bindTooltip(?!\(el\()|L\.popup|L\.tooltip|html:\s*[`\"']")


def names(paths):
    return [path.name for path in paths]


@pytest.mark.parametrize("script", SCRIPTS, ids=names(SCRIPTS))
def test_a_script_never_turns_text_into_markup(script):
    source = script.read_text()
    assert not TEXT_AS_MARKUP.search(source)
    assert not LEAFLET_MARKUP.search(source)


@pytest.mark.parametrize(
    "path", SCRIPTS + STYLES + TEMPLATES, ids=names(SCRIPTS + STYLES + TEMPLATES)
)
def test_a_source_names_no_other_host(path):
    for address in re.findall(r"(?:https?:)?//[\w.-]+\.[a-z]{2,}", path.read_text()):
        assert address.startswith("http://www.w3.org"), address  # the name of SVG, never fetched


def test_every_module_is_in_the_import_map_and_nothing_else_is():
    listed = re.findall(r'"([\w-]+)"', modules_source())
    assert sorted(listed) == sorted({path.stem for path in SCRIPTS} - CLASSIC_SCRIPTS)


def modules_source():
    return (ROOT / "api" / "templates" / "modules.html").read_text()


def test_every_import_leads_to_a_module_that_exports_the_name():
    for script in SCRIPTS:
        for wanted, source in re.findall(
            r"import \{([^}]+)\} from \"\./([\w-]+)\.js\"", script.read_text()
        ):
            exported = (APP / "js" / f"{source}.js").read_text()
            for name in (each.strip() for each in wanted.split(",") if each.strip()):
                assert re.search(
                    rf"export (?:async )?(?:function|class|const) {name}\b", exported
                ), f"{script.name}: {name} from {source}"


def test_every_id_that_a_script_asks_for_stands_in_a_template_or_a_script():
    known = set()
    for path in TEMPLATES + SCRIPTS:
        known |= set(re.findall(r"\bid(?:=|: )\"([\w-]+)\"", path.read_text()))
    for script in SCRIPTS:
        asked = set(re.findall(r"byId\(\"([\w-]+)\"\)", script.read_text()))
        assert asked <= known, script.name


def test_every_colour_that_is_used_is_a_token_of_both_themes():
    tokens = tokens_by_theme()
    used = set()
    for path in SCRIPTS + STYLES:
        used |= set(re.findall(r"var\((--[\w-]+)\)|token\(\"(--[\w-]+)\"\)", path.read_text()))
    for pair in used:
        name = pair[0] or pair[1]
        assert all(name in theme for theme in tokens.values()), name


@pytest.mark.parametrize("template", TEMPLATES, ids=names(TEMPLATES))
def test_a_template_escapes_everything_but_the_map_block(template):
    source = template.read_text()
    trusted = re.findall(r"\{\{\s*([^}]*)\|\s*safe\s*\}\}", source)
    assert {each.strip() for each in trusted} <= {
        "block.head_html",
        "block.body_html",
        "block.script_html",
    }
    assert "autoescape false" not in source


@pytest.mark.parametrize("template", TEMPLATES, ids=names(TEMPLATES))
def test_a_template_works_under_the_strict_policy(template):
    source = template.read_text()
    assert not re.search(r"\son\w+=|\sstyle=|<style", source)
    for script in re.findall(r"<script\b[^>]*>", source):
        assert 'nonce="{{ nonce }}"' in script


def tokens_by_theme():
    source = (APP / "css" / "tokens.css").read_text()
    base, dark, light = (
        dict(re.findall(r"(--[\w-]+):\s*([^;]+);", part))
        for part in (
            source.split(':root,\n:root[data-theme="dark"]')[0],
            source.split(':root[data-theme="dark"] {')[1].split("}")[0],
            source.split(':root[data-theme="light"] {')[1].split("}")[0],
        )
    )
    return {"dark": base | dark, "light": base | light}


def luminance(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


TEXT_ON = [
    ("--text", "--surface"),
    ("--text", "--surface-2"),
    ("--text", "--doubt-bg"),
    ("--text", "--bad-bg"),
    ("--muted", "--surface"),
    ("--muted", "--surface-2"),
    ("--muted", "--bg"),
    ("--accent", "--surface"),
    ("--on-accent", "--accent"),
    ("--bad", "--surface"),
    ("--good", "--surface"),
    ("--doubt", "--surface"),
    ("--doubt", "--doubt-bg"),
    ("--map-name", "--map-land"),
]


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize(("text", "ground"), TEXT_ON)
def test_text_has_the_contrast_of_level_aa(theme, text, ground):
    tokens = tokens_by_theme()[theme]
    assert contrast(tokens[text], tokens[ground]) >= 4.5


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("sign", ["blue", "yellow", "orange", "red"])
def test_a_warning_sign_stands_out_from_the_panels(theme, sign):
    tokens = tokens_by_theme()[theme]
    assert contrast(tokens[f"--light-{sign}"], tokens["--surface"]) >= 3


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_five_steps_of_the_map_go_one_way(theme):
    tokens = tokens_by_theme()[theme]
    steps = [luminance(tokens[f"--ramp-{step}"]) for step in range(1, 6)]
    assert steps in (sorted(steps), sorted(steps, reverse=True))
    assert len(set(steps)) == 5


def test_a_page_fetches_ahead_what_its_entry_imports_and_not_what_comes_when_asked_for():
    needed = needed_modules(APP, "m")
    assert {"m-store", "words"} <= set(needed)
    assert "m" not in needed
    assert "m-map" not in needed
