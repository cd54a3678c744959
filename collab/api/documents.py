"""Which documents there are: made, found, given titles, deleted and restored."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from aiohttp import web

from collab.api.answers import NO_STORE, answer, spell_document
from collab.api.dispatch import Call, authorize, is_enough
from collab.api.keys import ACCESS, CURSORS, ROOMS, STORE
from collab.auth import Action, Exactly, Role
from collab.errors import DocumentDeleted, NotFound
from collab.storage.base import DocumentRecord, Given, Order, Page, Position


async def list_documents(call: Call) -> web.Response:
    """A page of the documents that the caller may read; of the deleted ones, those that the caller may restore."""
    query, caller = call.query, call.caller
    order, deleted, search = Order(query["sort"]), query["deleted"], query["q"] or ""
    access, scope = call.app[ACCESS], query["scope"]
    listed = ("documents", order.value, deleted, search, scope)
    names, given = await access.names_for(caller, Action.MANAGE if deleted else Action.READ)
    if scope != "all":
        names = [] if caller.share is None or scope == "mine" else [name for name in names if isinstance(name, Exactly)]
        given = Given(caller.subject, Role.OWNER, Role.OWNER) if scope == "mine" else given._replace(most=Role.EDITOR)
    cursors = call.app[CURSORS]
    page = Page(
        order=order,
        after=None if query["cursor"] is None else Position(*cursors.read(query["cursor"], listed)),
        limit=query["limit"],
        search=search,
        deleted=deleted,
        names=names,
        given=given,
    )
    listing = await call.app[STORE].documents(page)
    roles = [(record, await access.role_for(caller, record.name)) for record in listing.records]
    return answer(
        {
            "documents": [_spelt(call, record, role) for record, role in roles if role is not None],
            "next": None if listing.next is None else cursors.write(listing.next, listed),
        }
    )


async def create_document(call: Call) -> web.Response:
    """Make an empty document. Raises Forbidden, DocumentExists, DocumentDeleted."""
    name = call.body["name"]
    caller = call.caller
    role = await authorize(call.app, caller, name, Action.CREATE)
    owner = caller.subject if caller.is_person else None
    await call.app[ROOMS].create(name, call.body.get("title", ""), owner=owner)
    made = _spelt(call, await _record(call, name), role if owner is None else Role.OWNER)
    return answer(made, status=201, headers={"Location": f"/api/v1/documents/{quote(name, safe='')}"})


async def get_document(call: Call) -> web.Response:
    """What is said about a document. Raises NotFound, DocumentDeleted."""
    return answer(_spelt(call, await living_record(call), call.role))


async def change_document(call: Call) -> web.Response:
    """Give a document a title. Raises NotFound, DocumentDeleted."""
    await call.app[ROOMS].retitle(call.document, call.body["title"])
    return answer(_spelt(call, await _record(call, call.document), call.role))


async def delete_document(call: Call) -> web.Response:
    """Delete a document; twice is once. Raises NotFound."""
    await call.app[ROOMS].delete(call.document)
    return web.Response(status=204, headers=NO_STORE)


async def restore_document(call: Call) -> web.Response:
    """Undo that. Raises NotFound."""
    await call.app[ROOMS].restore(call.document)
    return answer(_spelt(call, await _record(call, call.document), call.role))


def _spelt(call: Call, record: DocumentRecord, role: Role) -> dict[str, Any]:
    return spell_document(record, role, looks_back=is_enough(call.app, role, Action.LOOK_BACK))


async def living_record(call: Call) -> DocumentRecord:
    """The row of the document in the path. Raises NotFound, DocumentDeleted."""
    record = await _record(call, call.document)
    if record.deleted is not None:
        raise DocumentDeleted("this document was deleted; its owner can restore it")
    return record


async def _record(call: Call, name: str) -> DocumentRecord:
    record = await call.app[STORE].document(name)
    if record is None:
        raise NotFound("there is no such document")
    return record
