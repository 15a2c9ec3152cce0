"""Talk to gateways as they are: words and keys as agreed, refusals told apart, nobody followed."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from uuid import UUID

import pytest

from api.input_types import SHANGHAI
from api.notices.adapters.by_phone import ByPhone, OnDeskPage
from api.notices.adapters.group_robot import GroupRobot
from api.notices.adapters.http_post import Gateway
from api.notices.adapters.sms_gateway import SmsGateway
from api.notices.records import Message, NotSent, next_try
from tests.certificates import make_pair
from tests.unit.api.notices.gateway_of_tests import FakeGateway, fake_gateway, says

AT = datetime(2026, 11, 20, 10, 5, tzinfo=SHANGHAI)
MESSAGE = Message(
    id=UUID("6b1cfb9e-64a2-4a66-9a2c-0a4c1b1f8f10"),
    phone="00001234567",
    who="振华社区第三网格专职网格员",
    text="您有新诉求150221-20261120-0001（即时办结），请签收。",
    urgent=True,
    at=AT,
)


@pytest.fixture
def gateway() -> Iterator[FakeGateway]:
    with fake_gateway() as running:
        yield running


def refusal(adapter: SmsGateway | GroupRobot) -> tuple[str, bool]:
    with pytest.raises(NotSent) as caught:
        adapter.send(MESSAGE)
    return caught.value.error, caught.value.again


def test_the_sms_gateway_gets_the_agreed_fields_the_token_and_the_key(
    gateway: FakeGateway,
) -> None:
    gateway.answer = says(202, {"id": 4711})
    receipt = SmsGateway(Gateway(f"{gateway.url}/send?app=wangge", "secret")).send(MESSAGE)
    (request,) = gateway.requests
    assert request["path"] == "/send?app=wangge"
    assert request["body"] == {
        "id": str(MESSAGE.id),
        "phone": "00001234567",
        "text": MESSAGE.text,
        "urgent": True,
        "at": "2026-11-20T10:05:00+08:00",
    }
    assert request["headers"]["Authorization"] == "Bearer secret"
    assert request["headers"]["Idempotency-Key"] == str(MESSAGE.id)
    assert (receipt.state, receipt.provider_id) == ("sent", "4711")


@pytest.mark.parametrize("body", [b"", b"OK", b"[1]", b'{"id": null}', b'{"id": "a\\nb"}'])
def test_a_gateway_that_takes_over_without_a_number_is_believed(
    gateway: FakeGateway, body: bytes
) -> None:
    gateway.answer = lambda _request: (200, {}, body)
    receipt = SmsGateway(Gateway(gateway.url)).send(MESSAGE)
    assert (receipt.state, receipt.provider_id) == ("sent", None)
    assert "Authorization" not in gateway.requests[0]["headers"]


@pytest.mark.parametrize(
    ("status", "error", "again"),
    [
        (500, "gateway_error", True),
        (503, "gateway_error", True),
        (408, "gateway_error", True),
        (429, "busy", True),
        (400, "refused", False),
        (401, "refused", False),
        (404, "refused", False),
    ],
)
def test_a_refusal_is_tried_again_only_where_that_may_help(
    gateway: FakeGateway, status: int, error: str, again: bool
) -> None:
    gateway.answer = says(status, {"message": MESSAGE.text})
    assert refusal(SmsGateway(Gateway(gateway.url))) == (error, again)


def test_a_gateway_that_says_no_with_status_200_has_not_taken_it(gateway: FakeGateway) -> None:
    gateway.answer = says(200, {"code": 1003, "id": "x"})
    assert refusal(SmsGateway(Gateway(gateway.url))) == ("refused", False)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_message_goes_where_a_redirect_points(gateway: FakeGateway, status: int) -> None:
    with fake_gateway() as elsewhere:
        gateway.answer = says(status, None, Location=f"{elsewhere.url}/take")
        assert refusal(SmsGateway(Gateway(gateway.url, "secret"))) == ("redirected", False)
        assert elsewhere.requests == []


def test_a_gateway_that_is_not_there_or_never_answers_is_tried_again(
    gateway: FakeGateway,
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{free.getsockname()[1]}"
    assert refusal(SmsGateway(Gateway(nowhere))) == ("unreachable", True)
    go_on = threading.Event()
    gateway.answer = lambda _request: (go_on.wait(30), (200, {}, b"{}"))[1]
    try:
        slow = SmsGateway(Gateway(gateway.url, timeout_s=0.2))
        assert refusal(slow) == ("timed_out", True)
    finally:
        go_on.set()


def test_a_gateway_whose_certificate_nobody_vouches_for_is_sent_nothing(tmp_path: Path) -> None:
    cert, key = make_pair(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    received: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            raw, _ = listener.accept()
            with raw:
                try:
                    with context.wrap_socket(raw, server_side=True) as secure:
                        received.append(secure.recv(1))
                except OSError:
                    pass

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"
        assert refusal(SmsGateway(Gateway(url))) == ("tls", True)
        thread.join(10)
    assert received == []


def test_the_robot_tells_the_group_which_post_is_meant_and_no_phone(gateway: FakeGateway) -> None:
    gateway.answer = says(200, {"errcode": 0, "errmsg": "ok"})
    robot = GroupRobot(Gateway(f"{gateway.url}/cgi-bin/webhook/send?key=k"))
    assert robot.send(MESSAGE).state == "sent"
    (request,) = gateway.requests
    assert request["path"] == "/cgi-bin/webhook/send?key=k"
    assert request["body"] == {
        "msgtype": "text",
        "text": {"content": f"【{MESSAGE.who}】{MESSAGE.text}"},
    }


@pytest.mark.parametrize(
    ("answer", "error", "again"),
    [
        ({"errcode": 93000, "errmsg": "invalid webhook url"}, "refused", False),
        ({"errcode": 45009}, "busy", True),
        ({"errcode": 130101}, "busy", True),
        ({"hello": "world"}, "bad_answer", False),
        (None, "bad_answer", False),
    ],
)
def test_a_robot_refuses_with_status_200(
    gateway: FakeGateway, answer: object, error: str, again: bool
) -> None:
    gateway.answer = says(200, answer)
    assert refusal(GroupRobot(Gateway(gateway.url))) == (error, again)


def test_without_a_gateway_somebody_rings_up_and_learns_that_there_is_no_number() -> None:
    assert ByPhone().send(MESSAGE).error is None
    without = Message(MESSAGE.id, None, MESSAGE.who, MESSAGE.text, False, AT)
    assert ByPhone().send(without).state == "by_phone"
    assert ByPhone().send(without).error == "no_phone"
    assert not SmsGateway(Gateway("http://127.0.0.1")).takes(without)


def test_what_is_for_the_countys_desk_stands_on_its_page_and_nobody_rings_it_up() -> None:
    for_desk = replace(MESSAGE, at_desk=True)
    assert OnDeskPage().takes(for_desk)
    assert OnDeskPage().send(for_desk).state == "sent"
    assert not OnDeskPage().takes(MESSAGE)


def test_pauses_grow_and_the_urgent_ones_end_sooner_with_a_call() -> None:
    for urgent, most in ((False, 3), (True, 2)):
        tries = [next_try(n, urgent=urgent, at=AT) for n in range(1, most + 2)]
        assert tries[-1] is None
        pauses = [(moment - AT).total_seconds() for moment in tries[:-1] if moment]
        assert len(pauses) == most
        assert pauses == sorted(set(pauses))
    calm, hurried = (next_try(1, urgent=urgent, at=AT) for urgent in (False, True))
    assert calm is not None
    assert hurried is not None
    assert hurried < calm


def test_a_token_or_an_address_with_its_key_is_not_printed() -> None:
    shown = repr(SmsGateway(Gateway("https://sms.example/?key=hidden", "very-secret")))
    assert "very-secret" not in shown
    assert "hidden" not in shown
