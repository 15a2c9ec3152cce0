"""Know the words that are no name of a place: every other report holds one of them.

A place called 附近 or 路灯, or 3号楼 without its compound, would be found in texts that mean any
other place.
"""

from __future__ import annotations

import re
from typing import Final

from geo.address.details import NUMBER
from geo.address.normalise import normalise_name

_WHERE: Final = (
    "附近 周边 周围 旁边 隔壁 对面 对过 门口 门前 大门口 楼下 楼上 楼道 楼里 楼顶 路口 路边 "
    "路上 村口 村头 村里 院里 院内 家里 家门口 屋里 里面 里头 外面 外头 前面 前头 后面 后头 "
    "左边 右边 东边 西边 南边 北边 东面 西面 南面 北面 东头 西头 南头 北头 中间 这里 那里 这边 "
    "那边 本村 本社区 本小区 我家 我们村 我们小区 小区里 小区门口 小区 社区 村子 村庄 嘎查 "
    "网格 单元 单元门 楼栋 楼房 平房 院子 街道 街上 马路 马路边 道路 公路 大路 大街 巷子 胡同 "
    "地下室 车库"
)
_THINGS: Final = (
    "路灯 电灯 灯杆 电线 电线杆 电杆 红绿灯 监控 摄像头 电梯 井盖 下水道 下水 污水 自来水 水管 "
    "暖气 管道 消防栓 消火栓 垃圾 垃圾桶 垃圾箱 绿化 绿化带 树木 充电桩 噪音 噪声 油烟 扬尘 "
    "积水 积雪 停水 停电 漏水 停车"
)
_PEOPLE: Final = "居民 村民 市民 群众 业主 住户 邻居 老人 孩子 物业 网格员 网格长 来电人"
_WORDS: Final = frozenset(f"{_WHERE} {_THINGS} {_PEOPLE}".split())
_NUMBERED: Final = re.compile(
    rf"第?{NUMBER}(?:号楼|号栋|号幢|号座|栋楼|幢楼|#楼|#栋|#|单元|栋|幢|座|楼|层|室|号)"
)


def is_no_name(name: str) -> bool:
    """Say whether ``name`` is a word of every day, or a number of a house, and nothing else."""
    folded = normalise_name(name)
    return folded in _WORDS or _NUMBERED.fullmatch(folded) is not None
