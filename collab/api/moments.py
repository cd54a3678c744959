"""Moments as requests spell them and answers show them, for every topic that looks back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from collab.api.answers import spell_time
from collab.api.dispatch import Call
from collab.api.keys import HISTORY, STORE
from collab.auth import Action
from collab.history import Moment, Share, View, read_moment
from collab.storage.archive import Version


async def view_at(call: Call, spelling: str, where: str) -> View:
    """The document in the path at the moment that ``spelling`` means; ``where`` it stands in the request.

    Raises Forbidden for a look back that the caller may not have, and what ``History.at`` does.
    """
    if spelling != "now":
        call.require(Action.LOOK_BACK)
    return await call.app[HISTORY].at(call.document, read_moment(spelling, where), where)


def headers_of(moment: Moment) -> dict[str, str]:
    """What says which moment an answer without a place for that shows."""
    return {"Collab-Moment": str(moment.number), "Collab-Time": spell_time(moment.time)}


async def names_of(call: Call, subjects: Iterable[str | None]) -> Mapping[str, str]:
    """What people are called; who was never heard of is called by their subject."""
    wanted = {subject for subject in subjects if subject is not None}
    return {one: one for one in wanted} | await call.app[STORE].people(wanted)


def spell_shares(shares: Iterable[Share], names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Who did how much."""
    return [
        {"subject": one.subject, "name": names[one.subject], "inserted": one.inserted, "deleted": one.deleted}
        for one in shares
    ]


def spell_version(version: Version, names: Mapping[str, str]) -> dict[str, Any]:
    """A version."""
    return {
        "id": version.id,
        "name": version.name,
        "moment": version.moment,
        "time": spell_time(version.time),
        "created": spell_time(version.created),
        "subject": version.subject,
        "author": None if version.subject is None else names[version.subject],
        "automatic": version.automatic,
    }
