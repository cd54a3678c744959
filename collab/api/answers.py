"""How answers are made: JSON that no cache keeps, times and documents as the description spells them, long bodies."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine, Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from math import inf
from typing import Any

from aiohttp import web

from collab.auth import Role
from collab.crdt import Steps
from collab.rooms.breathe import breathe
from collab.storage.base import DocumentRecord

NO_STORE = {"Cache-Control": "no-store"}

_LAST_MOMENT = 253_402_300_799_999
"""The last millisecond of the year 9999."""

_PIECE = 256 * 1024
"""Bytes that are handed to the socket at a time."""

_STRIDE = 64
"""Items of a long list between two turns of the loop."""


def answer(body: Mapping[str, Any], *, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """JSON that no cache keeps."""
    return web.json_response(body, status=status, headers={**NO_STORE, **(headers or {})})


async def answer_long(head: Mapping[str, Any], name: str, items: Iterator[Mapping[str, Any]]) -> web.Response:
    """``answer`` with a list that may be very long as the last value, made while others have their turn."""
    said = await breathe(_spelling(items))
    text = f"{json.dumps(head)[:-1]}, {json.dumps(name)}: [{said}]}}"
    return web.json_response(text=text, headers=NO_STORE)


def _spelling(items: Iterator[Mapping[str, Any]]) -> Steps[str]:
    parts = []
    while some := list(islice(items, _STRIDE)):
        parts.append(json.dumps(some)[1:-1])
        yield
    return ", ".join(parts)


def spell_time(milliseconds: int) -> str:
    """A time since the epoch, in RFC 3339; the nearest one that has a spelling, where a damaged row says another."""
    seconds, rest = divmod(min(max(milliseconds, 0), _LAST_MOMENT), 1000)
    moment = datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest * 1000)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def spell_document(record: DocumentRecord, role: Role, *, looks_back: bool) -> dict[str, Any]:
    """A document for someone who has ``role`` in it, and may look back or not."""
    return {
        "name": record.name,
        "title": record.title,
        "created": spell_time(record.created),
        "modified": spell_time(record.modified),
        "deleted": None if record.deleted is None else spell_time(record.deleted),
        "lineage": record.lineage,
        "role": role.label,
        "looksBack": looks_back,
    }


async def send_bytes(
    request: web.Request,
    data: bytes,
    *,
    patience: float,
    media_type: str = "application/octet-stream",
    charset: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> web.StreamResponse:
    """Answer with ``data``, for programs only: a browser neither shows it nor guesses what it may be.

    Whoever reads nothing for ``patience`` seconds, or up to twice as many, is cut off, so that what waits for readers
    stays bounded; a slow one is waited for.
    """
    response = web.StreamResponse(headers={**NO_STORE, "Content-Disposition": "attachment", **(headers or {})})
    response.content_type = media_type
    if charset is not None:
        response.charset = charset
    response.content_length = len(data)
    await response.prepare(request)
    if request.method == "HEAD":
        return response
    view = memoryview(data)
    try:
        for start in range(0, len(view), _PIECE):
            await _taken(request, response.write(view[start : start + _PIECE]), patience)
        await _taken(request, response.write_eof(), patience)
    except TimeoutError:
        if request.transport is not None:
            request.transport.abort()
    except ConnectionError:  # the reader has gone
        pass
    return response


async def _taken(request: web.Request, writing: Coroutine[Any, Any, None], patience: float) -> None:
    """Wait until a piece is written. Raises TimeoutError when the reader has taken none of what waits for it."""
    task = asyncio.create_task(writing)
    waits = inf
    try:
        while not (await asyncio.wait((task,), timeout=patience))[0]:
            before, waits = waits, 0 if request.transport is None else request.transport.get_write_buffer_size()
            if waits >= before:
                raise TimeoutError
        task.result()
    finally:
        task.cancel()
