"""Say how alike two descriptions of a matter are, whatever place and number they name.

What is compared is what the matter *is*. Place names are taken out before (the matcher knows them);
here go words of position (附近, 村东头, 3号楼2单元), counts and times (两天, 三四盏) and phrases of
the office (来电人反映, 请尽快处理). Words that say the same of what does not work become one.
What is left is cut into pairs of neighbouring characters; two texts are as alike as the share of
pairs that they have in common, by the coefficient of Ochiai (1957): common pairs over the geometric
mean of both numbers, so that a short text and a long one of the same matter still meet.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from itertools import pairwise

from geo.address.normalise import SEPARATOR

_COUNT = r"[第0-9〇零一二两三四五六七八九十百千半几好多]"
_POSITION = re.compile(
    # Numbers with what they count: 3号楼2单元501, 两天, 三四盏, 晚上十点半, 一个礼拜.
    rf"{_COUNT}+(?:号楼|号院|单元|门栋|号|栋|幢|座|楼|层|室|户|排|巷|组|队|社|期|网格|米|公里|里地"
    r"|分钟|小时|个?月|点半?|天|日|周|个?礼拜|个?星期|晚上|回|次|年|盏|个|处|条|家|台|堆|辆|只|片|根"
    r"|块|口)+多?了?"
    rf"|{_COUNT}{{2,}}|[0-9]+"
    # Where in a place, or beside what.
    r"|村?[东西南北]{1,2}(?:边|侧|头|面|门|墙|角|段|院)?(?:外|口)?"
    r"|[村街巷院门路桥渠]口|大?门(?:前|外|口|旁)|临街一侧|附近|旁边|旁|对面|隔壁|周边|周围|一带|沿线"
    r"|后头|前头|背后|后面|前面|里头|里面|外面|边上|楼下|楼上|楼前|楼后|这儿|那儿|这里|那里|我家|家里"
    r"|小区|社区|村里|村民|居民|网格|附近的"
)
_PHRASES = re.compile(
    r"来电人|来访人|市民|群众|网友|反映|反应|巡查|发现|您好|你好|谢谢|麻烦|希望|请问|想?问问|咨询|[甚啥]时候|什么时候|何时"
    r"|请?(?:尽快|赶紧|快点|抓紧|及时|再|帮忙)?(?:安排|派人|派|上门|核实|处理|解决|看看|来看看|修一修|修理"
    r"|维修|修复|帮忙|组织|提醒一下|给换一换|换一个|补上|疏通|清运|清理|劝导|疏导)+(?:一下)?"
    r"|现在|今天|昨天|昨晚|前天|最近|一直|已经|还是|又|请|了|的|着"
)
# Said of one and the same state; the longest first.
_SAME: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"不会?亮|不明|没有?亮|灭着?|不照明|黑着"), "不亮"),
    (re.compile(r"坏掉?|损坏|出故障|故障|不能用|用不成|破损|烂"), "坏"),
    (re.compile(r"堵塞|不通|憋住?|淤堵|堵住?"), "堵"),
    (re.compile(r"外溢|往外冒|冒出来?|溢出来?|流一路|往外流"), "外溢"),
    (re.compile(r"丢失|不见|没有了|缺失|被偷"), "缺失"),
    (re.compile(r"没水|断水|停水"), "停水"),
    (re.compile(r"没电|断电|停电|跳闸"), "停电"),
    (re.compile(r"煤气|天然气|燃气"), "燃气"),
    (re.compile(r"污水|脏水|臭水"), "污水"),
    (re.compile(r"垃圾箱|垃圾桶|垃圾斗"), "垃圾桶"),
    (re.compile(r"黑得?看不[清见]|黑漆漆|看不[清见]路"), "不亮"),
)

Story = frozenset[str]


def story(folded: str) -> Story:
    """Return the pairs of characters of a folded text whose place names are taken out.

    A text of nothing but places and phrases has none; a piece of one character counts as it is.
    """
    words = _PHRASES.sub(SEPARATOR, _POSITION.sub(SEPARATOR, folded))
    for pattern, usual in _SAME:
        words = pattern.sub(usual, words)
    return frozenset(pair for piece in words.split(SEPARATOR) for pair in _pairs(piece))


def _pairs(piece: str) -> Iterator[str]:
    if len(piece) == 1:
        yield piece
    for first, second in pairwise(piece):
        yield first + second


def likeness(one: Story, other: Story) -> float:
    """Return how alike two stories are, from 0 to 1; 0 when one of them says nothing."""
    if not one or not other:
        return 0.0
    return len(one & other) / math.sqrt(len(one) * len(other))
