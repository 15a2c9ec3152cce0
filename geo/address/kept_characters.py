"""Know the characters that tell near names apart and are never corrected.

Direction, size, age and number tell 上茅庵 from 下茅庵 and 大袄兑 from 小袄兑; a surname tells
侯家营 from 葛家营, the spot a village is named after 苗六泉 from 苗六营. Who writes one of them
means it.
"""

from __future__ import annotations

from rapidfuzz.distance import Levenshtein

from geo.address.syllables import sound

_DIRECTIONS = frozenset("东西南北上下前后左右中内外里")
_SIZES = frozenset("大小长短高低宽窄深浅新老旧")
_NUMBERS = frozenset("〇零一二三四五六七八九十百千万廿两双单什伍")
# What kind of spot a village is named after: 苗六泉 is not 苗六营, 美岱桥 not 美岱召.
_FEATURES = frozenset(
    "村营庄湾桥庙泉滩沟河口地坝渠堰井尧召海淖场市店铺梁坡塔寺堡屯城街巷路桩洼畔岸壕湖岔"
)
_BEFORE_SURNAME = _DIRECTIONS | _SIZES
_LATIN = frozenset("0123456789abcdefghijklmnopqrstuvwxyz")
KEPT = _DIRECTIONS | _SIZES | _NUMBERS | _LATIN
# The hundred-odd commonest surnames; they count where a surname can stand.
SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚"
    "卢姜崔钟谭陆汪范金石廖贾夏韦付傅方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温"
    "康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成"
    "苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜"
    "冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝官封谈匡鞠惠荆"
)


def keeps(typed: str, name: str) -> bool:
    """Say whether writing ``name`` for ``typed`` would change a character that is never corrected.

    Both are folded. A character at one side only counts as well: 冬 is no misspelt 东. A surname
    may be meant by a character of its sound that is none: 候家营 is 侯家营, 郝家营 is not.
    """
    for edit in Levenshtein.editops(typed, name):
        old = typed[edit.src_pos] if edit.tag != "insert" else ""
        new = name[edit.dest_pos] if edit.tag != "delete" else ""
        if {old, new} & KEPT or {old, new} <= _FEATURES:
            return True
        if not (old and new) and {old, new} & _FEATURES:
            return True  # 德胜 is not 德胜营
        if _is_first(name, edit.dest_pos) and {old, new} & SURNAMES:
            both = {old, new} <= SURNAMES
            if both or not (old and new and sound(old) == sound(new)):
                return True
    return False


def _is_first(name: str, at: int) -> bool:
    """Say whether a surname can stand at ``at``: first, or behind a direction or a size."""
    return all(char in _BEFORE_SURNAME for char in name[:at])
