"""Live documents: the only place where the update format, the protocols and storage meet.

rooms (all of them) → room (one, and the way of an edit) → gate, peer, held, receipts, authors, presence, served
replay and fold lead from stored bytes to a room and back; breathe lets the loop turn during long work
"""

from __future__ import annotations

from collab.rooms.peer import Address, Peer
from collab.rooms.room import Room
from collab.rooms.rooms import NO_STATE, Rooms

__all__ = ["NO_STATE", "Address", "Peer", "Room", "Rooms"]
