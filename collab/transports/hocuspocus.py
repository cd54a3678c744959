"""Hocuspocus over a WebSocket at ``/collab``: one socket, many documents.

A client sends its token, its Step1 and its presence for each document at once, without waiting. So for each address
there is an attachment in one of these states:

    waiting ── token ──> entering ── let in ──> inside ── close, leave ──> (gone)
       └──── denied <───────┘

Until it is inside, an attachment holds what comes for it, within limits; then it hands that in, in order, and from
there on every message goes straight to the room. Another document's trouble is never this one's: a denial or a final
refusal ends one attachment, the socket stays. Only a passing failure closes the socket, because the provider comes
back after that, and not after a refusal.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from math import inf

from collab.auth.names import parse_name
from collab.config import ConnectionLimits
from collab.errors import (
    AccessError,
    CollabError,
    InvalidName,
    Overloaded,
    RateLimited,
    TimedOut,
    TooMany,
    Unauthenticated,
    Unavailable,
)
from collab.protocol import hocuspocus
from collab.protocol.messages import (
    NOBODY,
    Authenticate,
    Authenticated,
    Close,
    Denied,
    Message,
    Ping,
    Pong,
    Step1,
    TokenWanted,
    Update,
)
from collab.transports.addresses import HocuspocusAddress
from collab.transports.admission import REFUSALS, Admission
from collab.transports.connection import QUIET, Connection
from collab.transports.outbox import websocket_frame
from collab.transports.place import Place
from collab.transports.waiting import Waiting

logger = logging.getLogger(__name__)

_SESSION = "\0"
"""What stands between a name and a session id in an address."""


class Attachment:
    """One document on one socket. ``deadline`` is when waiting for its first token ends."""

    def __init__(self, connection: HocuspocusConnection, address: HocuspocusAddress, deadline: float) -> None:
        self.address = address
        self.version: str | None = None
        self.inside: Place | None = None
        """Its place in the room, once everything that was held has been handed in."""
        self._connection = connection
        self._deadline: float | None = deadline
        self._entering = False
        self._checked = False
        self._is_busy = False  # with entering
        self._entered: asyncio.Event | None = None  # where somebody waits for the end of that
        self._ended = False
        self._is_flushed = False
        self._is_torn = False  # of what it wrote while it was denied not all was kept
        self._held: list[tuple[Message, int]] = []
        self._ping = 0  # the one whose answer tells that the client knows its role

    @property
    def is_let_in(self) -> bool:
        """Whether its token was found good, though the document may still be loading."""
        return self._checked or self.inside is not None

    async def examined(self) -> None:
        """Wait until its token was looked at, where one has come, and the document was loaded for a good one."""
        while self._is_busy:
            self._entered = self._entered or asyncio.Event()
            await self._entered.wait()

    async def received(self, message: Message, size: int) -> None:
        """A message has come for this document, in a frame of ``size`` bytes."""
        if self._ended:
            return
        if isinstance(message, Close):
            self.end()
        elif self.inside is not None:
            await self._handle(self.inside, message)
        elif isinstance(message, Pong) and not self._entering:
            self.flushed()
        elif isinstance(message, Authenticate) and not self._entering:
            self._entering = self._is_busy = True
            self._deadline = None
            self.version = message.version
            self._connection.spawn(self._enter(message.token))
        elif self._checked and not self._connection.waiting.can_hold(size):
            await self.examined()  # let in, but the document takes long to load: the rest waits on its own side
            await self.received(message, size)
        elif self._entering or self._deadline is not None:
            self._connection.waiting.hold(size)
            self._held.append((message, size))
        else:
            self._keep(message, size)

    def flushed(self) -> None:
        """The client had sent all that it had queued before it opened this document."""
        self._is_flushed = True

    async def _enter(self, token: str) -> None:
        """Let the client in and hand in what was held for it; or tell it why not."""
        connection = self._connection
        place: Place | None = None
        try:
            if connection.reason is not None:
                return  # one of its tokens was one too many that are not good: no other is looked at
            ticket = await connection.admission.check(token, _name(self.address.key), connection.visitor.address)
            if self._is_torn:
                raise Overloaded("more was written before this token came than is held for it: connect again")
            connection.authenticated(ticket.principal.subject)
            self._checked = True
            place = await connection.admission.enter(
                ticket, self.address, send=connection.outbox.send, expel=self.expel, told=self._tell_role
            )
            if self._ended:
                return
            if self._is_flushed:
                place.peer.count.flushed()
            count = place.peer.count
            count.forgives = place.peer.answers = self.version is not None
            unheard = 0 if connection.has_spoken else len(self._held)
            self.tell(Authenticated(place.read_only))
            place.room.join(place.peer)
            while self._held and not self._ended:
                message, size = self._held.pop(0)
                connection.waiting.release(size)
                count.is_unheard = unheard > 0
                unheard -= 1
                await self._handle(place, message)
            count.is_unheard = False
            if not self._ended:
                self.inside = place  # nothing was awaited since nothing is held: the reader goes on in order
                self._ask_whether_heard()
        except REFUSALS as error:
            self._deny(error)
        except CollabError as error:  # a damaged document, too: that is no question of access, and nothing that passes
            self.expel(error)
        finally:
            if place is not None and self.inside is None:
                connection.admission.leave(place)
            self._checked = self._is_busy = False
            if self._entered is not None:
                self._entered.set()
                self._entered = None
            if self.inside is None:
                connection.look_whether_deserted()

    async def _handle(self, place: Place, message: Message) -> None:
        try:
            if isinstance(message, Pong):
                place.peer.count.flushed()
            elif isinstance(message, Authenticate):  # a fresh token for a place that is taken
                await self._connection.admission.refresh(place, message.token, self._connection.visitor.address)
                if not place.peer.expelled:
                    self._tell_role(place)
            elif not place.peer.expelled:
                await place.room.handle(place.peer, message)
        except CollabError as error:
            place.peer.expel(error)

    def _keep(self, message: Message, size: int) -> None:
        """It is denied. A fresh try begins with its last Step1 and what it has written since, since that is counted.

        That is kept as far as it leaves the socket's other documents their share; beyond, a try begins on a new socket.
        """
        if isinstance(message, Step1):
            self._drop_held()
            self._is_torn = False
        elif not isinstance(message, Update) or not self._held:
            return
        if self._is_torn or not self._connection.waiting.can_hold(size, share=0.5):
            self._is_torn = True
            return
        self._connection.waiting.hold(size)
        self._held.append((message, size))

    def _deny(self, error: CollabError) -> None:
        """Not let in. The socket stays, and another token for this document is a fresh try."""
        logger.info("denied: %s", error)
        self._connection.admission.refused(error)
        self.tell(Denied(error.reason))
        self._entering = False
        self._is_flushed |= any(isinstance(message, Pong) for message, _ in self._held)
        held = self._held.copy()
        self._drop_held()
        for message, size in held:
            self._keep(message, size)

    def tell(self, message: Message) -> None:
        """Send one message to this document's provider."""
        self._connection.greet(self.version)
        self._connection.has_spoken = True
        self._connection.outbox.send(self.address.frame(message))

    def _tell_role(self, place: Place) -> None:
        self.tell(Authenticated(place.read_only))
        self._ask_whether_heard()

    def _ask_whether_heard(self) -> None:
        """A client that answers pings: what comes before the answer to this one it may have typed before it knew its role."""
        if self.inside is not None and self.inside.peer.answers and self.inside.peer.doubted_until == inf:
            self._ping = self._connection.ping()

    def answered(self, pings: int) -> None:
        """The client has answered so many pings."""
        if self.inside is not None and 0 < self._ping <= pings:
            self._ping = 0
            self.inside.peer.has_heard()

    def tick(self, now: float) -> None:
        """About once a second: a document nobody brought a token for is not waited for, and no token is good for ever."""
        if self._deadline is not None and now >= self._deadline:
            self.expel(TimedOut("no token came for this document in time"))
        elif self.inside is not None and (error := self.inside.over(now)) is not None:
            self._expire(self.inside, error)
        elif self.inside is not None and now >= self.inside.asks:
            self.inside.asked(now)
            self.tell(TokenWanted())

    def _expire(self, place: Place, error: AccessError) -> None:
        """The token has run out, and no other came; or the link has ended."""
        if self.version is None and isinstance(error, Unauthenticated):
            # Version 2 cannot be asked for a token, and a Close would be its end; it brings a fresh one when it comes back.
            self._connection.close(TimedOut("the token has expired: connect again with a fresh one"))
        else:
            place.peer.expel(error)

    def expel(self, error: CollabError) -> None:
        """The document is closed to this client. A passing failure closes the socket, so that it comes back."""
        if isinstance(error, Unavailable | RateLimited):
            self._connection.close(error)
        else:
            logger.info("a client is sent away from a document: %s", error)
            self._connection.admission.refused(error)
            if self.version is None:
                # Version 2 throws at a Close. A denial, its only word for the end of one document, detaches it, so that
                # it does not see the Close that version 3 wants.
                self.tell(Denied(error.reason))
            self.tell(Close(error.reason))
            self.end()

    def end(self) -> None:
        """Leave the document, and forget it on this socket."""
        if not self._ended:
            self._ended = True
            self._drop_held()
            if self.inside is not None:
                self._connection.admission.leave(self.inside)
                self.inside = None  # the room is not kept in memory by a socket that had it open
            self._connection.forget(self)

    def _drop_held(self) -> None:
        for _, size in self._held:
            self._connection.waiting.release(size)
        self._held.clear()


class HocuspocusConnection(Connection):
    """A socket that carries many documents."""

    def __init__(self, admission: Admission, limits: ConnectionLimits, clock: Callable[[], float]) -> None:
        super().__init__(limits, clock)
        self.admission = admission
        self._attachments: dict[bytes, Attachment] = {}
        self.waiting = Waiting(limits)
        """Frames that wait for their documents to be entered."""
        self._pings = 0  # that were sent
        self._pongs = 0
        self.has_spoken = False
        """The client has been sent a word, at which it sends what it had queued."""

    async def examined(self) -> None:
        """Wait for the documents that are being entered."""
        for attachment in list(self._attachments.values()):
            await attachment.examined()

    async def received(self, frame: bytes) -> None:
        """Hand a frame to the document it is addressed to."""
        key, message = hocuspocus.decode(frame)
        if not key:
            await self._received_bare(message)
            return
        attachment = self._attachments.get(key)
        if attachment is None:
            if isinstance(message, Close):
                return
            attachment = self._attach(key)
        await attachment.received(message, len(frame))

    async def _received_bare(self, message: Message) -> None:
        """A ping, or the answer to ours. The first answer tells that the client has sent what it had queued offline."""
        if isinstance(message, Ping):
            self.outbox.send(websocket_frame(hocuspocus.encode(b"", Pong())))
            return
        self._pongs += 1
        for attachment in list(self._attachments.values()):
            if self._pongs == 1:
                await attachment.received(message, 1)
            attachment.answered(self._pongs)

    def greet(self, version: str | None) -> None:
        """Before our first word to the client, a ping, if it knows pings: see ``rooms.count``.

        Not before there is a word to say: at the first message a provider takes its attempt for a good one, and whoever is
        closed without a word waits longer each time.
        """
        if version is not None and not self._pings:
            self.ping()

    def ping(self) -> int:
        """Send a ping; which one it is, from 1."""
        self.has_spoken = True
        self._pings += 1
        self.outbox.send(websocket_frame(hocuspocus.encode(b"", Ping())))
        return self._pings

    def _attach(self, key: bytes) -> Attachment:
        limit = self.limits.max_documents_per_connection
        if len(self._attachments) >= limit:
            raise TooMany(
                f"{limit} documents on one socket, which is the limit",
                limit=limit,
                setting="max_documents_per_connection",
            )
        deadline = self.clock() + self.limits.handshake_deadline
        attachment = self._attachments[key] = Attachment(self, HocuspocusAddress(key), deadline)
        if self._pongs:
            attachment.flushed()
        return attachment

    def forget(self, attachment: Attachment) -> None:
        """The document is not on this socket any more."""
        if self._attachments.get(attachment.address.key) is attachment:
            del self._attachments[attachment.address.key]
            self.look_whether_deserted()

    def look_whether_deserted(self) -> None:
        """Somebody has left, or was not let in: a socket that carries no document any more does not stay open for ever."""
        if not any(attachment.is_let_in for attachment in self._attachments.values()):
            self.deserted()

    def closed(self) -> None:
        """Leave every document."""
        for attachment in list(self._attachments.values()):
            attachment.end()

    def stay(self, now: float) -> None:
        """Mind the documents' deadlines, and say something to a client that has not heard anything for a while."""
        for attachment in list(self._attachments.values()):
            attachment.tick(now)
        if self.outbox.quiet_for(now) <= QUIET:
            return
        if any(attachment.version is not None for attachment in self._attachments.values()):
            self.ping()
            return
        inside = next((attachment for attachment in self._attachments.values() if attachment.inside is not None), None)
        if inside is not None:  # it knows no pings, but nobody's presence is no news to it
            inside.tell(NOBODY)


def _name(key: bytes) -> str:
    """The document's name in an address. Errors: ``InvalidName``."""
    try:
        return parse_name(key.decode().partition(_SESSION)[0])
    except UnicodeDecodeError:
        raise InvalidName("a document name is UTF-8") from None
