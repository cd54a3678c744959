"""What peers say to each other, whichever dialect carries it: one frozen, typed value per message.

Direction is from the server's point of view: "in" comes from a client, "out" goes to one.
"""

from __future__ import annotations

from typing import NamedTuple


class Step1(NamedTuple):
    """In and out: "this is what I have (an encoded state vector), send me the rest". Answered with a Step2."""

    state_vector: bytes
    wants_step1: bool = True
    """Whether the sender also wants to be asked (a Hocuspocus SyncReply does not)."""


class Step2(NamedTuple):
    """In and out: the answer to a Step1, as an update."""

    update: bytes


class Update(NamedTuple):
    """In and out: an edit."""

    update: bytes


class Awareness(NamedTuple):
    """In and out: presence, as an encoded awareness message."""

    payload: bytes


NOBODY = Awareness(b"\0")
"""The presence of nobody: a word that is no news to any client."""


class QueryAwareness(NamedTuple):
    """In: "who is here?"."""


class Authenticate(NamedTuple):
    """In: a token for one document, at the start or to replace the one in use."""

    token: str
    version: str | None = None
    """The provider's own version, from version 4 on."""


class TokenWanted(NamedTuple):
    """Out: "send your token again"."""


class Authenticated(NamedTuple):
    """Out: "you are in"."""

    read_only: bool


class Denied(NamedTuple):
    """Out: "you are not let in", with the reason."""

    reason: str


class Stateless(NamedTuple):
    """In and out: an application's own message, passed on to the document's other editors."""

    payload: bytes
    """UTF-8."""


class Close(NamedTuple):
    """In: "I leave this document". Out: "this document is closed to you", with the reason. The socket stays."""

    reason: str = ""


class SyncStatus(NamedTuple):
    """Out, one for each Step2 or Update: whether it is saved."""

    saved: bool


class Ping(NamedTuple):
    """In and out: "are you there?"."""


class Pong(NamedTuple):
    """In and out: "I am"."""


Message = (
    Step1
    | Step2
    | Update
    | Awareness
    | QueryAwareness
    | Authenticate
    | TokenWanted
    | Authenticated
    | Denied
    | Stateless
    | Close
    | SyncStatus
    | Ping
    | Pong
)
