"""Serve the page /access-list 准入清单."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from api.accounts.roles import ACCOUNT_ADMINS, PLAN_READERS, Caller
from api.deps import ServiceDep, public
from api.pages import admitted, render

router = APIRouter(tags=["pages"], include_in_schema=False)
MaybeCaller = Annotated[Caller | None, Depends(public())]
# Administrators and the desk; whoever keeps the list may also change it.
LIST_READERS = PLAN_READERS | ACCOUNT_ADMINS


@router.get("/access-list")
def access_list_page(request: Request, parts: ServiceDep, caller: MaybeCaller) -> Response:
    """Show what grid workers may be given, since when and until when."""
    reader = admitted(
        request,
        parts,
        caller,
        readers=LIST_READERS,
        refusal="准入清单对管理员、坐席员、值班长和领导开放。",
    )
    if isinstance(reader, Response):
        return reader
    return render(
        request, parts, reader, "access_list.html", may_change=reader.role in ACCOUNT_ADMINS
    )
