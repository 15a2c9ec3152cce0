"""Invent names of residential compounds, repeatably and nearly unique."""

from __future__ import annotations

_HEADS = (
    "金桂", "丽水", "锦绣", "幸福", "安居", "康乐", "瑞祥", "福泽", "嘉和", "德馨", "紫荆", "翠湖",
    "敕川", "青城", "云杉", "白杨", "丁香", "玫瑰", "银河", "星光", "晨曦", "春晖", "和顺", "祥瑞",
    "富康", "永安", "吉祥", "如意", "宏远", "鸿泰", "天泽", "润泽", "华庭", "兰亭", "书香", "文苑",
    "馨和", "绿洲", "碧水", "蓝天", "草原", "塞上", "北辰", "东方", "盛世", "龙泉", "凤凰", "明珠",
)  # fmt: skip
_TAILS = ("小区", "家园", "花园", "佳苑", "名邸")

_REPEATED = {
    "150221104007": "幸福花园", "150221104015": "幸福花园",
    "150221104013": "安居家园", "150221107004": "安居家园",
}  # fmt: skip
"""Two names are given twice on purpose, as happens in every town."""

_SPECIAL = {
    "150221107400": ("园区公寓", "蓝领公寓", "园区东院", "园区西院", "园区南院", "园区北院"),
    "150221214400": ("煤炭中心公寓", "职工一院", "职工二院", "职工三院", "货场东院", "货场西院"),
}


def compound_names(community: str, start: int, count: int) -> list[str]:
    """Return ``count`` names for one community, the first being the ``start``-th invented name."""
    if community in _SPECIAL:
        return list(_SPECIAL[community][:count])
    names = [_REPEATED[community]] if community in _REPEATED else []
    return (names + _invented(start, count))[:count]


def _invented(start: int, count: int) -> list[str]:
    """Return invented names; 240 of them are unlike each other."""
    found: list[str] = []
    step = start
    while len(found) < count:
        head = step % len(_HEADS)
        name = _HEADS[head] + _TAILS[(step // len(_HEADS) + head) % len(_TAILS)]
        if name not in _REPEATED.values():
            found.append(name)
        step += 1
    return found
