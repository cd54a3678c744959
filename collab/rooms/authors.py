"""Which connection writes under which client id.

Yjs trusts client ids: who writes under another's id, at clocks the other has not used yet, puts words into its mouth
and makes its next edits clash. So new structs of an id that a live, synced connection of another actor writes under
wait, until that connection has sent them itself or has left. The one exception is a connection whose own presence the
id is. Honest clients do send structs of other ids (a page's offline cache holds those of the page load before), but
not of ids that somebody else is writing under at that moment.
"""

from __future__ import annotations

from collections.abc import Collection

from collab.crdt import Span
from collab.rooms.peer import Peer
from collab.rooms.presence import Presence


class Authors:
    """The client ids that the peers of one room write under."""

    def __init__(self, presence: Presence) -> None:
        self._presence = presence
        self._writers: dict[int, Peer] = {}

    def taken(self, peer: Peer, inserted: Collection[Span]) -> set[int]:
        """Those of the clients that ``peer`` brings structs of which are another's."""
        return {client for client, _, _ in inserted if self._is_taken(peer, client)}

    def note(self, peer: Peer, inserted: Collection[Span]) -> None:
        """``peer`` has typed under these clients. What it knows of others' and brings along is not typing."""
        for client, _, _ in inserted:
            self._writers.setdefault(client, peer)

    def is_free(self, peer: Peer, client: int) -> bool:
        """Whether ``peer`` may show itself as ``client``: not while another actor writes under it."""
        writer = self._writers.get(client)
        return writer is None or writer is peer or writer.actor == peer.actor

    def leave(self, peer: Peer) -> None:
        """``peer`` is gone: its ids are free."""
        for client in [client for client, writer in self._writers.items() if writer is peer]:
            del self._writers[client]

    def _is_taken(self, peer: Peer, client: int) -> bool:
        writer = self._writers.get(client)
        if writer is None or writer is peer or writer.actor == peer.actor or not writer.synced:
            return False
        return self._presence.owner(client) is not peer
