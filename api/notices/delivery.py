"""Take what an SMS gateway says of its messages: that they arrived, or never did."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from api.db import delivery_store
from api.db.engine import Connection
from api.notices.records import SMS
from api.notices.schemas import DeliveryIn


def take_deliveries(
    connection: Connection, receipts: list[DeliveryIn], now: datetime
) -> list[dict[str, Any]]:
    """Write what is said of each message; return what became of each, in their order.

    The same again changes nothing, so that a gateway may repeat what was not acknowledged. A
    message that arrived needs nobody any more; one that did not goes the next way.
    """
    return [
        {
            "id": str(receipt.id) if receipt.id else None,
            "provider_id": receipt.provider_id,
            "result": _take(connection, receipt, now),
        }
        for receipt in receipts
    ]


def _take(connection: Connection, receipt: DeliveryIn, now: datetime) -> str:
    found = delivery_store.find_messages(
        connection, notice_id=receipt.id, provider_id=receipt.provider_id
    )
    if not found:
        return "unknown"
    # A gateway's clock may run ahead of ours.
    at = min(receipt.at or now, now)
    changed = [_write(connection, row, receipt.state, at, now) for row in found]
    return "taken" if any(changed) else "known"


def _write(connection: Connection, row: Any, state: str, at: datetime, now: datetime) -> bool:
    if row.delivered_at is not None:
        return False
    if state == "delivered":
        delivery_store.mark_delivered(connection, row.id, at, now)
        return True
    # Before the sending is written down its way is not known; nothing else was sent by SMS.
    by_sms = row.state == "sending" or (row.state in ("sent", "failed") and row.way == SMS)
    if row.undelivered_at is not None or not by_sms:
        return False
    delivery_store.mark_undelivered(connection, row.id, at, now)
    return True
