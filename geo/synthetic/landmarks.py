"""List invented landmarks and known other spellings of names."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Landmark:
    """Describe a landmark at a place (CGCS2000 lon, lat) or in the middle of a community."""

    name: str
    aliases: tuple[str, ...] = ()
    position: tuple[float, float] | None = None
    community: str = ""


LANDMARKS: tuple[Landmark, ...] = (
    Landmark("萨拉齐火车站", ("火车站",), (110.51740, 40.56890)),
    Landmark("萨拉齐汽车站", ("汽车站", "客运站"), (110.52520, 40.56560)),
    Landmark("萨拉齐镇政府", ("镇政府",), (110.51330, 40.56120)),
    Landmark("土右旗医院", ("旗医院",), (110.52210, 40.55800)),
    Landmark("土右旗第二小学", ("二小", "第二小学"), (110.52330, 40.55120)),
    Landmark("萨拉齐农贸市场", ("农贸市场", "菜市场"), (110.51030, 40.55930)),
    Landmark("建设银行萨拉齐支行", ("建设银行", "建行"), (110.51900, 40.56030)),
    Landmark("敕勒川广场", ("广场",), (110.51520, 40.55240)),
    Landmark("人民公园", ("公园",), (110.50620, 40.55400)),
    Landmark("老电影院", ("电影院",), community="150221104006"),
    Landmark("高速萨拉齐收费站", ("萨拉齐收费站",), (110.51520, 40.53950)),
    Landmark("老粮站", ("粮站",), (110.51300, 40.58500)),
    Landmark("沟门镇政府", (), (110.51050, 40.58390)),
    Landmark("新型工业园区管委会", ("园区管委会",), community="150221107400"),
    Landmark("双龙镇政府", (), (110.95650, 40.40900)),
    Landmark("美岱召镇政府", (), (110.74800, 40.58800)),
    Landmark("将军尧镇政府", (), (110.82500, 40.37780)),
    Landmark("海子乡政府", (), (110.65680, 40.41220)),
    Landmark("明沙淖乡政府", (), (110.49480, 40.44310)),
    Landmark("苏波盖乡政府", (), (110.67740, 40.59450)),
    Landmark("九峰山管委会", (), (110.67540, 40.71270)),
    Landmark("山格架学校", ("山格架小学",), community="150221213204"),
    Landmark("磴口扬水站", ("扬水站",), community="150221213211"),
    Landmark("将军尧中心卫生院", ("将军尧卫生院",), (110.82610, 40.37850)),
)

VARIANTS: dict[str, tuple[str, ...]] = {
    "150221213224": ("24顷地", "24顷地村", "二十四顷地", "二十四顷地村"),
    "150221215209": ("石老藏营", "石老藏营村"),
    "150221215210": ("新村村",),
    "150221106230": ("八犋牛营", "八犋牛营子", "八犋牛营村"),
    "150221107400": ("新型工业园区", "工业园区"),
    "150221214400": ("煤炭产业服务中心", "煤炭产业服务中心社区"),
    "国道110": ("110国道", "G110"),
    "京藏高速": ("G6", "高速公路"),
    "京包铁路": ("京包线",),
}
"""Other spellings in use, by community code or road name."""
