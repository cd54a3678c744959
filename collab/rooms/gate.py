"""The gate of a room: what an edit would bring, and whether it may come in. Nothing changes here."""

from __future__ import annotations

import logging

from collab.config import DocumentLimits
from collab.crdt import (
    EMPTY,
    NO_LIMITS,
    DocumentState,
    Extension,
    Limits,
    StateVector,
    clashing,
    decoding_state_vector,
    parsing,
)
from collab.errors import Conflict, DocumentFull, MissingDependencies, TooLarge
from collab.rooms.authors import Authors
from collab.rooms.breathe import breathe
from collab.rooms.held import Edit
from collab.rooms.replay import decode
from collab.rooms.served import Served

logger = logging.getLogger(__name__)

_SHORT = 64 * 1024
"""Bytes of an edit up to which it is compared with what stands under the same clocks."""

_MOST_COMPARED = 20
"""Edits that it is compared with."""

_MORE_CLIENTS = 10_000
"""Clients that a state vector may name beyond those of the document."""

_MOST_TOLD = 1000
"""Clashes that are remembered, so that each is logged once."""


class Gate:
    """Examines the edits of one document. ``state`` and ``served`` are the room's, live."""

    def __init__(
        self, name: str, state: DocumentState, served: Served, authors: Authors, limits: DocumentLimits
    ) -> None:
        self._name = name
        self._state = state
        self._served = served
        self._told: set[tuple[str, int]] = set()
        self._authors = authors
        self._document_limits = limits
        self.limits = Limits(structs=limits.max_update_structs, ranges=limits.max_update_deletions)
        """What one update may hold."""

    async def examine(self, edit: Edit) -> Extension:
        """What an edit would bring: parsed, checked, cut off from what is known.

        New structs that somebody else is writing under the client of do not fit: see ``authors``.
        What leads back to a moment was made here, so it may be as large as what was there then.
        Errors: ``MalformedUpdate``, ``TooLarge``; for an edit that comes in whole or not at all also ``Conflict``.
        """
        limits = self.limits if edit.restored is None else NO_LIMITS
        if edit.update == EMPTY:  # what a newcomer has
            return Extension(None)
        if self._state.is_encoded:  # nobody has written yet since the document was opened
            await decode(self._state)
        extension = self._state.glance(edit.update)
        if extension is None:
            extension = await breathe(self._state.examine(edit.update, limits))
        taken = self._authors.taken(edit.peer, extension.inserted)
        if taken:
            logger.warning("document %r: %s wrote as somebody else, held back", self._name, edit.peer.actor)
            if edit.is_whole:
                raise Conflict("the update holds new edits of an editor that somebody else is writing with just now")
            extension = await breathe(self._state.examine(edit.update, limits, barred=taken))
        if extension.abridged and len(edit.update) <= _SHORT:
            await self._tell_of_clashes(edit)
        limit = self._document_limits.max_update_bytes
        if extension.news is not None and len(extension.news) > limit and edit.restored is None:
            raise TooLarge(
                f"an edit of {len(extension.news)} bytes, {limit} are allowed", limit=limit, setting="max_update_bytes"
            )
        if edit.is_whole and extension.rest is not None:
            client, clock = min(extension.missing.items())
            raise MissingDependencies(
                f"the update builds on edits that the server does not have: those of client {client} up to clock {clock}"
                f"{', and others' if len(extension.missing) > 1 else ''}"
            )
        return extension

    async def _tell_of_clashes(self, edit: Edit) -> None:
        """Log where an edit says something else of known clocks than what was let in before: a client id used twice.

        What is known is cut off, so this fools nobody; it is compared with what has not been folded in memory yet.
        """
        known = self._state.state_vector
        for client, structs in (await breathe(parsing(edit.update))).sections.items():
            start, end = structs[0].clock, min(structs[-1].end, known.get(client, 0))
            if start >= end or (edit.peer.actor, client) in self._told:
                continue
            others = self._served.recent_of(client, start, end)[-_MOST_COMPARED:]
            clash = await breathe(clashing(edit.update, others))
            if clash is not None:
                if len(self._told) >= _MOST_TOLD:
                    self._told.clear()
                self._told.add((edit.peer.actor, client))
                logger.warning(
                    "document %r: what %s brought of client %d at clocks %d to %d is not what was let in before, and is "
                    "left out: an id used twice",
                    *(self._name, edit.peer.actor, *clash),
                )

    async def decode(self, state_vector: bytes) -> StateVector:
        """What somebody says they have. Errors: ``MalformedUpdate``, ``TooMany``."""
        most = 2 * len(self._state.state_vector) + _MORE_CLIENTS
        return await breathe(decoding_state_vector(state_vector, max_clients=most))

    async def examine_apart(self, update: bytes) -> Extension:
        """What an update would bring that is not going to come in, beside the edits that come in meanwhile."""
        if update == EMPTY:
            return Extension(None)
        await decode(self._state)
        state = DocumentState(self._state.state_vector.copy(), self._state.deletes, self._state.entries)
        return await breathe(state.examine(update, self.limits))

    def is_full(self, size: int, edit: Edit, extension: Extension) -> bool:
        """Whether a document of ``size`` bytes is too long for this; one that is full can still be shortened.

        Errors: ``DocumentFull`` for an edit that comes in whole or not at all.
        """
        limit = self._document_limits.max_document_bytes
        more = len(extension.news or b"") + len(extension.rest or b"")
        if size + more <= limit or not (extension.inserted or extension.rest):
            return False
        if edit.is_whole:
            raise DocumentFull(
                f"the document has {size} bytes and {limit} are allowed: it can be shortened, but not grown",
                limit=limit,
                setting="max_document_bytes",
            )
        return True
