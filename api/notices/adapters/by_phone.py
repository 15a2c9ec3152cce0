"""Put a message on the list of those whom somebody has to ring up (需电话通知)."""

from __future__ import annotations

from dataclasses import dataclass

from api.notices.records import Message, Receipt


@dataclass(frozen=True, slots=True)
class ByPhone:
    """Take every message: what nothing else can send, a person says."""

    name: str = "phone"

    def takes(self, _message: Message) -> bool:
        """Say that anybody can be rung up, or looked for."""
        return True

    def send(self, message: Message) -> Receipt:
        """Return that somebody has to ring up; whether there is a number at all."""
        return Receipt(state="by_phone", error=None if message.phone else "no_phone")
