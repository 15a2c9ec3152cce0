"""Invent names of people: common surnames with common given names, and some Mongolian ones."""

from __future__ import annotations

import random
from collections.abc import Container

_SURNAMES = "王李张刘杨赵陈郭高武韩马白吴任贾苏孙徐胡何田侯梁董薛段范郝石康云温贺乔杜邬樊"
_WEIGHTS = tuple(max(2, 24 - place) for place in range(len(_SURNAMES)))
_FIRST = "建志文永国海秀玉春晓俊丽凤美桂瑞雪慧振长利福金立振晓子少兰东"
_LAST = "军平华强明英兰梅芳霞龙峰林生忠伟杰刚娟云燕玲萍清和成义庆波宇"
_SINGLE = "军强伟敏静杰磊丽娜勇涛艳红燕峰超洋鹏婷"
_MONGOLIAN = (
    "巴特尔", "苏和", "宝音", "格日勒", "阿拉腾", "哈斯", "呼和", "图雅", "萨仁", "斯琴", "娜仁",
    "乌兰", "其其格", "朝鲁", "布和", "额尔敦", "牧仁", "高娃", "塔娜", "恩和",
)  # fmt: skip
_MONGOLIAN_SHARE = 0.06
_SINGLE_SHARE = 0.25


def person_name(rng: random.Random, taken: Container[str] = ()) -> str:
    """Return an invented name that is not among ``taken``."""
    while True:
        name = _draw(rng)
        if name not in taken:
            return name


def _draw(rng: random.Random) -> str:
    if rng.random() < _MONGOLIAN_SHARE:
        return rng.choice(_MONGOLIAN)
    surname = rng.choices(_SURNAMES, _WEIGHTS)[0]
    if rng.random() < _SINGLE_SHARE:
        return surname + rng.choice(_SINGLE)
    return surname + rng.choice(_FIRST) + rng.choice(_LAST)
