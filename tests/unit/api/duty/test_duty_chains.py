"""Hold the template of chains to its rules: a county changes the file, no program."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.duty.chains import STANDARD_FILE, ChainsError, read_chains, standard_chains
from tests.unit.api.duty.people_and_posts import GRID, TEN, person, post, roster, term


def test_the_standard_chains_are_those_of_the_field() -> None:
    chains = standard_chains()
    assert [f"{tier.role}@{tier.on}" for tier in chains.for_grid("rural")] == [
        "part_time_grid_worker@grid",
        "full_time_grid_worker@community",
        "grid_lead@grid",
        "community_desk@community",
        "township_desk@township",
        "county_desk@county",
    ]
    assert chains.for_grid("dedicated") == chains.for_grid("community")


def test_a_county_with_another_order_needs_no_program(tmp_path: Path) -> None:
    text = STANDARD_FILE.read_text("utf-8")
    first = '  { role = "full_time_grid_worker", on = "grid" },\n'
    lead = '  { role = "grid_lead", on = "grid" },\n'
    other = tmp_path / "other.toml"
    other.write_text(text.replace(first + lead, lead + first), "utf-8")
    worker, leading = post("full_time_grid_worker"), post("grid_lead")
    zhang, li = person("张三"), person("李四")
    rows = [zhang, li, worker, leading, term("holder", zhang, worker), term("holder", li, leading)]
    duty = roster(*rows, chains=read_chains(other))
    assert duty.responsible(area_code=GRID, kind="community", at=TEN).person == li


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('on = "org"', 'on = "moon"', "[org] 第1级"),
        ('"liaison", on = "org"', '"king", on = "org"', "不认识的岗位"),
        ("[area]", "[elsewhere]", "缺少 [area]"),
        ('kinds = ["community", "dedicated"]', "kinds = []", "没有一条链用于 community"),
        ('kinds = ["rural"]', 'kinds = ["community"]', "出现在两条链中"),
        ("[org]", "[org", "不是有效的 TOML"),
    ],
)
def test_a_wrong_template_is_refused_with_its_place(
    tmp_path: Path, old: str, new: str, fault: str
) -> None:
    text = STANDARD_FILE.read_text("utf-8")
    assert old in text
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(text.replace(old, new), "utf-8")
    with pytest.raises(ChainsError, match=fault.replace("[", r"\[")):
        read_chains(wrong)
