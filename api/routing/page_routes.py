"""Serve the page /access-list 准入清单."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.accounts.roles import ACCOUNT_ADMINS, PLAN_READERS
from api.pages import VisitDep, page_for

router = APIRouter(tags=["pages"], include_in_schema=False)
# Administrators and the desk; whoever keeps the list may also change it.
LIST_READERS = PLAN_READERS | ACCOUNT_ADMINS


@router.get("/access-list")
def access_list_page(visit: VisitDep) -> Response:
    """Show what grid workers may be given, since when and until when."""
    return page_for(
        visit,
        "access_list.html",
        readers=LIST_READERS,
        refusal="准入清单对管理员、坐席员、值班长和领导开放。",
        extra=lambda reader: {"may_change": reader.role in ACCOUNT_ADMINS},
    )
