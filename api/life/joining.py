"""Merge duplicates, take them apart again, split one call into several matters.

Merging loses nothing: every reporter is called back, every clock runs on in the report that was
merged into, and the merged one keeps its own, so that taking apart restores it.
"""

from __future__ import annotations

from dataclasses import replace

from api.life.parties import desk_of
from api.life.state import Case, open_case
from api.life.turn import Done, Part, Refusal, Turn
from api.life.vocabulary import OPEN


def merge(turn: Turn) -> Done | Refusal:
    """Merge a report into another open one, ``case``; a person decides, never the likeness."""
    case, main = turn.case, turn.ask.case
    if main is None:
        return turn.missing("case", "请选择并入哪一件。")
    refused = _merge_refused(turn, main)
    if refused is not None:
        return refused
    merged = replace(case, status="merged", merged_into=main.id, status_before_merge=case.status)
    new = tuple(name for name in case.reporters if name not in main.reporters)
    clocks = tuple(replace(clock, of=case.id) for clock in case.clocks if clock.kind == "settle")
    joined = replace(
        main,
        merged=(*main.merged, case.id),
        reporters=(*main.reporters, *new),
        clocks=(*main.clocks, *clocks),
        last=turn.mark,
    )
    return Done(merged, (turn.notice("merged", case.holder, merged),), ((main, joined),))


def _merge_refused(turn: Turn, main: Case) -> Refusal | None:
    case = turn.case
    if main.id == case.id:
        return turn.refuse("same_report", "不能并入自身。", "case")
    if main.status not in OPEN:
        return turn.refuse("main_not_open", "只能并入在办的诉求。", "case")
    if case.merged:
        return turn.refuse("has_merged", "本件已并入其他诉求，请先撤销并单。")
    if case.request is not None:
        return turn.refuse("request_open", "有待审的申请，请先审结。")
    if case.kept_at != main.kept_at:
        # Whoever has the one would learn of the other, which may be about them.
        words = "反映基层人员的诉求只能与须由同一级办理的诉求并单。"
        return turn.refuse("withheld", words, "case")
    if not main.area.startswith(turn.actor.area):
        return turn.refuse("other_place", "主件不在您的辖区。", "case")
    return None


def unmerge(turn: Turn) -> Done | Refusal:
    """Take a merged report out again: it goes on where it stood, with its own clocks."""
    case, main = turn.case, turn.ask.case
    if main is None or main.id != case.merged_into:
        return turn.missing("case", "请指明并入的主件。")
    if main.final:
        return turn.refuse("main_not_open", "主件已结案，请对主件重办。", "case")
    assert case.status_before_merge is not None
    out = replace(case, status=case.status_before_merge, merged_into=None, status_before_merge=None)
    apart = replace(
        main,
        merged=tuple(name for name in main.merged if name != case.id),
        reporters=_without(main, case),
        last=turn.mark,
    ).change_clocks(lambda c: c.of == case.id and c.running, lambda c: c.stop(turn.at))
    called = tuple(call for call in main.follow_ups if call.reporter in case.reporters)
    known = {(call.reporter, call.mark.at) for call in out.follow_ups}
    new = tuple(call for call in called if (call.reporter, call.mark.at) not in known)
    out = replace(out, follow_ups=(*out.follow_ups, *new))
    return Done(out, (turn.notice("assigned", out.holder, out),), ((main, apart),))


def _without(main: Case, case: Case) -> tuple[str, ...]:
    # A caller who is in both reports stays in the main one: its own reporters come first.
    own = {name for name in case.reporters if name not in main.own_reporters}
    return tuple(name for name in main.reporters if name not in own)


def split(turn: Turn) -> Done | Refusal:
    """Split a call into several matters with one caller, each a report with its own life.

    The report itself goes on as the first matter. The clocks of the others start at the call:
    the caller has waited since then.
    """
    case, parts = turn.case, turn.ask.parts
    if not parts:
        return turn.missing("parts", "请填写拆出的事项。")
    ids = {part.id for part in parts}
    if len(ids) != len(parts) or ids & {case.id, *case.parts}:
        return turn.refuse("same_report", "拆出的事项编号重复。", "parts")
    outside = [p for p in parts if p.area and not p.area.startswith(turn.actor.area)]
    if outside:
        return turn.refuse("other_place", "拆出的事项不在您的辖区。", "parts")
    made = tuple(_part_of(turn, part) for part in parts)
    # What is kept from whoever has the call is not named there either.
    named = (new.id for new in made if new.kept_at == case.kept_at)
    kept = replace(case, parts=(*case.parts, *named))
    return Done(kept, others=tuple((None, new) for new in made))


def _part_of(turn: Turn, part: Part) -> Case:
    """Return the life of one matter: with whom it is sent to, else at the desk.

    A complaint goes past those whom it is about, with no caller: whoever has the rest of the call
    may be meant.
    """
    case, to = turn.case, part.to
    sent = case.kept_at is None and to is not None
    lifted = sent and part.kept_at is not None
    desk = case.holder if case.holder.is_desk else turn.actor.party()
    return open_case(
        id=part.id,
        number=part.number,
        area=to.area if lifted and to else part.area or case.area,
        holder=to if sent and to else desk,
        at=turn.at,
        template=turn.template,
        time=turn.time,
        sender=desk_of(case.area[:6]) if lifted else desk,
        decided=sent and not lifted,
        by=turn.mark,
        category=part.category,
        response=part.response if part.response in turn.template.responses else case.response,
        reporters=() if lifted else case.reporters,
        own_reporters=() if lifted else case.own_reporters,
        part_of=case.part_of or case.id,
        kept_at=part.kept_at if lifted else case.kept_at,
        opened_at=case.opened_at,
    )
