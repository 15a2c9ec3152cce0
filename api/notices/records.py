"""Hold what a notice is on its way: the message, the receipt, and why a try came to nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

STATE_LABELS: Mapping[str, str] = {
    "waiting": "待发送",
    "sending": "发送中",
    "sent": "已发送",
    "failed": "发送失败，稍后重试",
    "by_phone": "需电话通知",
    "phoned": "已电话通知",
    "lapsed": "无需再通知",
}
ERROR_LABELS: Mapping[str, str] = {
    "unreachable": "网关连接不上",
    "timed_out": "网关超时未答",
    "tls": "网关证书不可信",
    "busy": "网关繁忙",
    "gateway_error": "网关出错",
    "refused": "网关拒收",
    "redirected": "网关地址已转移",
    "bad_answer": "网关回应无法识别",
    "no_phone": "没有手机号",
    "gave_up": "多次尝试未成",
    "undelivered": "短信未送达",
}
# What a receipt calls the way by SMS; only of it a gateway says later whether it arrived.
SMS = "sms"
# Each pause is longer than the one before; whoever must know at once is rung up sooner.
_PAUSES_S = (30.0, 120.0, 600.0)
_URGENT_PAUSES_S = (5.0, 20.0)


def next_try(attempts: int, *, urgent: bool, at: datetime) -> datetime | None:
    """Return when to try again after ``attempts`` tries; None when somebody has to ring up."""
    pauses = _URGENT_PAUSES_S if urgent else _PAUSES_S
    if attempts > len(pauses):
        return None
    return at + timedelta(seconds=pauses[attempts - 1])


@dataclass(frozen=True, slots=True)
class Message:
    """Hold what is sent: the key of the notice, the phone if known, whom it is for, the words.

    ``who`` names a post or a desk, never a person; nothing of the reporter is in ``text``.
    ``at_desk`` says that it is for the county's own desk.
    """

    id: UUID
    phone: str | None
    who: str
    text: str
    urgent: bool
    at: datetime
    at_desk: bool = False


@dataclass(frozen=True, slots=True)
class Receipt:
    """Hold what a way of sending says of a message: taken over, or to be told by phone."""

    state: str = "sent"
    provider_id: str | None = None
    delivered_at: datetime | None = None
    error: str | None = None


class NotSent(Exception):
    """Say by its class why a try came to nothing, and whether another one may help."""

    def __init__(self, error: str, *, again: bool) -> None:
        super().__init__(error)
        self.error = error
        self.again = again


class Adapter(Protocol):
    """Send a message one way."""

    @property
    def name(self) -> str:
        """Return what the receipt calls this way."""

    def takes(self, message: Message) -> bool:
        """Say whether this way can reach whom the message is for."""

    def send(self, message: Message) -> Receipt:
        """Send it and return the receipt; raise NotSent when it was not taken over."""
