"""Days of names that cannot be are refused in words; a place still to come may be renamed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.http.conftest import Login
from tests.http.test_places import HERE, act, added, changed


def test_a_name_cannot_end_before_it_begins(login: Login) -> None:
    admin = login("county_admin")
    days = {"name": "老邮电所", "since": "2026-02-02", "until": "2026-01-01"}
    new = {"name": "邮电所旧址", "kind": "poi", "position": HERE, "aliases": [days]}
    refused = admin.post("/v1/places", json=new)
    assert (refused.status_code, refused.json()["reason"]) == (422, "bad_dates")
    assert act(admin, added(admin, "邮电所旧址"), "aliases", **days).status_code == 422


def test_a_place_that_is_still_to_come_may_be_renamed(login: Login) -> None:
    admin = login("county_admin")
    begin = (datetime.now(UTC) + timedelta(days=40)).isoformat()
    place = added(admin, "筹建中医馆", valid_from=begin)
    renamed = changed(admin, place, name="筹建蒙医馆")
    assert renamed.status_code == 200, renamed.text
    (old,) = renamed.json()["aliases"]
    assert (old["name"], old["since"]) == ("筹建中医馆", None)
