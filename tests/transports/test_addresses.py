"""What the clients of each dialect are sent."""

from __future__ import annotations

import pytest

from collab.protocol.messages import Authenticated, Ping, Step2, SyncStatus, Update
from collab.transports.addresses import HocuspocusAddress, YWebsocketAddress
from collab.transports.outbox import websocket_frame
from tests.protocol.frames import spelled, vb
from tests.rooms.house import EMPTY, Writer

HOCUSPOCUS = HocuspocusAddress(b"notes\0one")
Y_WEBSOCKET = YWebsocketAddress()
EDIT = Writer(1).type("hello")


def test_replies_repeat_the_clients_own_address() -> None:
    message = Update(b"\0\0")
    assert HOCUSPOCUS.frame(message) == websocket_frame(vb(b"notes\0one") + spelled(message))


def test_a_ping_has_no_address() -> None:
    assert HOCUSPOCUS.frame(Ping()) == websocket_frame(b"\x09")


@pytest.mark.parametrize("due", [0, 1, 3])
@pytest.mark.parametrize("message", [Update(EMPTY), Step2(EMPTY)])
def test_as_many_receipts_as_the_client_counts(message: Update | Step2, due: int) -> None:
    one = HOCUSPOCUS.frame(SyncStatus(saved=True))
    assert (
        HOCUSPOCUS.receipt(message, due, brings_news=True)
        == HOCUSPOCUS.receipt(message, due, brings_news=False)
        == one * due
    )


def test_everyone_is_sent_the_same_bytes() -> None:
    assert YWebsocketAddress() == Y_WEBSOCKET
    assert Y_WEBSOCKET.frame(Update(EDIT)) == websocket_frame(spelled(Update(EDIT)))


def test_what_it_has_no_word_for_is_not_said() -> None:
    assert Y_WEBSOCKET.frame(Authenticated(read_only=False)) == b""
    assert Y_WEBSOCKET.frame(SyncStatus(saved=False)) == b""


def test_the_echo_of_an_edit_is_its_receipt() -> None:
    echo = Y_WEBSOCKET.frame(Update(EDIT))
    assert Y_WEBSOCKET.receipt(Update(EDIT), 1, brings_news=True) == echo
    assert Y_WEBSOCKET.receipt(Update(EDIT), 0, brings_news=False) == echo, "a retry waits for one, too"
    assert Y_WEBSOCKET.receipt(Step2(EDIT), 1, brings_news=True) == echo
    assert Y_WEBSOCKET.receipt(Step2(EMPTY), 1, brings_news=False) == b"", (
        "of an answer that brought nothing there is none"
    )
