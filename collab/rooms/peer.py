"""One client's place in one document, as a room sees it: a name, a role, and somewhere to send. It has no socket."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from math import inf
from typing import NamedTuple, Protocol

from collab.auth.roles import Action, Role, may
from collab.errors import CollabError
from collab.protocol.messages import Authenticated, Message, Step2, Update
from collab.rooms.count import Count

_IN_FLIGHT = 5.0
"""Seconds in which a client has surely learnt of another role, where its dialect can say so, and it does not answer."""


class Address(Hashable, Protocol):
    """How a client is spoken to. Peers with equal addresses are sent the very same bytes."""

    def frame(self, message: Message) -> bytes:
        """The message, ready for the wire; empty where the client's dialect has no word for it."""
        ...

    def receipt(self, message: Update | Step2, due: int, *, brings_news: bool) -> bytes:
        """What tells the client that the edit it sent is saved, ready for the wire; empty where nothing does.

        ``due``: how many receipts the client waits for, if it counts them; ``brings_news``: something in the edit was
        not saved before.
        """
        ...


class Nowhere(NamedTuple):
    """The address of who has no connection: no word of any dialect reaches it."""

    def frame(self, message: Message) -> bytes:  # noqa: ARG002 - see Address
        """Empty."""
        return b""

    def receipt(self, message: Update | Step2, due: int, *, brings_news: bool) -> bytes:  # noqa: ARG002 - see Address
        """Empty."""
        return b""


class Peer:
    """A client in a room.

    ``send`` puts bytes into the client's outbox and never waits; ``expel`` ends the client's place in the document
    with the reason. ``actor`` is who its edits are attributed to, ``called`` what people call them, where that is
    known.
    """

    __slots__ = (
        "_expel",
        "actor",
        "address",
        "answers",
        "called",
        "count",
        "deadline",
        "doubted_until",
        "expelled",
        "follows",
        "is_questioned",
        "number",
        "overfull",
        "owner",
        "role",
        "send",
        "synced",
    )

    def __init__(
        self,
        *,
        actor: str,
        role: Role,
        address: Address,
        send: Callable[[bytes], None],
        expel: Callable[[CollabError], None],
        called: str = "",
        owns: bool = False,
    ) -> None:
        self.actor = actor
        self.called = called
        self.owner = actor if owns else None
        """Who becomes the owner of a document that its edit makes."""
        self.role = role
        self.address = address
        self.send = send
        self._expel = expel
        self.number = 0
        """Its place in the order in which the room's peers came, from 1."""
        self.doubted_until = -inf
        """Until when what it deletes may have been typed by somebody who did not know yet that they may not write."""
        self.answers = False
        """It answers a ping, so that it is known what it has heard."""
        self.expelled = False
        self.follows = False
        """It has been sent the document, and is sent every edit from there on."""
        self.synced = False
        """It has answered our first Step1: the server has what it had."""
        self.count = Count()
        """Which of its frames it counts as unsaved."""
        self.overfull = False
        """An edit of it was refused because the document is full; those that follow on from it are, too."""
        self.is_questioned = False
        """It was asked for what its held edits follow on from."""
        self.deadline: float | None = None
        """When the wait for what its held parts follow on from ends, on the loop's clock."""

    def tell(self, message: Message) -> None:
        """Send one message."""
        frame = self.address.frame(message)
        if frame:
            self.send(frame)

    def assign(self, role: Role, now: float) -> None:
        """Another role from ``now`` on, on the room's clock."""
        if may(role, Action.WRITE):
            self.doubted_until = -inf
        elif may(self.role, Action.WRITE):
            is_told = self.address.frame(Authenticated(read_only=True)) != b""
            self.doubted_until = now + _IN_FLIGHT if is_told and not self.answers else inf
        self.role = role

    def has_heard(self) -> None:
        """Its client knows its role: what it was told was told before what it has answered."""
        self.doubted_until = -inf

    def expel(self, error: CollabError) -> None:
        """End its place in the document, once."""
        if not self.expelled:
            self.expelled = True
            self._expel(error)


def visitor(actor: str, role: Role, called: str = "", *, owns: bool = False) -> Peer:
    """Somebody who edits a document without a connection, and waits for what comes of it instead of being told."""
    return Peer(actor=actor, role=role, address=Nowhere(), send=_ignore, expel=_ignore, called=called, owns=owns)


def _ignore(_: object) -> None:
    """There is nobody to tell."""
