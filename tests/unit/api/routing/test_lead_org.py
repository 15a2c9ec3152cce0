"""Which registered organisation a name of the table means."""

from __future__ import annotations

from uuid import UUID, uuid5

import pytest

from api.duty.records import Org
from api.routing.owner import lead_org

SPACE = UUID("00000000-0000-4000-8000-000000000001")
GRID = "150221104001003"


def org(name: str, area: str | None = None) -> Org:
    return Org(uuid5(SPACE, name), name, "department", area)


ORGS = [
    org("旗住建局"),
    org("旗综合行政执法局"),
    org("旗市政管理所"),
    org("萨拉齐镇综合行政执法队", "150221104"),
    org("双龙镇综合行政执法队", "150221105"),
    org("供电公司"),
    org("供电公司萨拉齐供电所", "150221104"),
]


@pytest.mark.parametrize(
    ("leads", "found"),
    [
        (("旗综合行政执法局",), "旗综合行政执法局"),
        (("住建局",), "旗住建局"),
        (("先转119和燃气抢险", "住建局"), "旗住建局"),
        (("市政", "产权单位"), "旗市政管理所"),
        (("镇综合行政执法队",), "萨拉齐镇综合行政执法队"),
        (("供电公司", "通信运营商"), "供电公司"),
        (("村委会",), None),
        (("社区", "物业"), None),
        (("镇政府",), None),
        ((), None),
    ],
)
def test_the_first_lead_that_is_registered_has_it(
    leads: tuple[str, ...], found: str | None
) -> None:
    for orgs in (ORGS, ORGS[::-1]):
        lead = lead_org(orgs, leads, GRID)
        assert (lead.name if lead else None) == found


def test_a_townships_team_never_leads_in_another_township() -> None:
    assert lead_org([ORGS[4]], ("镇综合行政执法队",), GRID) is None
