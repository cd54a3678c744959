"""What was done to a document, by whom and when."""

from __future__ import annotations

from bisect import bisect_left
from itertools import islice

from aiohttp import web

from collab.api.answers import answer, answer_long, spell_time
from collab.api.dispatch import Call
from collab.api.keys import CURSORS, HISTORY, STORE
from collab.api.moments import names_of, spell_shares, spell_version, view_at
from collab.errors import InvalidRequest
from collab.history import Sitting, attributing, read_moment, sharing, sitting
from collab.rooms.breathe import breathe
from collab.storage.archive import Version, VersionPlace, windows_of

_STEPS = 2000
"""Moments that are told at once."""

_VERSIONS = 1000
"""Versions that are read at a time."""


async def list_sittings(call: Call) -> web.Response:
    """A page of sittings, the newest first. Raises what ``History.past`` does."""
    cursors, limit = call.app[CURSORS], call.query["limit"]
    past = await call.app[HISTORY].past(call.document)
    listed = ("history", call.document, past.lineage)
    found = await breathe(sitting(past.acts))
    end = len(found)
    if call.query["cursor"] is not None:
        (before,) = cursors.read(call.query["cursor"], listed)
        # Of one that has been joined meanwhile with what was shown, the rest is not left out: it is shown again.
        end = bisect_left(found, before, key=lambda one: one.before)
    page = found[max(end - limit, 0) : end]
    versions = await _versions_of(call, page)
    done = [await breathe(sharing(past, one.acts)) for one in page]
    names = await names_of(
        call, [share.subject for one in done for share in one] + [each.subject for one in versions for each in one]
    )
    spelt = [
        {
            "moment": one.moment,
            "before": one.before,
            "from": spell_time(one.began),
            "to": spell_time(one.ended),
            "steps": one.steps,
            "people": spell_shares(who, names),
            "restored": [
                {
                    "moment": each.moment,
                    "of": each.of,
                    "by": each.by,
                    "time": spell_time(each.time),
                    "undone": each.undone,
                }
                for each in one.restored
            ],
            "versions": [spell_version(version, names) for version in named],
        }
        for one, who, named in zip(page, done, versions, strict=True)
    ]
    goes_on = cursors.write((page[0].before,), listed) if end > limit else None
    return answer({"sittings": spelt[::-1], "next": goes_on})


async def list_steps(call: Call) -> web.Response:
    """Moments of a span, the oldest first. Raises what ``History.past`` and ``History.find`` do."""
    cursors, history = call.app[CURSORS], call.app[HISTORY]
    past = await history.past(call.document)
    start = await history.find(past, read_moment(call.query["from"] or "0"), "/query/from")
    end = await history.find(past, read_moment(call.query["to"]), "/query/to")
    if start.number > end.number:
        raise InvalidRequest("`from` is a later moment than `to`", where="/query/from")
    listed = ("steps", call.document, past.lineage, call.query["from"], call.query["to"])
    if call.query["cursor"] is not None:
        (after,) = cursors.read(call.query["cursor"], listed)
        start = past.at_number(after)
    windows = list(islice(windows_of(past.between(start, end), lambda act: act.step.moment), _STEPS + 1))
    shown = windows[:_STEPS]
    done = [await breathe(sharing(past, window)) for window in shown]
    names = await names_of(call, (share.subject for one in done for share in one))
    spelt = [
        {
            "moment": window[-1].step.moment,
            "time": spell_time(max(act.step.ended for act in window)),
            "people": spell_shares(who, names),
        }
        for window, who in zip(shown, done, strict=True)
    ]
    goes_on = cursors.write((shown[-1][-1].step.moment,), listed) if len(windows) > _STEPS else None
    return answer({"steps": spelt, "next": goes_on})


async def list_authors(call: Call) -> web.Response:
    """Who wrote what is there. Raises what ``History.at`` does."""
    view = await view_at(call, call.query["at"], "/query/at")
    found = await breathe(attributing(view.past, view.moment))
    names = await names_of(call, {one.subject for one in found})
    head = {
        "moment": view.moment.number,
        "time": spell_time(view.moment.time),
        "people": {subject: {"name": name} for subject, name in names.items()},
    }
    spans = (
        {
            "client": one.client,
            "clock": one.start,
            "length": one.end - one.start,
            "subject": one.subject,
            "time": spell_time(one.time),
            "moment": one.moment,
        }
        for one in found
    )
    return await answer_long(head, "spans", spans)


async def _versions_of(call: Call, page: list[Sitting]) -> list[list[Version]]:
    """The versions of each sitting; what was named before the next one began belongs to it."""
    found: list[list[Version]] = [[] for _ in page]
    if not page:
        return found
    begins = [one.before for one in page]
    after = VersionPlace(page[-1].moment + 1, "")
    while True:
        versions = await call.app[STORE].versions(call.document, limit=_VERSIONS, after=after)
        for version in versions:
            index = bisect_left(begins, version.moment) - 1
            if index < 0:
                return found
            found[index].append(version)
        if len(versions) < _VERSIONS:
            return found
        after = VersionPlace(versions[-1].moment, versions[-1].id)
