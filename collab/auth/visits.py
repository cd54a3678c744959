"""Who was in a document, from when to when, and what let them in; and what was shared: the access log.

A visit is written when it is over, and not again for each edit or request: whoever has the document open, or asks for it
over REST, is on one visit until nothing of them was seen for a minute. So somebody with a bad connection, and a script that
asks every few seconds, are one line each. What was not written when the process is killed is lost, which are the visits of
those who were there at that moment; sharing is written before it is answered.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Protocol

from collab.auth.access import Access, Via
from collab.auth.roles import Role
from collab.auth.tokens import GUEST, Principal
from collab.errors import CollabError
from collab.storage.access.base import AccessEvent

logger = logging.getLogger(__name__)

PAUSE = 60.0
"""Seconds without a sign of somebody after which their visit is over."""

FLUSH = 2.0
"""Seconds between two looks at which visits are over."""

_TIDY = 3600.0
_MOST = 10_000


class Names(Protocol):
    """Remembers what people are called; the document store does."""

    async def remember(self, called: Mapping[str, str], *, seen: int) -> None:
        """These people were seen, and are called so."""
        ...


class _Key(NamedTuple):
    document: str
    subject: str
    via: Via


@dataclass(slots=True)
class _Visit:
    event: AccessEvent
    places: int
    last: int


class Visits:
    """The access log. ``clock`` is monotonic; ``retention`` is in seconds."""

    def __init__(self, access: Access, names: Names, *, retention: float, clock: Callable[[], float]) -> None:
        self._access = access
        self._names = names
        self._retention = retention
        self._clock = clock
        self._tidied = clock()
        self._going_on: OrderedDict[_Key, _Visit] = OrderedDict()
        self._over: list[AccessEvent] = []
        self._closing = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to write visits down as they end."""
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Everybody goes: write down what there is."""
        self._closing.set()
        if self._task is not None:
            await self._task
        await self._write(everything=True)

    # --- who comes and goes

    def seen(self, principal: Principal, document: str, role: Role, via: Via) -> _Visit:
        """Somebody does something with a document."""
        key, now = _Key(document, principal.subject, via), self._access.now()
        visit = self._going_on.get(key)
        if visit is None:
            if len(self._going_on) >= _MOST:
                self._end_one()
            event = AccessEvent(document, "visit", principal.subject, principal.name, *via, role.value, now)
            visit = self._going_on[key] = _Visit(event, 0, now)
        if role.value > (visit.event.role or 0):
            visit.event = replace(visit.event, role=role.value)
        visit.last = now
        return visit

    def enter(self, principal: Principal, document: str, role: Role, via: Via) -> Callable[[], None]:
        """Somebody opens a document; what is answered is to be called when they leave."""
        visit = self.seen(principal, document, role, via)
        visit.places += 1
        return lambda: self._leave(visit)

    def _end_one(self) -> None:
        """The oldest visit is over that nobody has a document open on; of the others there are as many as connections."""
        key = next((key for key, visit in self._going_on.items() if not visit.places), None)
        if key is not None:
            visit = self._going_on.pop(key)
            self._over.append(replace(visit.event, ended=visit.last))

    def _leave(self, visit: _Visit) -> None:
        visit.places -= 1
        visit.last = self._access.now()

    def present(self, document: str) -> list[AccessEvent]:
        """The visits to a document that are not written yet, the newest first; without an end where they go on."""
        here = [visit for key, visit in self._going_on.items() if key.document == document]
        events = [visit.event if visit.places else replace(visit.event, ended=visit.last) for visit in here]
        return sorted(events, key=lambda event: event.began, reverse=True)

    # --- what is shared

    async def shared(
        self, kind: str, document: str, by: Principal, via: Via, role: Role, detail: Mapping[str, Any]
    ) -> None:
        """Somebody has shared a document, or has stopped to. Raises what the store does."""
        now = self._access.now()
        event = AccessEvent(document, kind, by.subject, by.name, *via, role.value, now, now, detail)
        await self._access.store.record([event])

    # --- writing it down

    async def _run(self) -> None:
        while not self._closing.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(FLUSH):
                    await self._closing.wait()
            try:
                await self._write()
                if self._clock() - self._tidied > _TIDY:
                    self._tidied = self._clock()
                    await self._forget()
            except Exception:  # a mistake of ours must not be the end of the access log
                logger.exception("visits could not be written down, and are tried again")

    async def _write(self, *, everything: bool = False) -> None:
        now = self._access.now()
        for key, visit in list(self._going_on.items()):
            if everything or (not visit.places and now - visit.last > PAUSE * 1000):
                del self._going_on[key]
                self._over.append(replace(visit.event, ended=now if visit.places else visit.last))
        del self._over[:-_MOST]
        over = self._over.copy()
        if not over:
            return
        try:
            await self._access.store.record(over)
        except CollabError as error:
            logger.warning("%d visits could not be written down, and are tried again: %s", len(over), error)
            return
        del self._over[: len(over)]  # more may have come meanwhile
        try:
            # Anybody with a link is as many guests as they like: of those only who writes is remembered, with what they wrote.
            called = {event.subject: event.name for event in over if not event.subject.startswith(GUEST)}
            await self._names.remember(called, seen=now)
        except CollabError as error:
            logger.warning("what people are called could not be remembered: %s", error)

    async def _forget(self) -> None:
        before = self._access.now() - int(self._retention * 1000)
        try:
            while True:
                if not await self._access.store.forget_events(before):
                    return
        except CollabError as error:
            logger.warning("old visits could not be forgotten yet: %s", error)
