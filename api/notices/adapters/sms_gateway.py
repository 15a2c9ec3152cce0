"""Send a message by an SMS gateway that takes JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from api.notices.adapters.http_post import Gateway
from api.notices.records import SMS, Message, NotSent, Receipt

_ID_FIELDS = ("id", "message_id", "msgid", "sid")
_MOST_ID = 100


@dataclass(frozen=True, slots=True)
class SmsGateway:
    """Post ``{id, phone, text, urgent, at}``; 2xx with ``{id?, code?}`` takes it over.

    ``code``, where there is one, must be 0, ``"0"``, ``"ok"`` or 200. A gateway of another make
    stands behind a small translator (docs/how-to/notices.md).
    """

    gateway: Gateway
    name: str = SMS

    def takes(self, message: Message) -> bool:
        """Say whether there is a phone to send to."""
        return message.phone is not None

    def send(self, message: Message) -> Receipt:
        """Send it and return the gateway's number; raise NotSent when it was not taken over."""
        answer = self.gateway.post(
            {
                "id": str(message.id),
                "phone": message.phone,
                "text": message.text,
                "urgent": message.urgent,
                "at": message.at.isoformat(),
            },
            key=str(message.id),
        )
        code = answer.get("code", 0)
        if str(code).lower() not in ("0", "ok", "200"):
            raise NotSent("refused", again=False)
        return Receipt(provider_id=provider_id(answer))


def provider_id(answer: dict[str, Any]) -> str | None:
    """Return the number under which the provider knows the message, when it gave one."""
    for name in _ID_FIELDS:
        value = answer.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool):
            words = str(value)
            return words[:_MOST_ID] if words.isprintable() else None
    return None
