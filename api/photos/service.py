"""Take photos of a report in, once each, and show them to whoever may see the report."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from api.accounts.roles import Caller
from api.db import photo_store
from api.db.engine import SERVICE, Connection, Scope
from api.deps import Service
from api.input_types import SHANGHAI
from api.knowledge import Knowledge
from api.photos.checking import PhotoRefused, Picture, Written, open_photo, write_jpeg
from api.photos.files import PhotoFiles
from api.photos.schemas import PhotoIn
from api.photos.stamping import chinese_font, stamp
from api.photos.telling import tell
from api.photos.views import no_photo, photo_json, report_of
from api.problems import Problem, invalid
from geo.datums import to_cgcs2000
from geo.position import Position

MOST_PHOTOS: Final = 9
CLOCK_SLACK: Final = timedelta(minutes=5)
# Decoding takes memory by the picture: a burst of uploads waits its turn.
_decoding = threading.BoundedSemaphore(2)


@dataclass(frozen=True, slots=True)
class Sent:
    """Hold a photo as it was sent, and when it came."""

    about: PhotoIn
    content: bytes
    now: datetime


@dataclass(frozen=True, slots=True)
class Timing:
    """Hold when a photo was taken as far as that is believed, and what the phone said."""

    taken_at: datetime
    said: datetime | None
    doubt: bool


def files_of(service: Service) -> PhotoFiles:
    """Return the folder of photos of this installation."""
    settings = service.settings
    return PhotoFiles(settings.photo_dir or settings.var_dir / "photos")


def add(
    service: Service, known: Knowledge, caller: Caller, scope: Scope, report_id: UUID, sent: Sent
) -> tuple[dict[str, Any], bool]:
    """Store a photo; return it and whether it was there before.

    Raises Problem: 404 no such report for the caller, 409 the same number with another picture,
    415/422 not a photo, 422 nine are there already.
    """
    sha256 = hashlib.sha256(sent.content).hexdigest()
    with service.database.transaction(scope) as connection:
        report = report_of(connection, report_id)
        before = _known(connection, caller, report, sent.about.client_id, sha256)
    if before is not None:
        return before, True
    with _decoding:
        picture = _opened(sent.content)
        timing = judge_time(picture.taken.at, sent.about, sent.now)
        _stamp(service, known, picture, report, timing, sent.now)
        written = write_jpeg(picture.image)
    values = _values(report_id, sent, sha256, picture, timing, written)
    values |= {"by_account": caller.account_id, "by_name": caller.display_name or caller.username}
    files = files_of(service)
    files.write(values["id"], written.content)
    try:
        with service.database.transaction(scope) as connection:
            photo_store.hold_report(connection, report_id)
            before = _known(connection, caller, report, sent.about.client_id, sha256)
            if before is None:
                photo_store.insert_photo(connection, values)
                tell(connection, known, report_id, "photo_added", sent.now)
                row = photo_store.read_photo(connection, values["id"])
                before, stored = photo_json(row, caller, report), True
            else:
                stored = False
    except BaseException:
        files.remove(values["id"])
        raise
    if not stored:
        files.remove(values["id"])
    return before, not stored


def _known(
    connection: Connection, caller: Caller, report: Any, client_id: UUID, sha256: str
) -> dict[str, Any] | None:
    there = photo_store.list_photos(connection, report.id)
    for row in there:
        if row.client_id == client_id:
            if row.source_sha256 != sha256:
                raise Problem("idempotency-conflict", "相同编号（client_id）的照片内容不同。")
            return photo_json(row, caller, report)
    kept = sum(row.withdrawn_at is None for row in there)
    if kept >= MOST_PHOTOS:
        words = f"每件诉求最多{MOST_PHOTOS}张照片，已有{kept}张。"
        raise invalid(words, field="file", reason="too_many_photos")
    return None


def _opened(content: bytes) -> Picture:
    try:
        return open_photo(content)
    except PhotoRefused as refused:
        if refused.reason in ("not_a_photo", "heic"):
            extras = {"reason": refused.reason}
            raise Problem("unsupported-media-type", refused.words, extras) from None
        raise invalid(refused.words, field="file", reason=refused.reason) from None


def judge_time(in_photo: datetime | None, about: PhotoIn, now: datetime) -> Timing:
    """Return when a photo was taken, and whether the phone's clock is to be believed.

    It is not when it runs ahead of the service's, when it differs at sending, or when the photo
    and the page name different times; then the service's own time counts.
    """
    said = in_photo or about.taken_at
    doubt = said is not None and said > now + CLOCK_SLACK
    if about.sent_at is not None:
        doubt = doubt or abs(about.sent_at - now) > CLOCK_SLACK
    if in_photo is not None and about.taken_at is not None:
        doubt = doubt or abs(in_photo - about.taken_at) > CLOCK_SLACK
    return Timing(now if doubt or said is None else said, said, doubt)


def _stamp(
    service: Service,
    known: Knowledge,
    picture: Picture,
    report: Any,
    timing: Timing,
    now: datetime,
) -> None:
    when = f"{timing.taken_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    if timing.doubt or timing.said is None:
        when = f"接收 {now.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    county = service.keeper.map_at(known, report.created_at)
    lines = (
        f"{when}  {county.label(report.area_code)}",
        f"网格 {report.area_code}  诉求 {report.number}",
    )
    stamp(picture.image, lines, source=chinese_font(service.settings.photo_font))


def _values(
    report_id: UUID, sent: Sent, sha256: str, picture: Picture, timing: Timing, written: Written
) -> dict[str, Any]:
    place = _place(sent.about, picture)
    return {
        "id": uuid4(),
        "report_id": report_id,
        "client_id": sent.about.client_id,
        "source_sha256": sha256,
        "sha256": hashlib.sha256(written.content).hexdigest(),
        "width": written.width,
        "height": written.height,
        "size_bytes": len(written.content),
        "taken_at": timing.taken_at,
        "said_taken_at": timing.said,
        "clock_doubt": timing.doubt,
        "received_at": sent.now,
        "lon": place.lon if place else None,
        "lat": place.lat if place else None,
        "accuracy_m": place.accuracy_m if place else None,
    }


def _place(about: PhotoIn, picture: Picture) -> Position | None:
    """Return where it was taken in CGCS2000: the photo's own word first, then the page's."""
    given = about.position.to_position() if about.position else None
    place = picture.taken.position or given
    return to_cgcs2000(place) if place else None


def of_report(connection: Connection, caller: Caller, report_id: UUID) -> list[dict[str, Any]]:
    """Return the photos of a report; raise Problem 404 when the caller may not see it."""
    report = report_of(connection, report_id)
    rows = photo_store.list_photos(connection, report.id)
    return [photo_json(row, caller, report) for row in rows]


def picture_of(service: Service, connection: Connection, photo_id: UUID) -> tuple[bytes, str]:
    """Return a photo's bytes and their checksum; raise Problem 404 when there is none to see."""
    row = photo_store.read_photo(connection, photo_id)
    if row is not None and row.withdrawn_at is not None:
        raise Problem("not-found", "这张照片已撤回。")
    content = files_of(service).read(photo_id) if row is not None else None
    if row is None or content is None:
        raise no_photo()
    return content, row.sha256


def sweep(service: Service, at: datetime) -> int:
    """Remove files that got no row, of a process that died in between; return how many."""

    def known(ids: list[UUID]) -> set[UUID]:
        with service.database.transaction(SERVICE) as connection:
            return set(photo_store.which_exist(connection, ids))

    return files_of(service).sweep(at, known)
