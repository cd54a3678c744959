"""Versions: moments of a document that have names."""

from __future__ import annotations

from urllib.parse import quote

from aiohttp import web

from collab.api.answers import NO_STORE, answer
from collab.api.content import send_content, send_state
from collab.api.dispatch import Call
from collab.api.keys import CURSORS, HISTORY, STORE
from collab.api.moments import names_of, spell_version, view_at
from collab.auth import Action
from collab.history import ByVersion, View
from collab.storage.archive import Version, VersionPlace, new_version_id
from collab.storage.journal import time_of_day


async def list_versions(call: Call) -> web.Response:
    """A page of versions, those of the newest moments first. Raises NotFound, DocumentDeleted."""
    cursors, limit = call.app[CURSORS], call.query["limit"]
    await call.app[HISTORY].settled(call.document)
    listed = ("versions", call.document)
    cursor = call.query["cursor"]
    after = None if cursor is None else VersionPlace(*cursors.read(cursor, listed))
    found = await call.app[STORE].versions(call.document, after=after, limit=limit + 1)
    shown = found[:limit]
    names = await names_of(call, [version.subject for version in shown])
    goes_on = cursors.write((shown[-1].moment, shown[-1].id), listed) if len(found) > limit else None
    return answer({"versions": [spell_version(version, names) for version in shown], "next": goes_on})


async def create_version(call: Call) -> web.Response:
    """Name a moment. Raises what ``History.at`` does."""
    at = call.body.get("at", "now")
    view = await view_at(call, at, "/body/at")
    await call.judge_again(*(() if at == "now" else (Action.LOOK_BACK,)))  # pasts are read a few at a time
    version = Version(
        new_version_id(),
        call.body["name"],
        view.moment.number,
        view.moment.time,
        time_of_day(),
        call.caller.subject,
        automatic=False,
    )
    await call.app[STORE].add_version(call.document, version)
    await call.app[STORE].remember({call.caller.subject: call.caller.name}, seen=version.created)
    location = f"/api/v1/documents/{quote(call.document, safe='')}/versions/{version.id}"
    return answer(await _spelt(call, version), status=201, headers={"Location": location})


async def get_version(call: Call) -> web.Response:
    """One version. Raises NotFound, DocumentDeleted."""
    return answer(await _spelt(call, await call.app[STORE].version(call.document, call.path["id"])))


async def rename_version(call: Call) -> web.Response:
    """Give a version another name. Raises Forbidden, NotFound, DocumentDeleted."""
    call.require(Action.LOOK_BACK)
    return answer(
        await _spelt(call, await call.app[STORE].rename_version(call.document, call.path["id"], call.body["name"]))
    )


async def remove_version(call: Call) -> web.Response:
    """Forget a version. Raises Forbidden, NotFound, DocumentDeleted."""
    call.require(Action.LOOK_BACK)
    await call.app[STORE].remove_version(call.document, call.path["id"])
    return web.Response(status=204, headers=NO_STORE)


async def read_version_state(call: Call) -> web.StreamResponse:
    """The document as it was, as an update. Raises what ``History.at`` does."""
    return await send_state(call, await _view(call))


async def read_version_content(call: Call) -> web.StreamResponse:
    """The document as it was, written out. Raises what ``History.at`` and ``Workers.render`` do."""
    return await send_content(call, await _view(call))


async def _view(call: Call) -> View:
    return await call.app[HISTORY].at(call.document, ByVersion(call.path["id"]))


async def _spelt(call: Call, version: Version) -> dict[str, object]:
    return spell_version(version, await names_of(call, [version.subject]))
