"""The access log of a document: who was there, by what, and what was shared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from collab.api.answers import answer, spell_time
from collab.api.dispatch import Call
from collab.api.documents import living_record
from collab.api.keys import ACCESS, CURSORS, SHARES, VISITS
from collab.auth import Role
from collab.storage.access.base import AccessEvent


async def list_access(call: Call) -> web.Response:
    """A page of it, the newest first; the first one begins with those who are there. Raises NotFound, DocumentDeleted."""
    await living_record(call)
    limit, cursors = call.query["limit"], call.app[CURSORS]
    listed = ("access", call.document)
    before = None if call.query["cursor"] is None else cursors.read(call.query["cursor"], listed)[0]
    found = await call.app[ACCESS].store.events(call.document, before=before, limit=limit + 1)
    page = found[:limit]
    links = {share.id: share.name for share in await call.app[SHARES].list(call.document)}
    here = call.app[VISITS].present(call.document) if before is None else []
    return answer(
        {
            "events": [_spell(event, links) for event in (*here, *page)],
            "next": cursors.write([page[-1].id], listed) if len(found) > limit else None,
        }
    )


def _spell(event: AccessEvent, links: Mapping[str, str | None]) -> dict[str, Any]:
    return {
        "id": event.id or None,
        "kind": event.kind,
        "subject": event.subject,
        "name": event.name,
        "via": {"kind": event.via, "id": event.via_id, "name": links.get(event.via_id or "")},
        "role": None if event.role is None else Role(event.role).label,
        "from": spell_time(event.began),
        "to": None if event.ended is None else spell_time(event.ended),
        "detail": dict(event.detail),
    }
