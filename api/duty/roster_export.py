"""Write the roster as a workbook, and the empty one to fill in; no cell of it is ever computed."""

from __future__ import annotations

import io
from datetime import datetime

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from api.accounts.roles import Caller
from api.duty.records import ROLE_LABELS, Term
from api.duty.roster_rows import (
    AREA,
    B_ROLE,
    NAME,
    NUMBER,
    PHONE,
    POST_AREA,
    ROLE,
    SEAT,
    SINCE,
    UNTIL,
)
from api.input_types import SHANGHAI
from api.knowledge import Knowledge
from api.ownership import mask_phone
from api.table_files import TableFile, write_xlsx

_COLUMNS = (NUMBER, NAME, PHONE, AREA, POST_AREA, ROLE, SEAT, SINCE, UNTIL, B_ROLE)
_WIDTHS = (12, 12, 16, 20, 20, 16, 8, 14, 14, 12)
_FILLED_ROWS = 2_000
_NOTES = (
    "一行是一个人的一个岗位；一人兼多个岗位就写多行，工号、姓名、电话、所在区域须相同。",
    "人员以工号为准，不以姓名为准；工号不能改，同名的人各有工号。",
    "只登记人员、暂不安排岗位的，“岗位所在编码”以后各列留空。",
    "区域编码：旗6位、乡镇9位、村（社区）12位、网格15位，按文字填写。",
    f"岗位可填：{'、'.join(ROLE_LABELS.values())}。",
    "席位：该岗位有多个席位时填写，留空则用第一个空席。",
    "任职开始、任职结束写作 2026-11-20；开始留空为导入之时，结束留空为长期。",
    "席位上原有别人的，从任职开始之日起由新的人接任，原任期到此为止。",
    "B角工号：本岗位请假时由谁代班；此人须已在花名册内或在本表内。",
    "表里没有的人不会被删除。任何一行有误，整张表都不导入。",
)


def roster_workbook(
    known: Knowledge, caller: Caller | None, *, area: str, at: datetime
) -> tuple[bytes, int]:
    """Return the roster of ``area`` at ``at`` as XLSX and its number of rows.

    Nobody as caller is the command line, which sees every phone.
    """
    rows = roster_table(known, caller, area=area, at=at)
    table = TableFile(
        title="花名册",
        columns=(*_COLUMNS, "区域名称"),
        rows=tuple(rows),
        widths=(*_WIDTHS, 24),
    )
    return write_xlsx(table), len(rows)


def roster_table(
    known: Knowledge, caller: Caller | None, *, area: str, at: datetime
) -> list[tuple[str, ...]]:
    """Return the rows: every holder of a post on an area within ``area``, then who has no post."""
    roster = known.roster
    rows: list[tuple[str, ...]] = []
    placed: set[str] = set()
    posts = [post for post in roster.posts_within(area, at) if post.area_code is not None]
    for post in sorted(posts, key=lambda post: (post.area_code or "", post.role, str(post.id))):
        terms = roster.terms_on(post.id, at)
        covers = [term for term in terms if term.kind == "cover"]
        for term in (term for term in terms if term.kind == "holder"):
            person = roster.person(term.person_id)
            if person is None:
                continue
            b_role = roster.person(covers[0].person_id) if covers else None
            placed.add(person.number)
            in_full = caller is None or caller.sees_worker_phones(person.area_code)
            rows.append(
                (
                    person.number,
                    person.name,
                    (person.phone if in_full else mask_phone(person.phone)) or "",
                    person.area_code,
                    post.area_code or "",
                    ROLE_LABELS[post.role],
                    str(term.rank) if post.seats > 1 else "",
                    _day(term, "start"),
                    _day(term, "end"),
                    b_role.number if b_role and b_role.id != person.id else "",
                    _area_name(known, post.area_code),
                )
            )
    idle = [p for p in roster.people_within(area) if p.number not in placed]
    for person in sorted(idle, key=lambda person: person.number):
        in_full = caller is None or caller.sees_worker_phones(person.area_code)
        phone = person.phone if in_full else mask_phone(person.phone)
        nothing = ("",) * 6
        rows.append((person.number, person.name, phone or "", person.area_code, *nothing, ""))
    return rows


def _area_name(known: Knowledge, code: str | None) -> str:
    return known.areas[code].name if code is not None and code in known.areas else ""


def _day(term: Term, side: str) -> str:
    moment = term.start if side == "start" else term.end
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d}" if moment is not None else ""


def template_workbook() -> bytes:
    """Return the workbook to fill in: text cells, a list of posts to choose from, and notes."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = "花名册"
    needed = {NUMBER, NAME, AREA}
    for place, (name, width) in enumerate(zip(_COLUMNS, _WIDTHS, strict=True), start=1):
        head = sheet.cell(1, place, f"{name}*" if name in needed else name)
        head.font, head.fill = Font(bold=True), PatternFill("solid", fgColor="DDE6F2")
        letter = get_column_letter(place)
        sheet.column_dimensions[letter].width = width
        # Typed digits stay digits: no 1.50221E+14, no lost zero in front of a phone.
        sheet.column_dimensions[letter].number_format = "@"
    labels = ",".join(ROLE_LABELS.values())
    choice = DataValidation(type="list", formula1=f'"{labels}"', allow_blank=True)
    sheet.add_data_validation(choice)
    letter = get_column_letter(_COLUMNS.index(ROLE) + 1)
    choice.add(f"{letter}2:{letter}{_FILLED_ROWS}")
    sheet.freeze_panes = "A2"
    notes = book.create_sheet("填写说明")
    notes.column_dimensions["A"].width = 90
    for number, line in enumerate(_NOTES, start=1):
        cell = notes.cell(number, 1, line)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()
