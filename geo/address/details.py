"""Read what stands behind a place name: building, unit, room; and say what was not understood."""

from __future__ import annotations

import re

from geo.address.normalise import SEPARATOR, normalise_name

_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0}
NUMBER = r"(?:[0-9]{1,4}|[〇零一二三四五六七八九十百廿]{1,5}|[a-z][0-9]{0,2})"
NUMBER_BEGINS = frozenset(
    "|的第里院内辖0123456789〇零一二三四五六七八九十百廿abcdefghijklmnopqrstuvwxyz"
)
"""With what the number of a building, a grid or a group begins, and what may stand before it."""
_BUILDING_WORD = r"(?:号楼|号栋|号幢|号座|栋楼|幢楼|#楼|#栋|栋|幢|座|#)"
# 3楼 (a floor) and 3号 (a door) are not taken for building 3.
_BUILDING = re.compile(rf"\|?(?:里面|院内|的|里|内)?\|?第?({NUMBER}){_BUILDING_WORD}")
_BUILDING_NAME = re.compile(rf"({NUMBER})(?:{_BUILDING_WORD}|号|楼)$")
_INSIDE_BUILDING = re.compile(
    rf"(?:\|?(?:[0-9]{{1,2}}\|[0-9]{{3,4}}(?![0-9多来余米公号])|{NUMBER}(?:单元|门栋|号门|层|楼|室|户)|[0-9]{{3,4}}(?![0-9米多来余公号])号?|[东西中]户"
    r"|(?:楼下|楼底|下面|下边|底层|一楼|底商)+的?(?:小?超市|饭[店馆]|餐馆|烧烤店|商[铺店]|门[市店]|店铺)|底商"
    r"|门口|门前|楼门口|楼道里|楼道|楼下|楼上|楼顶|顶楼|顶层|地下室|电梯|的|里|内))*"
)
_COUNT = r"[0-9〇零一二两三四五六七八九十百千半几廿]{1,6}[多来几余]?"
_AMOUNT = rf"{_COUNT}(?:米|公里|千米|里地|里路|km|m(?![a-z0-9]))"
_METRIC = (
    rf"[往以向朝]?[东西南北]{{1,2}}[边面侧]?{_AMOUNT}"
    rf"|{_AMOUNT}(?:处|外|以外|远|的?地方|以?[东西南北])"
)
# 东一亿米, 东负200米: no distance that anybody can go, yet said of some other spot.
_BEYOND = (
    r"[东西南北]{1,2}[边面侧方]?(?:约|大约|有)?[负-]?[0-9〇零一二两三四五六七八九十百千万亿几]+"
    r"(?:米|公里|千米|里地|里路)"
)
# 沙图沟村200米: a distance, or the length of a pipe. Further on in a story it is a length.
_AMOUNT_HERE = re.compile(_AMOUNT)
_BESIDE = r"对面|斜对|对过|附近|旁边|隔壁|周边|交界|搭界|交叉|路口|十字|丁字|之间|中间|沿线"
# Behind a figure these count things, days or people, and name no spot.
_COUNTS = (
    r"[0-9.]|\||天|个|月|日|年|次|盏|块|辆|条|分|小时|点|岁|度|元|多|来|余|人|户|只|头|斤|吨|家|片|棵|级|倍"
    r"|周|星期|秒|瓦|寸|张|把|升|亩|平|厘|公分|位|名|件|封|趟|遍|回|车|口|根|米|公里|千米|里|km|m"
)
_DAY = r"号(?:那天|晚|早|上午|下午|中午|开始|以后|之后|就|停|到)"
_NEAR = re.compile(
    rf"{_METRIC}|{_BEYOND}|(?<![月从自打至]){_COUNT}(?!{_DAY})号"
    rf"|{_COUNT}(?:栋|幢|座|#|单元|弄|巷|胡同|排|组|队|社|期|区|网格|门)|第{_COUNT}"
    rf"|(?<![0-9.月])[0-9]{{1,4}}(?!{_COUNTS}|{_DAY})"
    r"|[东西南北]{1,2}(?:边|侧|头|面|门|口|角|段|区|院|坡|岸|街|巷|方|户|河|沟|梁|滩|地|队|组|社|村|路(?!灯))"
    r"|[往以向朝][东西南北前后]"
    rf"|{_BESIDE}|[村巷街门院门院桥渠]口|后头|前头|背后|后面|前面|里头"
    r"|(?:路|街)(?![灯面人上边过程费由况线])|巷|胡同|大道|涵洞|[车费油热交]站|桥|渠|堤|坝|井房"
    r"|学校|小学|中学|幼儿园|医院|卫生[室院所]|超市|市场|广场(?!舞)|公园|银行|饭店|宾馆|商店|门市|大厦"
    r"|公寓|(?<![个们本全该各])小区|家园|花园|工厂|[^|]厂(?!家)|庙|营子|圪旦|社区|居委会|派出所|政府|服务中心"
)
_FAR_BUILDING = re.compile(rf"({NUMBER})(?:号楼|号栋|栋|幢|#)")
# 三、八号楼: one of a list is not the one that is meant.
_LISTED_BEFORE = re.compile(r"[0-9〇零一二三四五六七八九十百廿]\|$")
# 到645公里, 和5号楼, 至300米: what was read is only the beginning.
_GOES_ON = re.compile(rf"\|?(?:到|至|和|跟|与|及|或者?|还是)\|?第?k?{_COUNT}")
_FAR_GROUP = re.compile(
    rf"(?:是|在|到|往|去|和|与|\|)第?{NUMBER}(?:村民小组|小组|组|队|社)(?![区会员伍长合团办])"
)
# 3号楼居民反映，小区东门…: they live there, and speak of another spot of the same place.
_RESIDENTS = re.compile(r"(?:的)?(?:居民|业主|住户|村民|群众|老百姓|人)")
_ELSEWHERE = re.compile(
    r"(?:小区|院子?|村)(?:里|内|的)*(?:[东西南北正大后]门|门口|广场(?!舞)|车库|[东西南北])|村委会|居委会|村口"
    r"|大门口|广场(?!舞)|卫生[室院]|学校|幼儿园|井房|路口|大路|桥|河|渠|公厕|停车场|活动室"
)
_LONE_BUILDING = re.compile(rf"(?:^|\||我们?|我家|咱们?|住在?|在)({NUMBER})(?:号楼|号栋|栋|幢|#)")
_FAR = re.compile(rf"{_METRIC}|对面|斜对|交界|搭界|交叉口|之间|[往以][东西南北]")
# Where none of these stands the patterns find nothing, and to see that is quicker.
_FAR_SIGN = re.compile("[东西南北米里m对交搭之]")
_GROUP_SIGN = re.compile("[组队社]")
_BUILDING_SIGN = re.compile("[楼栋幢#]")
# What may stand before a name in the same breath without being part of it.
_LEADING = frozenset(
    "在于是住到从至为称说映诉报查现发我的家里内上下后前边旁口有因对将把被和与及者民人员户路街道"
    "巷号站请问这那该本叫给去过了时向谢电话址点关近们咱俺看回找让帮管修治跟同又还也都就才再正刚已能要想烦得着呢吧啊吗处晚"
)
_LEADING_WORDS = ("地方", "左右", "期间", "大概", "好像", "整个", "距离")


def read_number(text: str) -> int | None:
    """Return the value of a short number in Arabic or Chinese figures (廿三 is 23); else None.

    Figures in a row without 十 or 百 (三五号楼: buildings 3 to 5, or 35?) are read only when they
    hold a zero (二〇三), as a speaker does who spells a number.
    """
    if text.isascii() and text.isdigit():
        return int(text)
    if not text:
        return None
    if "十" not in text and "百" not in text and "廿" not in text:
        if len(text) > 1 and not {"零", "〇"} & set(text):
            return None
        figures = [_DIGITS.get(char) for char in text]
        return None if None in figures else int("".join(map(str, figures)))
    return _read_tens(text)


def _read_tens(text: str) -> int | None:
    total, figure = 0, -1
    for char in text.replace("廿", "二十"):
        unit = {"十": 10, "百": 100}.get(char)
        if unit:
            total += unit * (1 if figure < 0 else figure)
            figure = -1
        elif char in _DIGITS:
            if figure > 0:
                return None
            figure = _DIGITS[char]
        else:
            return None
    return total + max(figure, 0)


def _label(text: str) -> str | None:
    if text[0].isascii() and text[0].isalpha():
        return text
    value = read_number(text)
    return None if value is None else str(value)


def building_label(name: str) -> str | None:
    """Return the number or letter in which a folded building name ends, or None."""
    found = _BUILDING_NAME.search(name)
    return _label(found[1]) if found else None


def is_bare_number(name: str) -> bool:
    """Say whether a name is a building number and nothing else: 3号楼 of every compound."""
    found = _BUILDING_NAME.search(normalise_name(name))
    return found is not None and found.start() <= 1


def building_at(text: str, start: int) -> tuple[str, int] | None:
    """Return label and end of the building number directly behind ``start``, or None."""
    found = _BUILDING.match(text, start)
    label = _label(found[1]) if found else None
    return (label, found.end()) if found and label else None


def later_building(text: str, start: int, stop: int) -> str | None:
    """Return the one building number that is written further on in the text, or None.

    阳光小区居民反映，3号楼电梯坏了: a number of a compound, as long as no other one is written.
    """
    labels: set[str | None] = set()
    for found in _FAR_BUILDING.finditer(text, start, stop):
        begin = text.rfind(SEPARATOR, start, found.start()) + 1 or start
        # 丽水湾小区3号楼 is another compound's.
        listed = _LISTED_BEFORE.search(text, max(start, found.start() - 2), found.start())
        alone = not listed and leads_in(text[begin : found.start()])
        labels.add(_label(found[1]) if alone else None)
    return labels.pop() if len(labels) == 1 else None


def lone_building(text: str) -> str | None:
    """Return the one building number that is written with no name before it, or None.

    6号楼2单元楼道里有煤气味: whoever sends a position with it means the building he is in.
    """
    labels = {_label(found[1]) for found in _FAR_BUILDING.finditer(text)}
    alone = [found for found in _LONE_BUILDING.finditer(text) if _label(found[1])]
    return labels.pop() if len(labels) == 1 and alone else None


def skip_inside_building(text: str, start: int) -> int:
    """Return the end of unit, floor, room and doorway words behind a building."""
    found = _INSIDE_BUILDING.match(text, start)
    return found.end() if found else start


def find_leftover(text: str, start: int, label: str | None) -> tuple[int, int] | None:
    """Return the span behind ``start`` that looks like a finer place, or None.

    In the same breath nearly everything counts that may name a spot; after a comma only other
    building numbers than ``label``, distances and words like 对面, for there the story begins.
    Errs on the side of a span: it only costs an automatic answer.
    """
    stop = text.find(SEPARATOR, start)
    stop = len(text) if stop < 0 else stop
    if start < stop:
        near = _AMOUNT_HERE.match(text, start, stop) or _NEAR.search(text, start, stop)
        if near:
            return near.start(), stop
    further = _GOES_ON.match(text, start)
    if further:
        return further.span()
    # An address column written with commas: 阳光小区,2期.
    if stop - start == 0:
        next_stop = text.find(SEPARATOR, stop + 1)
        near = _NEAR.match(text, stop + 1, len(text) if next_stop < 0 else next_stop)
        if near:
            return near.span()
    return _other_building(text, stop, label) or _far_off(text, start, stop)


def _other_building(text: str, stop: int, label: str | None) -> tuple[int, int] | None:
    """Return where another building than that of ``label`` is written behind ``stop``."""
    if _BUILDING_SIGN.search(text, stop):
        for other in _FAR_BUILDING.finditer(text, stop):
            if label is None or _label(other[1]) != label:
                return other.span()
    return None


def _far_off(text: str, start: int, stop: int) -> tuple[int, int] | None:
    """Return where the story behind ``stop`` names another spot."""
    far = _FAR.search(text, stop) if _FAR_SIGN.search(text, stop) else None
    if far is None and _GROUP_SIGN.search(text, stop):
        far = _FAR_GROUP.search(text, stop)
    if far is None and _RESIDENTS.match(text, start):
        far = _ELSEWHERE.search(text, stop)
    return far.span() if far else None


def leads_in(gap: str) -> bool:
    """Say whether the words before a name cannot be the first half of a longer one."""
    return not gap or gap[-1] in _LEADING or gap.endswith(_LEADING_WORDS)
