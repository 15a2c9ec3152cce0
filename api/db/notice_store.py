"""Keep notices in the transaction that causes them; hand them out to be sent, once at a time.

A claim is a lease: whoever takes a notice holds it until ``not_before``. When that passes without
a word, somebody else takes it; what the first one reports later is not written any more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, text

# After these a report needs nobody any more, so nobody is told of it.
_OVER = "('closed','void','out_of_area','merged')"
_UNSENT = "state IN ('waiting','sending','failed')"

_PUT = text(
    "INSERT INTO notices (id, report_id, kind, to_area, to_post, to_person, to_org, text, urgent, "
    "at, not_before) SELECT id, report_id, kind, to_area, to_post, to_person, to_org, text, "
    "urgent, at, at FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS n(id uuid, report_id uuid, "
    "kind text, to_area text, to_post uuid, to_person uuid, to_org text, text text, "
    "urgent boolean, at timestamptz) ON CONFLICT (id) DO NOTHING"
)


def put(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep notices until they are sent: one statement, in the transaction of the step.

    ``rows``: id, report_id, kind, to_area, to_post, to_person, to_org, text, urgent, at. ``to_*``
    but ``to_area`` may be None. Nothing of the reporter may be in the text. The same id again
    changes nothing.
    """
    if rows:
        connection.execute(_PUT, {"rows": orjson.dumps([dict(row) for row in rows]).decode()})
