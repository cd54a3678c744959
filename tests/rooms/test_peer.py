"""A place in a room: somewhere to send, and an end."""

from __future__ import annotations

from collab.auth.roles import Role
from collab.errors import Forbidden, TimedOut
from collab.protocol.messages import Authenticated, Update
from collab.rooms.peer import Peer
from collab.transports.addresses import YWebsocketAddress
from tests.rooms.people import Person


def test_what_it_is_told_is_sent_in_its_dialect() -> None:
    someone = Person()
    someone.peer.tell(Update(b"\0\0"))
    assert someone.sent == [someone.peer.address.frame(Update(b"\0\0"))]


def test_what_its_dialect_has_no_word_for_is_not_sent() -> None:
    sent: list[bytes] = []
    peer = Peer(actor="a", role=Role.EDITOR, address=YWebsocketAddress(), send=sent.append, expel=lambda error: None)
    peer.tell(Authenticated(read_only=False))
    assert sent == []


def test_its_place_ends_once_and_the_first_reason_counts() -> None:
    someone = Person()
    someone.peer.expel(TimedOut("too slow"))
    someone.peer.expel(Forbidden("and forbidden"))
    assert someone.peer.expelled
    assert [str(error) for error in someone.ended] == ["too slow"]
