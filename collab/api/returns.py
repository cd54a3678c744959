"""Going back: to a moment, to a version, or to before what somebody did."""

from __future__ import annotations

from functools import partial

from aiohttp import web

from collab.api.answers import answer
from collab.api.dispatch import Call
from collab.api.keys import CONTENT, HISTORY, ROOMS, STORE
from collab.auth import Action, Role
from collab.errors import InvalidRequest
from collab.history import ByVersion, Moment, Past, Spelling, read_moment
from collab.history.returning import Return, Writer


async def go_back(call: Call) -> web.Response:
    """Restore a moment, or undo somebody's share. Raises Overloaded, and what ``History.past`` and ``Return`` do."""
    call.require(Action.LOOK_BACK)
    if "at" in call.body:
        return await _restore(call, read_moment(call.body["at"], "/body/at"), "/body/at")
    asked, history = call.body["undo"], call.app[HISTORY]
    spelt = {word: f"/body/undo/{word}" for word in ("from", "to")}
    async with history.going_back(call.document):
        role = await call.judge_again(Action.LOOK_BACK)
        past = await history.past(call.document)
        after, until = [await history.find(past, read_moment(asked[word], at), at) for word, at in spelt.items()]
        if after.number > until.number:
            raise InvalidRequest("`from` is a later moment than `to`", where=spelt["from"])
        changed = await _way(call, role, past).without(asked["subject"], after, until)
        return await _told(call, past, None, changed)


async def restore_version(call: Call) -> web.Response:
    """Restore the moment of a version. Raises as ``go_back``."""
    call.require(Action.LOOK_BACK)
    return await _restore(call, ByVersion(call.path["id"]), "/path/id")


async def _restore(call: Call, spelling: Spelling, where: str) -> web.Response:
    history = call.app[HISTORY]
    async with history.going_back(call.document):
        role = await call.judge_again(Action.LOOK_BACK)
        past = await history.past(call.document)
        moment = await history.find(past, spelling, where)
        changed = await _way(call, role, past).to(moment)
        return await _told(call, past, moment, changed)


def _way(call: Call, role: Role, past: Past) -> Return:
    caller = call.caller
    writer = Writer(caller.subject, role, caller.name, partial(call.judge_again, Action.LOOK_BACK))
    return Return(past, call.app[ROOMS], call.app[CONTENT], writer)


async def _told(call: Call, past: Past, moment: Moment | None, changed: bool) -> web.Response:
    head = past.now.number
    if changed:
        record = await call.app[STORE].document(call.document)
        head = head if record is None else record.head
    return answer({"moment": head, "restored": None if moment is None else moment.number, "changed": changed})
