"""Tell places from people of their name, and from offices that are only asked to do something.

来电人王光亮反映 is a caller, not 王光亮村; 请萨拉齐镇政府尽快修路 happens somewhere else.
"""

from __future__ import annotations

import re
from typing import Final

from geo.address.anchors import Anchor
from geo.address.kept_characters import SURNAMES
from geo.address.types import PlaceKind

_BEFORE: Final = 6  # characters
_CALLER = re.compile(
    r"(?:来电人|反映人|投诉人|举报人|联系人|当事人|诉求人|来访人|业主|户主|我叫|名叫|姓名|我是|本人|网格员|书记|主任|老汉)是?$"
)
_TITLE = re.compile(r"(?:先生|女士|师傅|大爷|大娘|大妈|老汉|同志|书记|主任|电话|[，|]?1[3-9][0-9])")
_ASKED = re.compile(
    r"(?:请|请求|希望|盼|望|要求|建议|恳请|呼吁|向|找|找过|由|联系|联系过|让|求|问|问过|询问|咨询|投诉|给|跟|和|到|去|去过)$"
)
_ASKED_BEHIND = re.compile(
    r"(?:的)?(?:工作人员|领导|干部|人员|值班|回复|答复|说|称|表示|处理|解决|负责|协调|出面|派人|尽快|尽早|及时|给个|帮忙"
    r"|不管|不给|不批|不让|没人管|推|也不|都不|反映|投诉|能不能|能否|有没有)"
)
_OFFICES = re.compile(
    r"(?:政府|派出所|医院|卫生院|法院|检察院|公安局|交警队|中队|信访局|供电所|供热公司|自来水公司|服务中心|服务站|办事处|居委会|村委会|村委|大队部|物业|银行|学校|小学|中学|幼儿园|卫生室|卫生所)$"
)
_SPEAKERS = re.compile(r"(?:小区)?的?(?:业主|住户|居民|村民|群众|租户|商户)")


def is_person(text: str, anchor: Anchor) -> bool:
    """Say whether a bare village name of two or three characters is somebody's name."""
    long = anchor.end - anchor.start
    if not 2 <= long <= 3 or text[anchor.start] not in SURNAMES:
        return False
    if not all(e.bare and e.place.kind is PlaceKind.COMMUNITY for e in anchor.entries):
        return False
    before = _CALLER.search(text, max(anchor.start - _BEFORE, 0), anchor.start)
    return before is not None or _TITLE.match(text, anchor.end) is not None


def is_asked(text: str, anchor: Anchor) -> bool:
    """Say whether an office is asked, or spoken of, and not a place where something happens."""
    for entry in anchor.entries:
        if entry.place.kind is not PlaceKind.POI:
            return False
    if not _OFFICES.search(text, anchor.start, anchor.end):
        return False
    spans = [(anchor.start, anchor.end), *((start, end) for start, _, end in anchor.again)]
    return all(
        _ASKED.search(text, max(start - _BEFORE, 0), start) or _ASKED_BEHIND.match(text, end)
        for start, end in spans
    )


def only_speaks(text: str, end: int) -> bool:
    """Say whether the name that ends there may only tell who speaks: 惠民家园的业主反映."""
    return _SPEAKERS.match(text, end) is not None
