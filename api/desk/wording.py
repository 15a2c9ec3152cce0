"""Find the words of a call: what to ask when it is doubtful, what to read to the caller. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_ASK = "请问明："
_MOST_CHOICES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Hold one candidate grid: township, community and grid by name, what tells it apart."""

    township: str
    community: str
    grid: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answerer:
    """Hold who will answer for a report, as a caller may hear it: never a private phone.

    ``desk`` says that it waits at a desk for a decision; ``public_phone`` is one that was
    published, None for all others.
    """

    place: str
    role: str
    name: str
    desk: bool = False
    public_phone: str | None = None


def questions(
    *,
    has_category: bool,
    has_place: bool,
    urgent: bool,
    decision: str,
    reasons: Sequence[tuple[str, str]],
    choices: Sequence[Choice],
) -> list[str]:
    """Return what to ask the caller, the most useful first; nothing when nothing is doubtful.

    ``reasons`` are (step, sentence) of the decision; a sentence of the address reader that says
    what to ask comes before our own.
    """
    asked: list[str] = []
    if urgent:
        asked.append("有没有人受伤、被困？有危险请先离开，需要时转110、119、120。")
    if not has_category:
        asked.append("反映的是什么事？")
    if not has_place:
        return [*asked, "在什么地方？哪个小区几号楼，或者哪个乡镇哪个村？"]
    if decision == "auto":
        return asked
    told = [words.removeprefix(_ASK) for step, words in reasons if step == "ask"]
    asked.extend(told or _between(choices) or _unknown(reasons))
    return asked


def _between(choices: Sequence[Choice]) -> list[str]:
    """Ask for the highest level at which the candidates differ."""
    if len(choices) < 2:
        return []
    for level, word in (("township", "哪个乡镇"), ("community", "哪个村（社区）")):
        names = list(dict.fromkeys(getattr(choice, level) for choice in choices))
        if len(names) > 1:
            return [f"在{word}：{_either(names)}？"]
    hints = list(dict.fromkeys(choice.hint or choice.grid for choice in choices))
    return [f"在哪一边：{_either(hints)}？"]


def _either(names: Sequence[str]) -> str:
    shown = names[:_MOST_CHOICES]
    more = "，或者别处" if len(names) > _MOST_CHOICES else ""
    return "、".join(shown[:-1]) + f"还是{shown[-1]}" + more


def _unknown(reasons: Sequence[tuple[str, str]]) -> list[str]:
    if any(step == "outside" for step, _ in reasons):
        return ["是不是在本旗？请再说一遍乡镇和村（社区）。"]
    return ["附近有什么单位、商店、路口或者楼号？"]


def sentence(
    *,
    matter: str | None,
    answerer: Answerer | None,
    until: str,
    provisional: bool,
    secret: bool,
    doubtful: bool,
    direct: bool = False,
    anonymous: bool = False,
) -> str:
    """Return what to read to the caller: taken in, who answers, until when.

    ``secret`` is a confidential matter or a complaint about the grid's own people: it names
    nobody. ``direct`` is what the seat answers while the caller is on the line. Who
    is ``anonymous`` hears that nothing is kept.
    """
    what = f"您反映的“{matter}”" if matter else "您反映的情况"
    by_when = f"{until}前答复" if anonymous else f"{until}前答复您"
    by_when += "（假期安排公布后可能调整）" if provisional else ""
    by_when += "。您的姓名和电话不会留存" if anonymous else ""
    if secret:
        kept = "" if anonymous else "，对您的信息严格保密"
        # A family quarrel stays with the grid; only what lies at a desk is with those above.
        who = "上级专人" if answerer is None or answerer.desk else "专人"
        return f"{what}已登记，由{who}处理{kept}，{by_when}。"
    if direct:
        return f"{what}，我现在为您查询答复；当场答复不了的，{by_when}。"
    if answerer is None:
        return f"{what}已登记，由旗中心值班安排，{by_when}。"
    if doubtful:
        return f"{what}已登记，由{answerer.place}核实具体位置后马上安排，{by_when}。"
    phone = f"（电话{answerer.public_phone}）" if answerer.public_phone else ""
    who = answerer.place if answerer.desk else f"{answerer.place}{answerer.role}{answerer.name}"
    return f"{what}已登记，由{who}{phone}负责，{by_when}。"
