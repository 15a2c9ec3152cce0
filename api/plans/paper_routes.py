"""Serve the papers of plans and changesets, and what the communities concerned say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, NamedTuple
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from api.accounts.roles import PLAN_AUTHORS, PLAN_READERS, Caller
from api.db import plan_store
from api.db.engine import Connection
from api.deps import KnowledgeDep, NowDep, Service, ServiceDep, TransactionDep, allow
from api.knowledge import Knowledge
from api.pages import is_demo, render
from api.plans import gathering, papers, service
from api.plans.consents import enter, list_consents
from api.plans.dossier import Dossier, Heading
from api.plans.map_paper import draw, refuse_empty
from api.plans.schemas import ConsentIn
from api.plans.sign_list import sign_list
from api.problems import Problem
from api.strict_json import StrictRoute
from api.table_files import TableFile, write_csv, write_xlsx
from geo.boundary_files.writing import NOTICE
from geo.codes import parse_code

router = APIRouter(prefix="/v1", tags=["plans"], route_class=StrictRoute)
ReaderDep = Annotated[Caller, Depends(allow(PLAN_READERS))]
AuthorDep = Annotated[Caller, Depends(allow(PLAN_AUTHORS))]


class Asked(NamedTuple):
    """Hold what a paper is drawn up from, and for whom."""

    caller: Caller
    connection: Connection
    parts: Service
    known: Knowledge
    dossier: Dossier

    @property
    def demo(self) -> bool:
        """Say whether the paper must carry the demo mark."""
        return is_demo(self.parts)


def of_plan(
    plan_id: UUID,
    caller: ReaderDep,
    connection: TransactionDep,
    parts: ServiceDep,
    known: KnowledgeDep,
    now: NowDep,
) -> Asked:
    """Return the papers' ground for a plan; once it is published, for its changeset."""
    dossier = gathering.of_plan(connection, known, caller, plan_id, now)
    return Asked(caller, connection, parts, known, dossier)


def of_changeset(
    changeset_id: UUID,
    caller: ReaderDep,
    connection: TransactionDep,
    parts: ServiceDep,
    known: KnowledgeDep,
    now: NowDep,
) -> Asked:
    """Return the papers' ground for what was published."""
    dossier = gathering.of_changeset(connection, known, caller, changeset_id, now)
    return Asked(caller, connection, parts, known, dossier)


PlanDep = Annotated[Asked, Depends(of_plan)]
ChangesetDep = Annotated[Asked, Depends(of_changeset)]


def _before_after(asked: Asked) -> TableFile:
    return papers.before_after(asked.dossier, demo=asked.demo)


def _codes(asked: Asked) -> TableFile:
    return papers.codes(asked.dossier, demo=asked.demo)


def _signs(asked: Asked) -> TableFile:
    signs = sign_list(asked.connection, asked.dossier)
    return papers.signs(asked.dossier, signs, demo=asked.demo)


def _consents(asked: Asked) -> TableFile:
    plan_id = asked.dossier.plan_id
    plan = plan_store.read_plan(asked.connection, plan_id) if plan_id is not None else None
    entries = [] if plan is None else list_consents(asked.connection, asked.known, plan)
    return papers.consents(asked.dossier, entries, demo=asked.demo)


TABLES: Mapping[str, tuple[str, Callable[[Asked], TableFile]]] = {
    "table": ("前后对照表", _before_after),
    "signs": ("公示牌更换清单", _signs),
    "codes": ("新旧编码对照", _codes),
    "consents": ("村（社区）意见", _consents),
}
MAP_TITLE = "前后对照图"
CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMATS: Mapping[str, tuple[str, Callable[[TableFile], bytes]]] = {
    "xlsx": (XLSX, write_xlsx),
    "csv": (CSV, write_csv),
}


@router.get("/plans/{plan_id}/consents")
def read_consents(
    plan_id: UUID, caller: ReaderDep, connection: TransactionDep, known: KnowledgeDep
) -> dict[str, Any]:
    """List the communities whose grids the plan changes, and what each says."""
    plan = service.find(connection, caller, plan_id)
    items = list_consents(connection, known, plan)
    concerned = [item for item in items if item["concerned"]]
    agreed = [i for i in concerned if i["state"] == "consented" and not i["outdated"]]
    return {"items": items, "complete": len(agreed) == len(concerned), "next": None}


@router.put("/plans/{plan_id}/consents/{code}")
def put_consent(
    plan_id: UUID,
    code: str,
    body: ConsentIn,
    caller: AuthorDep,
    connection: TransactionDep,
    known: KnowledgeDep,
    now: NowDep,
) -> dict[str, Any]:
    """Enter what a community says to the plan, with number and date of its paper."""
    return enter(
        connection,
        known,
        caller,
        plan_id,
        parse_code(code),
        state=body.state,
        document_no=body.document_no,
        document_date=body.document_date,
        note=body.note,
        now=now,
    )


@router.get("/plans/{plan_id}/papers")
def list_plan_papers(
    request: Request, plan_id: UUID, caller: ReaderDep, connection: TransactionDep, now: NowDep
) -> dict[str, Any]:
    """List the papers of a plan; once it is published they are those of its changeset."""
    heading = gathering.plan_heading(connection, caller, plan_id, now)
    return _listed(heading, request.url.path)


@router.get("/plans/{plan_id}/papers/map.html", response_class=Response)
def plan_map_page(request: Request, asked: PlanDep) -> Response:
    """Show the map before and after, one page of A3 to print."""
    return _map_page(request, asked)


@router.get("/plans/{plan_id}/papers/map.svg", response_class=Response)
def plan_map(asked: PlanDep) -> Response:
    """Return the map before and after as SVG, 420 by 297 millimetres."""
    return _map_file(asked)


@router.get("/plans/{plan_id}/papers/{paper}", response_class=Response)
def plan_paper(paper: str, asked: PlanDep) -> Response:
    """Return one paper: table, signs, codes or consents, as .csv or .xlsx."""
    return _paper(asked, paper)


@router.get("/changesets/{changeset_id}/papers")
def list_changeset_papers(
    request: Request, changeset_id: UUID, caller: ReaderDep, connection: TransactionDep, now: NowDep
) -> dict[str, Any]:
    """List the papers of what was published."""
    heading = gathering.changeset_heading(connection, caller, changeset_id, now)
    return _listed(heading, request.url.path)


@router.get("/changesets/{changeset_id}/papers/map.html", response_class=Response)
def changeset_map_page(request: Request, asked: ChangesetDep) -> Response:
    """Show the map before and after, one page of A3 to print."""
    return _map_page(request, asked)


@router.get("/changesets/{changeset_id}/papers/map.svg", response_class=Response)
def changeset_map(asked: ChangesetDep) -> Response:
    """Return the map before and after as SVG, 420 by 297 millimetres."""
    return _map_file(asked)


@router.get("/changesets/{changeset_id}/papers/{paper}", response_class=Response)
def changeset_paper(paper: str, asked: ChangesetDep) -> Response:
    """Return one paper: table, signs, codes or consents, as .csv or .xlsx."""
    return _paper(asked, paper)


def _listed(heading: Heading, path: str) -> dict[str, Any]:
    items = [
        {
            "paper": paper,
            "title": title,
            "files": [{"format": name, "href": f"{path}/{paper}.{name}"} for name in FORMATS],
        }
        for paper, (title, _) in TABLES.items()
    ]
    if heading.drawn:
        pictures = [{"format": name, "href": f"{path}/map.{name}"} for name in ("html", "svg")]
        items.insert(0, {"paper": "map", "title": MAP_TITLE, "files": pictures})
    return {
        "name": heading.name,
        "state": heading.state,
        "document_no": heading.document_no,
        "document_date": heading.document_date,
        "effective_at": heading.effective_at,
        "disclaimer": NOTICE,
        "items": items,
        "next": None,
    }


def _paper(asked: Asked, name: str) -> Response:
    paper, _, suffix = name.partition(".")
    if paper not in TABLES or suffix not in FORMATS:
        raise Problem("not-found", "没有这种文件。")
    title, draw_up = TABLES[paper]
    media_type, write = FORMATS[suffix]
    headers = _as_file(asked.dossier, title, name)
    return Response(write(draw_up(asked)), media_type=media_type, headers=headers)


def _as_file(dossier: Dossier, title: str, plain: str) -> dict[str, str]:
    """Return the header by which a browser keeps the answer under a name that a person reads."""
    name = f"{title}-{dossier.name}.{plain.rpartition('.')[2]}"
    encoded = quote(name.replace("/", "_").replace("\\", "_"), safe="")
    return {"Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}"}


def _map_file(asked: Asked) -> Response:
    svg = draw(asked.connection, asked.known, asked.dossier, demo=asked.demo)
    headers = _as_file(asked.dossier, MAP_TITLE, "map.svg")
    return Response(svg, media_type="image/svg+xml", headers=headers)


def _map_page(request: Request, asked: Asked) -> Response:
    refuse_empty(asked.dossier)
    name, file = asked.dossier.name, f"{request.url.path.removesuffix('html')}svg"
    return render(request, asked.parts, asked.caller, "plan_map.html", name=name, file=file)
