"""Work on one-time codes that were spent."""

from __future__ import annotations

import hashlib

from sqlalchemy import Connection, bindparam, delete, insert, select

from collab.storage.tables import spent_codes

# Kept a day longer than they could be used, so that a clock that was set back revives none.
GRACE = 24 * 60 * 60 * 1000

_SPENT = select(spent_codes.c.expires).where(spent_codes.c.digest == bindparam("code"))
_SPEND = insert(spent_codes)
_FORGET = delete(spent_codes).where(spent_codes.c.expires < bindparam("before"))


def spend(connection: Connection, code: str, expires: int, now: int) -> bool:
    """Remember a code's digest; False: it is remembered already."""
    digest = hashlib.sha256(code.encode()).digest()
    if connection.execute(_SPENT, {"code": digest}).one_or_none() is not None:
        return False
    connection.execute(_FORGET, {"before": now - GRACE})
    connection.execute(_SPEND, {"digest": digest, "expires": expires})
    return True
