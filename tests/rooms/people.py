"""Peers that belong to no room, for what knows peers and nothing else."""

from __future__ import annotations

from collab.auth.roles import Role
from collab.errors import CollabError
from collab.rooms.peer import Peer
from tests.rooms.house import Talk


class Person:
    """A peer, the frames it was sent and why it was sent away."""

    def __init__(self, actor: str = "alice", number: int = 1, *, synced: bool = True) -> None:
        self.sent: list[bytes] = []
        self.ended: list[CollabError] = []
        self.peer = Peer(
            actor=actor, role=Role.EDITOR, address=Talk(actor), send=self.sent.append, expel=self.ended.append
        )
        self.peer.number = number
        self.peer.synced = synced
