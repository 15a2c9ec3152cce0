"""已上图 812/1,173: what counts as on the map, and what is named as missing."""

from __future__ import annotations

from api.areas.progress import progress, undivided_communities
from api.db.area_store import AreaRow

TOWNSHIP = "150221104"


def rows(**expected: int | None) -> dict[str, AreaRow]:
    """A county with one township and a community for each of ``expected``: c201, c202, …."""
    above = [("150221", "county", None), (TOWNSHIP, "township", "150221")]
    units = [
        AreaRow(code, level, parent, code, code, "", 0, False) for code, level, parent in above
    ]
    for number, count in expected.items():
        code = TOWNSHIP + number[1:]
        units.append(
            AreaRow(code, "community", TOWNSHIP, f"村{number[1:]}", "", "", 0, False, False, count)
        )
        units += [
            AreaRow(f"{code}{n:03}", "grid", code, "", "", "rural", 0, False, n == 1)
            for n in range(1, 6)
        ]
    return {row.code: row for row in units}


def test_a_community_counts_by_what_stands_there_against_what_the_list_says() -> None:
    areas = rows(c201=5, c202=4, c203=3, c204=None, c205=None, c206=2)
    in_force = [
        *(f"{TOWNSHIP}201{n:03}" for n in (1, 2, 3)),  # partly divided
        f"{TOWNSHIP}202001",  # its outline alone
        # 203: nothing at all; 204: nothing, and the list is silent
        *(f"{TOWNSHIP}205{n:03}" for n in (1, 2)),  # silent list, divided
        *(f"{TOWNSHIP}206{n:03}" for n in (1, 2, 3)),  # more than the list said
    ]
    found = progress(areas, in_force)
    assert found["grids"] == {"mapped": 8, "expected": 5 + 4 + 3 + 1 + 2 + 3}
    assert found["communities"] == {"mapped": 4, "undivided": 1, "total": 6}
    (township,) = found["townships"]
    assert [(item["name"], item["state"], item["mapped"], item["expected"])
            for item in township["missing"]] == [
        ("村201", "partly", 3, 5), ("村202", "undivided", 0, 4),
        ("村203", "no_outline", 0, 3), ("村204", "no_outline", 0, 1),
    ]  # fmt: skip


def test_a_provisional_grid_is_one_only_while_it_stands_alone() -> None:
    areas = rows(c201=None)
    alone, second = f"{TOWNSHIP}201001", f"{TOWNSHIP}201002"
    assert undivided_communities(areas, [alone]) == {f"{TOWNSHIP}201"}
    assert undivided_communities(areas, [alone, second]) == set()
    # A community whose only grid was drawn as one is divided as far as it goes.
    assert undivided_communities(areas, [second]) == set()
