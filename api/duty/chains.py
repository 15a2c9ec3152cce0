"""Read the chains of responsibility from their template: data, not code."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

from api.duty.records import ROLE_LABELS, Chains, Tier
from api.settings import PROJECT_DIR

STANDARD_FILE = PROJECT_DIR / "data" / "reference" / "duty_chains.toml"
_PLACES = ("grid", "community", "township", "county", "org", "parent_org")
_FALLBACK = "community"


class ChainsError(ValueError):
    """Refuse a template of chains, with every fault of it in words for who writes it."""

    def __init__(self, file: str, faults: list[str]) -> None:
        """Keep the faults."""
        super().__init__(f"{file}：{''.join(faults)}")
        self.faults = faults


@lru_cache(maxsize=1)
def standard_chains() -> Chains:
    """Return the chains that come with the project."""
    return read_chains(STANDARD_FILE)


def read_chains(path: Path) -> Chains:
    """Return the chains of a TOML file; raise ChainsError for one that leaves somebody without."""
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ChainsError(path.name, [f"不是有效的 TOML：{error}。"]) from None
    faults: list[str] = []
    chains = {name: _tiers(name, table, faults) for name, table in tables.items()}
    by_kind: dict[str, tuple[Tier, ...]] = {}
    for name, table in tables.items():
        for kind in table.get("kinds", []) if isinstance(table, dict) else []:
            if kind in by_kind:
                faults.append(f"网格类型 {kind} 出现在两条链中。")
            by_kind[kind] = chains[name]
    faults += [f"缺少 [{name}]。" for name in ("area", "org") if name not in chains]
    if _FALLBACK not in by_kind:
        faults.append(f"没有一条链用于 {_FALLBACK} 网格。")
    if faults:
        raise ChainsError(path.name, faults)
    return Chains(by_kind=by_kind, area=chains["area"], org=chains["org"], fallback=_FALLBACK)


def _tiers(name: str, table: Any, faults: list[str]) -> tuple[Tier, ...]:
    rows = table.get("tiers") if isinstance(table, dict) else None
    if not isinstance(rows, list) or not rows:
        faults.append(f"[{name}] 没有 tiers。")
        return ()
    tiers: list[Tier] = []
    for number, row in enumerate(rows, start=1):
        role, on = (row.get("role"), row.get("on")) if isinstance(row, dict) else (None, None)
        if not isinstance(role, str) or role not in ROLE_LABELS:
            faults.append(f"[{name}] 第{number}级：不认识的岗位。")
        elif not isinstance(on, str) or on not in _PLACES:
            faults.append(f"[{name}] 第{number}级：on 应为 {'、'.join(_PLACES)} 之一。")
        else:
            tiers.append(Tier(role, on))
    return tuple(tiers)
