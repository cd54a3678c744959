"""What stands in documents, now or at a moment: the state going out, changes coming in, and what it says, written out."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from aiohttp import web

from collab.api.answers import answer, send_bytes
from collab.api.checks import decode_base64url
from collab.api.dispatch import Call
from collab.api.keys import CONTENT, ROOMS, SETTINGS
from collab.api.moments import headers_of, view_at
from collab.content.formats import Format, Schema
from collab.crdt import cutting, decoding_state_vector
from collab.history import View
from collab.rooms import NO_STATE
from collab.rooms.breathe import breathe


async def read_state(call: Call) -> web.StreamResponse:
    """One update with what the caller lacks. Raises what ``Rooms.state`` and ``History.at`` do, and Overloaded."""
    at, known = call.query["at"], _known(call)
    if at is not None:
        return await send_state(call, await view_at(call, at, "/query/at"))
    return await _send_state(call, await call.app[ROOMS].state(call.document, NO_STATE if known is None else known))


async def send_state(call: Call, view: View) -> web.StreamResponse:
    """The state of a moment, or what the caller lacks of it."""
    state, known = await view.state(), _known(call)
    if known is not None:
        vector = await breathe(decoding_state_vector(known, max_clients=len(known)))
        state = await breathe(cutting(state, vector))
    return await _send_state(call, state, headers_of(view.moment))


async def _send_state(call: Call, state: bytes, headers: Mapping[str, str] | None = None) -> web.StreamResponse:
    call.claim(len(state))
    await call.judge_again()  # what is told piece by piece cannot be taken back
    return await send_bytes(call.request, state, headers=headers, patience=call.app[SETTINGS].outbox_deadline)


def _known(call: Call) -> bytes | None:
    """The state vector that the caller has."""
    known = call.query["state_vector"]
    return None if known is None else decode_base64url(known)


async def read_content(call: Call) -> web.StreamResponse:
    """The document written out. Raises what ``Rooms.state``, ``History.at`` and ``Workers.render`` do."""
    if call.query["at"] is not None:
        return await send_content(call, await view_at(call, call.query["at"], "/query/at"))
    return await _send_content(call, await call.app[ROOMS].state(call.document, NO_STATE))


async def send_content(call: Call, view: View) -> web.StreamResponse:
    """What a moment says, written out."""
    return await _send_content(call, await view.state(), headers_of(view.moment))


async def _send_content(call: Call, state: bytes, headers: Mapping[str, str] | None = None) -> web.StreamResponse:
    schema = call.query["schema"]
    content = await call.app[CONTENT].render(
        state,
        Format(call.query["format"]),
        root=call.query["root"],
        schema=None if schema is None else Schema(schema),
    )
    found = dict(headers or {})
    if content.root is not None:
        found["Collab-Root"] = quote(content.root, safe="")
    if content.schema is not None:
        found["Collab-Schema"] = content.schema
    await call.judge_again()  # what is told piece by piece cannot be taken back
    return await send_bytes(
        call.request,
        content.text.encode(),
        media_type=content.format.media_type,
        charset="utf-8",
        headers=found,
        patience=call.app[SETTINGS].outbox_deadline,
    )


async def submit_update(call: Call) -> web.Response:
    """Let one update in, whole or not at all; answered when it is on disk. Raises what ``Rooms.submit`` does."""
    caller = call.caller
    changed = await call.app[ROOMS].submit(
        call.document,
        call.body,
        actor=caller.subject,
        role=call.role,
        called=caller.name,
        owns=caller.is_person,
        judge=call.judge_again,
    )
    return answer({"changed": changed})
