"""People: who was given a role for a document."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from collab.api.answers import NO_STORE, answer, spell_time
from collab.api.dispatch import Call
from collab.api.documents import living_record
from collab.api.keys import PEOPLE, STORE
from collab.api.shares import record
from collab.auth import Role
from collab.storage.base import GrantRecord


async def list_grants(call: Call) -> web.Response:
    """Everybody's grants for a document, the oldest first. Raises NotFound, DocumentDeleted."""
    await living_record(call)
    grants = await call.app[PEOPLE].list(call.document)
    names = await call.app[STORE].people([grant.subject for grant in grants])
    return answer({"grants": [spell_grant(grant, names.get(grant.subject)) for grant in grants]})


async def set_grant(call: Call) -> web.Response:
    """Give somebody a role; it counts at once. Raises NotFound, DocumentDeleted, Conflict."""
    await living_record(call)
    role = Role.parse(call.body["role"])
    subject = call.path["subject"]
    grant = await call.app[PEOPLE].give(call.document, subject, role, call.caller)
    await record(call, "grant-set", {"subject": subject, "role": role.label})
    return answer(spell_grant(grant, (await call.app[STORE].people([subject])).get(subject)))


async def remove_grant(call: Call) -> web.Response:
    """Take somebody's role away; it counts at once. Raises NotFound."""
    grant = await call.app[PEOPLE].take(call.document, call.path["subject"])
    await record(call, "grant-removed", {"subject": grant.subject, "role": Role(grant.role).label})
    return web.Response(status=204, headers=NO_STORE)


def spell_grant(grant: GrantRecord, name: str | None) -> dict[str, Any]:
    """A grant, and what people call whose it is, where that is known."""
    return {
        "subject": grant.subject,
        "name": name,
        "role": Role(grant.role).label,
        "author": grant.author,
        "created": spell_time(grant.created),
    }
