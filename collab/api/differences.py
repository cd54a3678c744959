"""What became of a document between two moments, and by whom."""

from __future__ import annotations

import json
from urllib.parse import quote

from aiohttp import web

from collab.api.answers import send_bytes, spell_time
from collab.api.dispatch import Call
from collab.api.keys import CONTENT, HISTORY, SETTINGS
from collab.api.moments import names_of
from collab.content.formats import Format, Schema
from collab.content.jobs import Comparison
from collab.errors import ContentUnavailable, InvalidRequest
from collab.history import Moment, read_moment
from collab.history.tasks import Wish, comparing
from collab.rooms.breathe import breathe


async def read_difference(call: Call) -> web.StreamResponse:
    """A difference, as JSON or text. Raises what ``History.past``, ``History.find`` and ``Workers.compare`` do."""
    history, query = call.app[HISTORY], call.query
    past = await history.past(call.document)
    before = await history.find(past, read_moment(query["from"], "/query/from"), "/query/from")
    after = await history.find(past, read_moment(query["to"], "/query/to"), "/query/to")
    if before.number > after.number:
        raise InvalidRequest("`from` is a later moment than `to`", where="/query/from")
    wish = Wish(Format(query["format"]), query["root"], None if query["schema"] is None else Schema(query["schema"]))
    comparison = await breathe(comparing(past, before, after, wish, (_named(before), _named(after))))
    content = await call.app[CONTENT].compare(await breathe(past.whole()), comparison)
    text = content.text
    if wish.format is Format.JSON:
        head = {"from": _spelt(before), "to": _spelt(after), "root": content.root, "schema": content.schema}
        people = {subject: {"name": name} for subject, name in (await names_of(call, _subjects(comparison))).items()}
        text = _with(json.dumps({**head, "people": people}, ensure_ascii=False), text)
    found = {} if content.root is None else {"Collab-Root": quote(content.root, safe="")}
    if content.schema is not None:
        found["Collab-Schema"] = content.schema
    await call.judge_again()  # what is told piece by piece cannot be taken back
    return await send_bytes(
        call.request,
        text.encode(),
        media_type=content.format.media_type,
        charset="utf-8",
        headers=found,
        patience=call.app[SETTINGS].outbox_deadline,
    )


def _subjects(comparison: Comparison) -> set[str | None]:
    return {share.subject for share in (*comparison.written, *comparison.deleted)}


def _spelt(moment: Moment) -> dict[str, object]:
    return {"moment": moment.number, "time": spell_time(moment.time)}


def _named(moment: Moment) -> str:
    return f"moment {moment.number}\t{spell_time(moment.time)}"


def _with(head: str, body: str) -> str:
    """Two JSON objects as one. The second is long, and not taken apart. Raises ContentUnavailable for what is none."""
    if not (body.startswith('{"') and body.endswith("}")):
        raise ContentUnavailable("this document cannot be compared: what was found of it is no object")
    return f"{head[:-1]},{body[1:]}"
