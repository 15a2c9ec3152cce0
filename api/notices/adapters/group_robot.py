"""Send a message into a work group by its robot, as WeCom and DingTalk take it."""

from __future__ import annotations

from dataclasses import dataclass

from api.notices.adapters.http_post import Gateway
from api.notices.adapters.sms_gateway import provider_id
from api.notices.records import Message, NotSent, Receipt

# What both robots answer when too much was sent in a minute: the same message later may pass.
_TOO_OFTEN = frozenset({45009, 130101})


@dataclass(frozen=True, slots=True)
class GroupRobot:
    """Post ``{"msgtype": "text", "text": {"content": …}}``; ``errcode`` 0 takes it over.

    The group is told which post is meant, never a person's name or phone.
    """

    gateway: Gateway
    name: str = "robot"

    def takes(self, _message: Message) -> bool:
        """Say that a group reads everything."""
        return True

    def send(self, message: Message) -> Receipt:
        """Send it; raise NotSent when it was not taken over. Robots refuse with status 200."""
        content = f"【{message.who}】{message.text}" if message.who else message.text
        answer = self.gateway.post(
            {"msgtype": "text", "text": {"content": content}}, key=str(message.id)
        )
        code = answer.get("errcode")
        if code in _TOO_OFTEN:
            raise NotSent("busy", again=True)
        if code != 0:
            raise NotSent("bad_answer" if code is None else "refused", again=False)
        return Receipt(provider_id=provider_id(answer))
