"""Check that a county's template is data alone, and that a wrong one is refused with the place."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from api.life.template import (
    NEEDED_STEPS,
    NOTICES,
    TEXT_FIELDS,
    ClockKind,
    ClosingPart,
    LimitsPart,
    Relation,
    StageKey,
    TemplateError,
    Told,
)
from api.life.template_files import load_template, load_templates
from api.life.vocabulary import CLOCK_LABELS, STATUS_LABELS, STEP_LABELS
from tests.unit.api.life.play import (
    COUNTY,
    COUNTY_DESK,
    EVERYBODY,
    PROJECT,
    TEMPLATES,
    TUMED,
    ZHANG,
    Play,
    at,
    operator,
    zhang,
)

FOLDER = PROJECT / "data" / "reference" / "life"


def walk(name: str) -> list[str]:
    """Return the labels of the stages through which a report goes, each once."""
    template = TEMPLATES[name]
    play = Play(template=template, holder=COUNTY_DESK, decided=False)
    stages = [play.case.stage]

    def go(actor: object, step: str, **ask: object) -> None:
        play.take(actor, step, **ask)  # type: ignore[arg-type]
        stages.append(play.case.stage)

    go(operator, "triage", severity=1)
    go(operator, "route", to=ZHANG)
    go(zhang, "accept")
    go(zhang, "handle", outcome="resolved")
    go(operator, "verify", passed=True)
    go(operator, "reply", answer="已修好")
    if template.closing.follow_up:
        go(operator, "follow_up", resolved="yes", satisfied="satisfied")
    go(operator, "close")
    return list(dict.fromkeys(template.stage_label(stage) for stage in stages))


@pytest.mark.parametrize(
    ("name", "stages"),
    [
        ("tumed_right", "受理 分流 处置 反馈 评价"),
        ("bayan_obo_135", "首问受理 分类处置 跟踪督办 反馈评价"),
        ("guyang", "研 转 办 结 结（回访）"),
        ("digital_city", "信息收集 案卷建立 任务派遣 任务处理 处理反馈 核查结案 综合评价"),
    ],
)
def test_a_report_goes_through_the_stages_that_its_county_names_and_no_code_knows(
    name: str, stages: str
) -> None:
    assert walk(name) == stages.split()
    sources = "".join(path.read_text("utf-8") for path in (PROJECT / "api/life").glob("*.py"))
    assert not re.search("|".join(TEMPLATES), sources)


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("tumed_right", ("受理", "分流", "处置", "反馈", "评价")),
        ("bayan_obo_135", ("首问受理", "分类处置", "跟踪督办", "反馈评价")),
        ("guyang", ("收", "研", "转", "办", "结", "结（回访）")),
        (
            "digital_city",
            ("信息收集", "案卷建立", "任务派遣", "任务处理", "处理反馈", "核查结案", "综合评价"),
        ),
    ],
)
def test_two_keys_that_share_a_label_show_it_once(name: str, line: tuple[str, ...]) -> None:
    assert TEMPLATES[name].stage_line() == line


def test_the_three_levels_of_135_take_3_7_and_7_days() -> None:
    dues = []
    for level in ("instant", "limited", "joint"):
        # Friday: weekends count, these are days of the calendar.
        play = Play(template=TEMPLATES["bayan_obo_135"], start="20 09:00", response=level)
        clock = play.case.clock("settle")
        assert clock is not None
        dues.append(clock.due_at)
    assert dues == [at("23 18:00"), at("27 18:00"), at("27 18:00")]


def test_the_levels_of_tumed_right_count_working_days_and_urgent_ones_run_night_and_day() -> None:
    dues = {}
    for level in TUMED.responses:
        clock = Play(start="20 09:00", response=level).case.clock("settle")
        assert clock is not None
        dues[level] = clock.due_at
    assert dues["instant"] == at("25 18:00")
    assert dues["limited"] == dues["joint"] == at("30 18:00").replace(month=12, day=1)
    assert dues["urgent"] == at("21 09:00")


def test_what_a_county_does_not_have_is_offered_to_nobody() -> None:
    play = Play(template=TEMPLATES["digital_city"], holder=COUNTY_DESK, decided=False)
    assert "direct_reply" in Play(holder=COUNTY_DESK, decided=False).offered(operator)
    assert "direct_reply" not in {step for a in EVERYBODY for step in play.offered(a)}
    assert play.refused(operator, "direct_reply", answer="x").reason == "unknown_step"


def test_where_nothing_ends_on_the_spot_a_worker_hands_in_the_work_first() -> None:
    play = Play(template=TEMPLATES["digital_city"]).take(zhang, "accept")
    assert play.refused(zhang, "close").reason == "not_verified"
    play.take(zhang, "handle", outcome="resolved").take(operator, "verify", passed=True)
    assert play.take(operator, "reply", answer="已清理").take(operator, "close").case.final


@pytest.mark.parametrize("name", sorted(TEMPLATES))
def test_every_notice_has_words_and_nothing_of_the_reporter(name: str) -> None:
    texts = TEMPLATES[name].texts
    assert set(texts) == NOTICES
    play = Play(template=TEMPLATES[name], reporters=("王某 00001234567",)).take(zhang, "accept")
    play.at("25 09:00").tick()
    assert play.notices
    assert all("王某" not in n.text and "1234567" not in n.text for n in play.notices)
    assert f"{play.case.number}" in play.notices[0].text


def test_a_notice_says_the_deadline_as_people_do() -> None:
    text = Play(start="20 09:00").take(operator, "urge").notices[-1].text
    assert text == "催办：诉求2026111600001，11月25日（星期三）18:00前办结。"


def test_every_step_and_status_of_the_contract_is_named() -> None:
    assert set(TUMED.steps) == set(STEP_LABELS)
    assert {"awaiting_decision", "out_of_area", "void"} <= set(STATUS_LABELS)
    assert set(CLOCK_LABELS) & set(STEP_LABELS) == set()
    assert COUNTY == "150221"


BASE = (FOLDER / "tumed_right.toml").read_text("utf-8")


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        ('unit = "working_day" }', 'unit = "week" }', "settle.unit", "不在可选值之内"),
        ("amount = 4,", 'amount = "4",', "return_decision.amount", "应为数值"),
        ("amount = 7, ", "amount = 0, ", "amount", "数值过小"),
        ("amount = 3, ", "amount = 2.5, ", "settle", "天数应为整数"),
        ('"working_day" }', '"working_day", round_the_clock = true }', "settle", "round_the_clock"),
        ('by = ["decider"]', 'by = ["everybody"]', "steps.grant.by.0", "不在可选值之内"),
        ("accept = {", "sign_it = {", "steps", "sign_it"),
        ("accept = {", "# accept = {", "steps", "缺少：accept"),
        ('"handled"]', '"handle"]', "stages.statuses", "handle"),
        ('"handled"]', '"handled", "closed"]', "", "状态不能属于两个阶段：closed"),
        ('statuses = ["handled"]', "statuses = []", "", "状态没有阶段：handled"),
        ('key = "triage"', 'key = "routing"', "", "同一阶段写了两次"),
        ('default_response = "instant"', 'default_response = "soon"', "", "default_response"),
        ("催办：诉求{number}", "催办：诉求{phone}", "texts.urged", "{number}"),
        ("催办：诉求{number}", "催办：诉求{number", "texts.urged", "花括号"),
        ("lock_at = 2", "lock_at = 1", "returns.lock_at", "数值过小"),
        ("lock_at = 2", "lock_at = 2\nlock_until = 3", "returns", "不认识此项"),
        ("version = 1", "version = 2026-11-20", "", "写成文字"),
        ("[returns]", "[returns", "", "不是有效的 TOML"),
        ('name = "tumed_right"', 'name = "土右"', "name", "格式不正确"),
        ('name = "tumed_right"', 'name = "other"', "", "name 应与文件名一致"),
        ('name = "tumed_right"', 'name = "x"\nbased_on = "../x"', "", "based_on"),
        ('name = "tumed_right"', 'name = "x"\nbased_on = "nowhere"', "", "找不到模板文件"),
        ('name = "tumed_right"', 'name = "x"\nbased_on = "tumed_right"', "", "首尾相接"),
        ("\nreply = {", "\n# reply = {", "", "须有 handle、verify、reply"),
        ("\nfollow_up = { by", "\n# follow_up = { by", "", "须有 follow_up"),
        ('"not_my_grid", ', '"too_much_work", ', "returns.reasons", "too_much_work"),
    ],
)
def test_a_wrong_template_is_refused_with_the_place_and_the_reason(
    tmp_path: Path, old: str, new: str, place: str, words: str
) -> None:
    assert old in BASE
    (tmp_path / "tumed_right.toml").write_text(BASE.replace(old, new, 1), "utf-8")
    with pytest.raises(TemplateError) as refused:
        load_templates(tmp_path)
    assert place in str(refused.value)
    assert words in str(refused.value)


def test_every_fault_of_a_template_is_told_at_once(tmp_path: Path) -> None:
    text = BASE.replace("lock_at = 2", "lock_at = 1").replace('unit = "hour"', 'unit = "moon"')
    (tmp_path / "tumed_right.toml").write_text(text, "utf-8")
    with pytest.raises(TemplateError) as refused:
        load_template(tmp_path / "tumed_right.toml")
    assert len(refused.value.errors) > 3


def test_a_missing_template_says_so(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match="找不到模板文件"):
        load_template(tmp_path / "none.toml")
    assert load_templates(tmp_path) == {}


@pytest.mark.parametrize("page", ["write-a-template.md", "write-a-template.zh-CN.md"])
def test_the_guide_names_every_relation_limit_and_clock(page: str) -> None:
    text = (PROJECT / "docs" / "how-to" / page).read_text("utf-8")
    words = set(re.findall(r"`([a-z_]+)`", text)) | set(re.findall(r"[a-z_]+", text))
    wanted = {*get_args(Relation), *get_args(ClockKind), *get_args(Told), *get_args(StageKey)}
    wanted |= {*LimitsPart.model_fields, *ClosingPart.model_fields, *NEEDED_STEPS, *TEXT_FIELDS}
    assert wanted - words == set()
    for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        exec(block, {})
