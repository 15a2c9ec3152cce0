"""Put a message on the list of those whom somebody has to ring up (需电话通知).

Who rings up is the county's desk; what is for that desk itself stands on its page already.
"""

from __future__ import annotations

from dataclasses import dataclass

from api.notices.records import Message, Receipt


@dataclass(frozen=True, slots=True)
class OnDeskPage:
    """Leave what is for the county's desk to its page: nobody rings himself up."""

    name: str = "desk"

    def takes(self, message: Message) -> bool:
        """Say whether it is for the county's own desk."""
        return message.at_desk

    def send(self, _message: Message) -> Receipt:
        """Return that the desk has it."""
        return Receipt()


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
