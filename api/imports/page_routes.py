"""Serve the page /import 导入网格界线."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.accounts.roles import IMPORTERS, PLAN_AUTHORS
from api.pages import VisitDep, page_for
from geo.boundary_files.limits import MAX_FILE_BYTES, MIB

router = APIRouter(tags=["pages"], include_in_schema=False)


@router.get("/import")
def import_page(visit: VisitDep) -> Response:
    """Show the import doctor to those who may import."""
    return page_for(
        visit,
        "import.html",
        readers=IMPORTERS,
        refusal="导入网格界线只对系统管理员和旗级、苏木乡镇管理员开放。",
        with_map=True,
        extra=lambda reader: {
            "may_plan": reader.role in PLAN_AUTHORS,
            "most_mib": MAX_FILE_BYTES // MIB,
            "hours": f"{visit.parts.settings.import_hours:g}",
        },
    )
