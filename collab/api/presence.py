"""Who is in a document at this moment."""

from __future__ import annotations

from aiohttp import web

from collab.api.answers import answer
from collab.api.dispatch import Call
from collab.api.documents import living_record
from collab.api.keys import ROOMS


async def list_people(call: Call) -> web.Response:
    """Everyone who has the document open and shows it. Raises NotFound, DocumentDeleted."""
    people = call.app[ROOMS].people(call.document)
    if not people:  # somebody may also be at a name whose document their first edit will make
        await living_record(call)
    return answer({"people": [{"client": each.client, "subject": each.actor, "state": each.state} for each in people]})
