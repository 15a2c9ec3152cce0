"""List invented names that people use and no table has: hamlets, alleys, shops, old names."""

from __future__ import annotations

HAMLET_HEADS = ("前", "后", "东", "西", "南", "北", "上", "下", "大", "小")
HAMLET_STEMS = (
    "营子", "圪旦", "圪堵", "官地", "茶坊", "渠口", "窑子", "碱滩", "沙坝", "牛犋", "柳壕",
    "油房湾", "榆树滩", "马莲滩", "红柳圪卜", "芨芨滩",
)  # fmt: skip
"""Natural villages: many a name is borne by hamlets of several villages."""

OLD_NAMES: dict[str, tuple[str, ...]] = {
    "150221104201": ("南茶坊",), "150221104221": ("盛裕昌",), "150221105247": ("头号圪旦",),
    "150221105250": ("二龙营",), "150221108233": ("岔口子",), "150221108245": ("东官地村",),
    "150221108246": ("三成店",), "150221108264": ("黑牛圪旦",), "150221213237": ("公产地",),
    "150221213240": ("银匠圪旦",), "150221213242": ("羊场壕",), "150221215214": ("移民营",),
    "150221500221": ("阳坡子",),
}  # fmt: skip
"""What older people still call a village; invented."""

LANES: dict[str, tuple[str, ...]] = {
    "150221104001": ("振华一巷", "振华二巷", "铁匠巷", "皮毛巷"),
    "150221104002": ("花苑巷", "四眼井巷", "一道巷"),
    "150221104003": ("道北一巷", "道北二巷", "机务段巷", "后巷"),
    "150221104004": ("炭市巷", "铁路南巷", "铁路北巷"),
    "150221104005": ("柴火市巷", "草料巷", "大车店巷", "一道巷"),
    "150221104006": ("清真寺巷", "电影院巷", "戏园巷", "礼拜寺后巷"),
    "150221104007": ("果园一巷", "果园二巷", "果园三巷"),
    "150221104008": ("敕勒川东巷", "敕勒川西巷"),
    "150221104009": ("阿勒坦巷", "武装部巷", "文庙巷"),
    "150221104013": ("兴隆东巷", "兴隆西巷", "财神庙巷", "后巷"),
    "150221104015": ("车马巷", "运输队巷", "交通巷"),
    "150221104016": ("团结一巷", "团结二巷", "南后巷"),
    "150221107004": ("粮站巷", "农林东巷", "农林西巷", "苗圃巷"),
}
"""Alleys by community; a few names are given twice on purpose."""

KINDERGARTENS = (
    "金太阳", "春蕾", "小博士", "红黄蓝天", "育才", "蒙娃", "小天鹅", "向日葵", "童星", "智慧树苗",
    "启航", "阳光宝贝", "爱心", "未来星", "快乐岛",
)  # fmt: skip
SHOP_CHAINS = ("万家福超市", "仁和大药房")
"""Shops with a branch in several communities."""

TOWN_HOUSES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("卫生服务站", ("卫生服务站", "卫生站")),
    ("公厕", ("公厕", "公共厕所")),
    ("快递驿站", ("快递驿站", "取快递的地方")),
)
"""What a community in town has: its name behind the community's, and what its people say."""

SPECIAL_SHORT = {"150221107400": "新型工业园区", "150221214400": "煤炭中心"}
"""What the two special communities are called in the names of their houses."""

VILLAGE_HOUSES: tuple[tuple[str, tuple[str, ...], float], ...] = (
    ("卫生室", ("卫生室", "卫生所"), 1.0),
    ("文化广场", ("文化广场", "村广场"), 0.9),
    ("便民超市", ("便民超市", "小卖部"), 0.6),
    ("扬水站", ("扬水站", "扬水点"), 0.25),
    ("老学校", ("老学校", "旧学校"), 0.3),
    ("戏台", ("戏台", "老戏台"), 0.2),
    ("磨坊", ("磨坊", "粮食加工厂"), 0.25),
)
"""What a village may have, what its people say, and how likely it has one."""

TOWNSHIP_HOUSES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("派出所", ("派出所",)), ("供电所", ("供电所", "电管站")), ("中心小学", ("中心小学", "镇小学")),
    ("敬老院", ("敬老院", "幸福院")), ("便民服务中心", ("便民服务中心", "办事大厅")),
    ("加油站", ("加油站",)),
)  # fmt: skip
GRANARIES = frozenset(("150221105", "150221106", "150221108", "150221213"))
"""Townships with a granary, 老粮站 to each of them; the one of 沟门镇 is among the landmarks."""
