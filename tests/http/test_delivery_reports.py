"""Take delivery reports of an SMS gateway: what never arrived goes the next way, once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from api.app import create_app
from api.db import notice_store
from api.db.engine import SERVICE
from api.deps import Service
from api.input_types import now as present
from api.notices.adapters.by_phone import ByPhone
from api.notices.records import Adapter, Message, Receipt
from api.notices.sending import send_due
from tests.conftest import FreshDatabase
from tests.http.conftest import Login
from tests.http.demo_county import WORKER_GRID, new_key, refused, store_report

RECEIPTS = "/v1/notices/receipts"
KEY = "key-of-the-gateway"


@dataclass
class Way:
    """Take every message over, under a number of its own."""

    name: str
    seen: list[Message] = field(default_factory=list)

    def takes(self, _message: Message) -> bool:
        return True

    def send(self, message: Message) -> Receipt:
        self.seen.append(message)
        return Receipt(provider_id=f"{self.name}-{message.id}")


@dataclass
class Gateway:
    """Send by SMS, then by robot if there is one, and tell the service what became of it."""

    client: TestClient
    service: Service
    reader: TestClient
    report: dict[str, Any]
    sms: Way = field(default_factory=lambda: Way("sms"))
    robot: Way = field(default_factory=lambda: Way("robot"))

    def note(self) -> str:
        worker = self.service.keeper.current().roster.responsible(
            area_code=WORKER_GRID, kind="community", at=present()
        )
        assert worker.post is not None
        row = {
            "id": uuid4(), "report_id": UUID(self.report["id"]), "kind": "assigned",
            "to_area": WORKER_GRID, "to_post": worker.post.id, "to_person": None, "to_org": None,
            "text": "您有新诉求，请签收。", "urgent": True, "at": present(),
        }  # fmt: skip
        with self.service.database.transaction(SERVICE) as connection:
            notice_store.put(connection, [row])
        return str(row["id"])

    def send(self, *others: Adapter) -> None:
        # Urgent, and an instant after whatever was written: what is due is sent.
        at = present() + timedelta(minutes=5)
        send_due(self.service, lambda: at, (self.sms, *others, ByPhone()))

    def tell(self, state: str, **named: str) -> str:
        answer = self.client.post(RECEIPTS, json={"receipts": [{"state": state, **named}]})
        assert answer.status_code == 200, answer.text
        (item,) = answer.json()["items"]
        assert {name: item[name] for name in named if name != "at"} == {
            name: value for name, value in named.items() if name != "at"
        }
        return str(item["result"])

    def see(self, notice: str) -> dict[str, Any]:
        query = {"report": self.report["id"], "limit": 500}
        items = self.reader.get("/v1/notices", params=query).json()["items"]
        return next(item for item in items if item["id"] == notice)


@pytest.fixture(scope="module")
def gateway_client(
    county_database: FreshDatabase, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    settings = county_database.settings(tmp_path_factory.mktemp("var"))
    with TestClient(create_app(settings.model_copy(update={"sms_token": SecretStr(KEY)}))) as made:
        made.headers["Authorization"] = f"Bearer {KEY}"
        yield made


@pytest.fixture
def gateway(gateway_client: TestClient, client: TestClient) -> Iterator[Gateway]:
    service: Service = gateway_client.app.state.service  # type: ignore[attr-defined]
    report = store_report(client)
    with service.database.transaction(SERVICE) as connection:
        connection.exec_driver_sql("DELETE FROM notices")
    yield Gateway(gateway_client, service, client, report)


def test_what_was_not_delivered_is_on_the_list_of_those_to_ring_up(gateway: Gateway) -> None:
    notice = gateway.note()
    gateway.send()
    assert gateway.see(notice)["state"] == "sent"
    assert gateway.tell("failed", id=notice) == "taken"
    assert gateway.tell("failed", id=notice) == "known"
    assert (gateway.see(notice)["state"], gateway.see(notice)["error_label"]) == (
        "failed", "短信未送达",
    )  # fmt: skip
    gateway.send()
    shown = gateway.see(notice)
    assert (shown["state"], shown["way"], shown["error"]) == ("by_phone", "phone", "undelivered")
    assert shown["undelivered_at"] is not None
    assert len(gateway.sms.seen) == 1
    # Late, but it came: nobody needs to ring up.
    assert gateway.tell("delivered", id=notice) == "taken"
    assert (gateway.see(notice)["state"], gateway.see(notice)["error"]) == ("sent", None)
    assert gateway.tell("failed", id=notice) == "known"


def test_the_robot_comes_before_the_telephone(gateway: Gateway) -> None:
    notice = gateway.note()
    gateway.send(gateway.robot)
    number = gateway.see(notice)["provider_id"]
    assert gateway.tell("failed", provider_id=number) == "taken"
    gateway.send(gateway.robot)
    shown = gateway.see(notice)
    assert (shown["state"], shown["way"]) == ("sent", "robot")
    assert (len(gateway.sms.seen), len(gateway.robot.seen)) == (1, 1)
    # The robot has it: what the gateway says of its own message moves nothing any more.
    assert gateway.tell("failed", id=notice) == "known"


def test_when_it_arrived_is_kept_and_never_after_now(gateway: Gateway) -> None:
    notice = gateway.note()
    gateway.send()
    ahead = (present() + timedelta(hours=2)).isoformat()
    assert gateway.tell("delivered", id=notice, at=ahead) == "taken"
    assert gateway.tell("delivered", id=notice) == "known"
    shown = gateway.see(notice)
    assert shown["state"] == "sent"
    assert datetime.fromisoformat(shown["delivered_at"]) <= present()


@pytest.mark.parametrize(("said", "state"), [("failed", "failed"), ("delivered", "sent")])
def test_a_report_may_come_before_the_sending_is_written_down(
    gateway: Gateway, said: str, state: str
) -> None:
    notice = gateway.note()

    class Quick(Way):
        def send(self, message: Message) -> Receipt:
            assert gateway.tell(said, id=notice) == "taken"
            return super().send(message)

    gateway.sms = Quick("sms")
    gateway.send()
    assert gateway.see(notice)["state"] == state
    gateway.send()
    assert len(gateway.sms.seen) == 1


def test_an_unknown_message_is_said_to_be_unknown_and_stops_no_other(gateway: Gateway) -> None:
    notice = gateway.note()
    gateway.send()
    receipts = [
        {"id": str(uuid4()), "state": "delivered"},
        {"provider_id": "never-heard-of", "state": "failed"},
        {"id": notice, "state": "delivered"},
    ]
    answer = gateway.client.post(RECEIPTS, json={"receipts": receipts}).json()
    assert [item["result"] for item in answer["items"]] == ["unknown", "unknown", "taken"]
    # What was never sent by SMS did not fail to arrive by it.
    assert gateway.tell("failed", id=gateway.note()) == "known"


@pytest.mark.parametrize(
    "body",
    [
        {}, {"receipts": []}, {"receipts": [{}]}, {"receipts": [{"state": "failed"}]},
        {"receipts": [{"id": "1", "state": "failed"}]},
        {"receipts": [{"provider_id": "", "state": "failed"}]},
        {"receipts": [{"provider_id": "a", "state": "lost"}]},
        {"receipts": [{"provider_id": "a", "state": "failed", "at": "yesterday"}]},
        {"receipts": [{"provider_id": "a", "state": "failed"}] * 501},
        {"receipts": [{"provider_id": "a", "id": str(uuid4()), "state": "failed"}]},
    ],
)  # fmt: skip
def test_a_report_that_cannot_be_meant_is_refused(
    gateway_client: TestClient, body: dict[str, Any]
) -> None:
    refused(gateway_client.post(RECEIPTS, json=body), 422, "invalid-input")


def test_only_the_gateway_reports(
    gateway_client: TestClient, anonymous: TestClient, login: Login
) -> None:
    body = {"receipts": [{"id": str(uuid4()), "state": "failed"}]}
    for header in ("Bearer wrong", "", f"Basic {KEY}"):
        headers = {"Authorization": header, "Idempotency-Key": new_key()}
        refused(gateway_client.post(RECEIPTS, json=body, headers=headers), 401, "unauthenticated")
    # Where no gateway has a token, nobody may; an account is none.
    refused(anonymous.post(RECEIPTS, json=body), 401, "unauthenticated")
    refused(login("county_admin").post(RECEIPTS, json=body), 401, "unauthenticated")
