"""Who is in a document: each client's awareness, bound to the connection that brought it.

Providers pass on what they heard of others, so an entry for a client that another connection brought is dropped, and
nobody is closed for it. The newest connection of the same actor takes a client over, since an old one may be half open;
and a connection that leaves takes along only what is still bound to it.

Clocks are the clients' own, and a client that comes back goes on where it was. But others may have heard a higher clock
meanwhile, that of its removal, and would not see it until its own has passed that. So others are shown a clock that
always rises: the client's own or, where that is not ahead, the last one shown and one more. For a client that is new to
this table, which may be younger than its editors' memory, "the last one shown" is made from the time of day.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

from collab.auth.roles import Action, Role, may
from collab.config import ConnectionLimits
from collab.crdt import AwarenessEntry
from collab.crdt.awareness import GONE
from collab.protocol.messages import QueryAwareness
from collab.rooms.peer import Peer

_EPOCH = 1_767_225_600
_CLOCKS_A_SECOND = 4
"""From the start of 2026, four clocks a second last until 2043 within 31 bits."""

_MEMORY = 60.0
"""Seconds for which the clock shown of a client that left is remembered."""

_MOST_REMEMBERED = 10_000


class Present(NamedTuple):
    """Somebody who is here: the client id of the editor, whose it is, and what it says of itself, a JSON value."""

    client: int
    actor: str
    state: Any


@dataclass(slots=True)
class _Showing:
    peer: Peer
    entry: AwarenessEntry  # as the client sent it
    shown: int  # the clock that others were shown
    expires: float


class _Gone(NamedTuple):
    """A client that left."""

    shown: int  # the clock that others were shown
    until: float  # when it is forgotten
    actor: str


class Presence:
    """The awareness of one document. ``now`` is the time of a monotonic clock, in seconds; so is ``timeout``."""

    def __init__(
        self,
        timeout: float,
        max_clients: int,
        max_bytes: int,
        wall: Callable[[], float] = time.time,
        *,
        hides_viewers: bool = False,
    ) -> None:
        """``max_clients`` and ``max_bytes`` bound what one peer may bring."""
        self._timeout = timeout
        self._max_clients = max_clients
        self._max_bytes = max_bytes
        self._wall = wall
        self._hides_viewers = hides_viewers
        self._present: dict[int, _Showing] = {}
        self._clients: dict[Peer, set[int]] = {}  # which of them each peer has brought
        self._gone: dict[int, _Gone] = {}

    @classmethod
    def within(cls, limits: ConnectionLimits) -> Self:
        """As the settings say."""
        return cls(
            limits.awareness_timeout,
            limits.max_awareness_clients,
            2 * limits.max_awareness_bytes,
            hides_viewers=limits.hide_viewers,
        )

    def take(
        self, peer: Peer, entries: Iterable[AwarenessEntry], now: float, is_free: Callable[[Peer, int], bool]
    ) -> list[AwarenessEntry]:
        """Take in what ``peer`` says; return what others are to be shown.

        ``is_free``: whether a peer may show itself as a client that nobody else is shown as.
        """
        if self.hides(peer):
            return []
        shown = []
        for entry in entries:
            present = self._present.get(entry.client)
            if not entry.is_gone and not self._has_space(peer, entry):
                continue
            if present is None:
                if entry.is_gone or self._is_echo(peer, entry.client) or not is_free(peer, entry.client):
                    continue
                present = self._present[entry.client] = _Showing(peer, entry, self._last_shown(entry.client), 0.0)
                self._clients.setdefault(peer, set()).add(entry.client)
            elif present.peer is not peer:
                newer = present.peer.actor == peer.actor and present.peer.number < peer.number
                if not newer or entry.is_gone:
                    continue
                self._unbind(present.peer, entry.client)
                self._clients.setdefault(peer, set()).add(entry.client)
                present.peer = peer
            elif not entry.supersedes(present.entry):
                continue
            present.entry = entry
            present.shown = max(entry.clock, present.shown + 1)
            present.expires = now + self._timeout
            shown.append(entry._replace(clock=present.shown))
            if entry.is_gone:
                self._forget(entry.client, present.shown, now)
        return shown

    def hides(self, peer: Peer) -> bool:
        """Whether others are not shown ``peer``, since it may only read."""
        return self._hides_viewers and not may(peer.role, Action.COMMENT)

    def reassign(self, peer: Peer, role: Role, now: float) -> list[AwarenessEntry]:
        """Give ``peer`` another role; return what others are to be shown. Who comes into sight is asked to show itself."""
        was_hidden = self.hides(peer)
        peer.assign(role, now)
        if self.hides(peer):
            return self.leave(peer, now)
        if was_hidden:
            peer.tell(QueryAwareness())  # what it said before was not kept
        return []

    def leave(self, peer: Peer, now: float) -> list[AwarenessEntry]:
        """Take out all that is bound to ``peer``; return what others are to be shown."""
        return self._remove(list(self._clients.get(peer, ())), now)

    def expire(self, now: float) -> list[AwarenessEntry]:
        """Take out what was not renewed in time; return what others are to be shown."""
        for client in [client for client, gone in self._gone.items() if gone.until <= now]:
            del self._gone[client]
        return self._remove([client for client, present in self._present.items() if present.expires <= now], now)

    def everyone(self) -> list[AwarenessEntry]:
        """What a newcomer is to be shown."""
        return [present.entry._replace(clock=present.shown) for present in self._present.values()]

    def people(self) -> list[Present]:
        """Everybody who is here, by client id."""
        return [
            Present(client, present.peer.actor, json.loads(present.entry.state))
            for client, present in sorted(self._present.items())
        ]

    def owner(self, client: int) -> Peer | None:
        """Whose connection brought ``client``."""
        present = self._present.get(client)
        return None if present is None else present.peer

    def _has_space(self, peer: Peer, entry: AwarenessEntry) -> bool:
        """Whether ``peer`` stays within its limits: a presence is sent to everybody, again and again."""
        others = self._clients.get(peer, set()) - {entry.client}
        if len(others) >= self._max_clients:
            return False
        return sum(len(self._present[client].entry.state) for client in others) + len(entry.state) <= self._max_bytes

    def _is_echo(self, peer: Peer, client: int) -> bool:
        """Whether a client has left that was another's: providers repeat what they heard of others, and may be late."""
        gone = self._gone.get(client)
        return gone is not None and gone.actor != peer.actor

    def _last_shown(self, client: int) -> int:
        gone = self._gone.get(client)
        shown = 0 if gone is None else gone.shown
        return max(shown, int(_CLOCKS_A_SECOND * (self._wall() - _EPOCH)))

    def _remove(self, clients: list[int], now: float) -> list[AwarenessEntry]:
        removed = [AwarenessEntry(client, self._present[client].shown + 1, GONE) for client in clients]
        for entry in removed:
            self._forget(entry.client, entry.clock, now)
        return removed

    def _forget(self, client: int, shown: int, now: float) -> None:
        peer = self._present.pop(client).peer
        self._unbind(peer, client)
        self._gone.pop(client, None)
        self._gone[client] = _Gone(shown, now + _MEMORY, peer.actor)
        if len(self._gone) > _MOST_REMEMBERED:  # the oldest stands first
            del self._gone[next(iter(self._gone))]

    def _unbind(self, peer: Peer, client: int) -> None:
        clients = self._clients[peer]
        clients.discard(client)
        if not clients:
            del self._clients[peer]
