"""Draw up the tables among the papers of a plan: before and after, codes, signs, consents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from api.plans.consents import STATE_WORDS
from api.plans.dossier import Dossier, GridLine, Side, Worker
from api.plans.sign_list import Sign
from api.table_files import Cell, TableFile
from geo.boundary_files.writing import NOTICE

CHANGE_WORDS: Mapping[str, str] = {"changed": "改动", "created": "新网格", "retired": "停用"}
DEMO_MARK = "示意数据，内容虚构"
# A share below this is a sliver along a border that moved by a hand's breadth.
_LEAST_SHARE = 0.0005


def facts(dossier: Dossier) -> list[tuple[str, str]]:
    """Return what identifies the papers, as label and words."""
    document = "，".join(filter(None, (dossier.document_no, dossier.document_date)))
    lines = (
        ("范围", f"{dossier.area_name}（{dossier.area}）"),
        ("状态", dossier.state),
        ("文号", document or "（待批准时填写）"),
        ("生效时间", dossier.effective_at or "（待定）"),
        ("起草", dossier.author),
        ("批准", dossier.decider if dossier.effective_at else None),
        ("界线版本", f"{dossier.revision_before} → {dossier.revision_after}"),
    )
    return [(label, value) for label, value in lines if value]


def _around(
    dossier: Dossier, *, demo: bool, more: Sequence[str] = ()
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    above = (dossier.name, "　".join(f"{label}：{value}" for label, value in facts(dossier)), *more)
    return above, (f"{NOTICE}。", DEMO_MARK) if demo else (f"{NOTICE}。",)


def before_after(dossier: Dossier, *, demo: bool) -> TableFile:
    """Return 前后对照表: one row for each grid whose land changes."""
    above, below = _around(dossier, demo=demo)
    return TableFile(
        title="前后对照表",
        columns=(
            "网格编码", "网格名称", "村（社区）", "变化", "去向和来源（占原网格面积）",
            "原面积（平方米）", "新面积（平方米）", "原户数", "新户数",
            "原负责人", "新负责人", "原在办件", "新在办件",
        ),
        rows=tuple(_row(dossier, line) for line in dossier.lines),
        widths=(18, 24, 18, 8, 48, 14, 14, 9, 9, 22, 22, 9, 9),
        above=above,
        below=below,
    )  # fmt: skip


def _row(dossier: Dossier, line: GridLine) -> tuple[Cell, ...]:
    old, new = _cells(line.before), _cells(line.after)
    pairs = (cell for pair in zip(old, new, strict=True) for cell in pair)
    head = (line.code, line.name, line.community, CHANGE_WORDS[line.change])
    return (*head, what_happens(dossier, line), *pairs)


def _cells(side: Side | None) -> tuple[Cell, ...]:
    if side is None:
        return (None,) * 4
    worker = side.worker.words if side.worker is not None else None
    return side.area_m2, side.households, worker, side.open_reports


def what_happens(dossier: Dossier, line: GridLine) -> str:
    """Return in words where a grid's land goes and comes from, with shares of the old grids."""
    gone = [
        (link.new, link.area_share)
        for link in dossier.links
        if link.old == line.code != link.new and link.area_share >= _LEAST_SHARE
    ]
    come = [
        (link.old, link.area_share)
        for link in dossier.links
        if link.new == line.code != link.old and link.area_share >= _LEAST_SHARE
    ]
    if line.change == "created":
        return _listed(dossier, "由", come, "划出")
    if line.change == "retired":
        return f"并入{_named(dossier, gone)}" if gone else "停用"
    parts = [_listed(dossier, "划给", gone), _listed(dossier, "划入", come)]
    return "；".join(filter(None, parts)) or "界线微调"


def _listed(
    dossier: Dossier, before: str, shares: Sequence[tuple[str, float]], after: str = ""
) -> str:
    return f"{before}{_named(dossier, shares)}{after}" if shares else ""


def _named(dossier: Dossier, shares: Iterable[tuple[str, float]]) -> str:
    return "、".join(f"{dossier.names[code]}（{percent(share)}）" for code, share in shares)


def percent(share: float) -> str:
    """Return a share in words: 37%, 0.4%; the whole is 100% only when nothing is left out."""
    hundredths = 100 * share
    if hundredths < 10 or 99 < hundredths < 99.95:
        return f"{hundredths:.1f}%"
    return f"{hundredths:.0f}%"


def codes(dossier: Dossier, *, demo: bool) -> TableFile:
    """Return old codes and new ones for other systems, with shares of the old grid, 0 to 1.

    Its header is of names that do not change, as in the lineage that an export of boundaries holds.
    """
    above, below = _around(
        dossier, demo=demo, more=("area_share、household_share：占原网格的份额",)
    )
    return TableFile(
        title="新旧编码对照",
        columns=(
            "old_code", "old_name", "new_code", "new_name", "area_share", "household_share",
            "revision", "effective_at",
        ),
        rows=tuple(
            (
                link.old,
                dossier.names[link.old],
                link.new,
                dossier.names[link.new],
                round(link.area_share, 6),
                round(link.household_share, 6),
                dossier.revision_after,
                dossier.effective_at,
            )
            for link in dossier.links
        ),
        widths=(18, 24, 18, 24, 12, 16, 12, 18),
        above=above,
        below=below,
    )  # fmt: skip


def signs(dossier: Dossier, signs_: Sequence[Sign], *, demo: bool) -> TableFile:
    """Return the list of signs to make, to change and to take down."""
    above, below = _around(dossier, demo=demo)

    def worker(person: Worker | None) -> tuple[Cell, Cell]:
        return (person.words, person.phone) if person is not None else (None, None)

    return TableFile(
        title="公示牌更换清单",
        columns=(
            "处理", "类别", "地点", "村（社区）", "经度", "纬度", "数量",
            "原网格编码", "原网格名称", "新网格编码", "新网格名称",
            "原负责人", "原电话", "新负责人", "新电话", "原因",
        ),
        rows=tuple(
            (
                sign.action, sign.kind, sign.place, sign.community, sign.lon, sign.lat, sign.count,
                sign.old_code, dossier.names.get(sign.old_code or ""),
                sign.new_code, dossier.names.get(sign.new_code or ""),
                *worker(sign.old_worker), *worker(sign.new_worker), sign.reason,
            )
            for sign in signs_
        ),
        widths=(8, 14, 28, 18, 13, 12, 7, 18, 24, 18, 24, 22, 14, 22, 14, 24),
        above=above,
        below=below,
    )  # fmt: skip


def consents(dossier: Dossier, entries: Sequence[Mapping[str, Any]], *, demo: bool) -> TableFile:
    """Return what the communities concerned said."""
    above, below = _around(dossier, demo=demo)
    return TableFile(
        title="村（社区）意见",
        columns=(
            "村（社区）编码", "村（社区）", "涉及网格", "意见", "文号", "文件日期",
            "说明", "登记人", "登记时间",
        ),
        rows=tuple(
            (
                entry["community"]["code"],
                entry["community"]["name"],
                "、".join(dossier.names.get(code, code) for code in entry["grids"]),
                STATE_WORDS[entry["state"]] + ("（之后又有改动）" if entry["outdated"] else ""),
                entry["document_no"],
                entry["document_date"],
                entry["note"],
                entry["entered_by"],
                entry["entered_at"],
            )
            for entry in entries
        ),
        widths=(16, 20, 40, 14, 20, 12, 40, 16, 26),
        above=above,
        below=below,
    )  # fmt: skip
