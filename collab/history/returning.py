"""Going back: a moment is restored, or what somebody did is undone, as one edit like any other.

    past → a worker finds the edit → it is of a new client alone → the room, its gate, its log → everyone sees it

What is written while the edit is looked for is merged with it, as edits always are: nothing is lost and nothing waits. Who
goes back is judged once more where the edit would be let in: looking for it takes a while.
"""

from __future__ import annotations

import secrets
from typing import NamedTuple

from collab.auth import Judge, Role
from collab.content.jobs import Restoring, Undoing
from collab.content.workers import Workers
from collab.crdt import NO_LIMITS, parsing
from collab.errors import RestoreUnavailable
from collab.history.moments import Moment
from collab.history.past import Past
from collab.history.tasks import restoring, undoing
from collab.rooms import Rooms
from collab.rooms.breathe import breathe
from collab.storage.archive import undone_behind


class Writer(NamedTuple):
    """Who goes back."""

    subject: str
    role: Role
    called: str
    judge: Judge


class Return:
    """The way back of one document, as its past was when it was read."""

    def __init__(self, past: Past, rooms: Rooms, workers: Workers, writer: Writer) -> None:
        self._past = past
        self._rooms = rooms
        self._workers = workers
        self._writer = writer
        self._client = _new_client(past)

    async def to(self, moment: Moment) -> bool:
        """Bring the document back to a moment; whether anything had to change.

        Errors: those of ``Workers.find_edit``, of ``Rooms.submit`` and of the writer's ``judge``.
        """
        job = await breathe(restoring(self._past, moment, self._client))
        return await self._submit(job, restored=moment.number)

    async def without(self, subject: str, after: Moment, until: Moment) -> bool:
        """Undo what somebody did from one moment to another; whether anything had to change. Errors: as ``to``."""
        acts = self._past.between(after, until)
        job = await breathe(undoing(self._past, subject, acts, self._client))
        return await self._submit(job, restored=undone_behind(after.number))

    async def _submit(self, job: Restoring | Undoing, *, restored: int) -> bool:
        edit = await self._workers.find_edit(await breathe(self._past.whole()), job)
        if edit is None:
            return False
        parsed = await breathe(parsing(edit, limits=NO_LIMITS))
        if not parsed.sections.keys() <= {self._client}:
            raise RestoreUnavailable("this document cannot be restored: the edit that was found is somebody else's")
        writer = self._writer
        return await self._rooms.submit(
            self._past.name,
            edit,
            actor=writer.subject,
            role=writer.role,
            called=writer.called,
            restored=restored,
            judge=writer.judge,
        )


def _new_client(past: Past) -> int:
    """A client that never wrote in a document."""
    known = {client for act in past.acts for client, _, _ in act.deeds.inserted}
    while True:
        client = secrets.randbits(32)
        if client not in known:
            return client
