"""The Hocuspocus dialect, against the published provider's own bytes and against everything that is none."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from collab.errors import MalformedMessage
from collab.protocol.hocuspocus import MAX_ADDRESS, decode, encode
from collab.protocol.messages import (
    Authenticate,
    Awareness,
    Close,
    Message,
    Ping,
    Pong,
    QueryAwareness,
    Stateless,
    Step1,
    Step2,
    Update,
)
from tests.protocol.conftest import NAME, TEXT, TOKEN
from tests.protocol.frames import CLIENT_MESSAGES, SERVER_MESSAGES, addresses, spelled, vb, vu

client_messages = st.one_of(*CLIENT_MESSAGES.values())
server_messages = st.one_of(*SERVER_MESSAGES.values())


# ---- what is of the protocol ----------------------------------------------------------------------------------------


def test_what_the_published_provider_sends(published: dict[str, bytes]) -> None:
    update, vector = published["bytes: update"], published["bytes: state vector"]
    presence = published["bytes: awareness"]
    expected: dict[str, Message] = {
        "step 1": Step1(b"\0"),
        "step 2": Step2(update),
        "update": Update(update),
        "awareness": Awareness(presence),
        "awareness, asked for": Awareness(presence),
        "stateless": Stateless(TEXT.encode()),
    }
    assert vector != b"\0"
    assert {label: decode(published[label]) for label in expected} == {
        label: (NAME.encode(), message) for label, message in expected.items()
    }


def test_the_published_provider_says_its_version_with_its_token(published: dict[str, bytes]) -> None:
    address, message = decode(published["token"])
    assert address == NAME.encode()
    assert isinstance(message, Authenticate)
    assert message.token == TOKEN
    assert message.version is not None
    assert message.version.startswith("4.")


@given(addresses, client_messages)
@example(b"a", Authenticate("", None))
@example(b"notes\0session", Step1(b"\0", wants_step1=False))
def test_every_message_of_a_client_is_understood(address: bytes, message: Message) -> None:
    said = b"\7" if isinstance(message, Close) else spelled(message)  # a client gives no reason
    assert decode(vb(address) + said) == (address, message)


@given(addresses, server_messages)
def test_every_message_of_the_server_is_spelled_as_the_provider_reads_it(address: bytes, message: Message) -> None:
    if isinstance(message, Ping | Pong):
        assert encode(address, message) == (b"\x09" if isinstance(message, Ping) else b"\x0a")
    else:
        assert encode(address, message) == vb(address) + spelled(message)


def test_a_ping_has_no_address() -> None:
    assert decode(b"\x09") == (b"", Ping())
    assert decode(b"\x0a") == (b"", Pong())


def test_a_name_of_nine_bytes_is_no_ping() -> None:
    assert decode(b"\x09" + b"ninebytes" + b"\x03") == (b"ninebytes", QueryAwareness())


@given(st.integers(1, 7))
def test_integers_may_be_longer_than_they_need(groups: int) -> None:
    """lib0 reads redundant zero groups, so a frame with them is honest: the kind, the length and the type."""
    padded = b"\x81" + b"\x80" * (groups - 1) + b"\0"
    assert decode(padded + b"a" + b"\x05" + padded + b"x") == (b"a", Stateless(b"x"))


# ---- what is not ----------------------------------------------------------------------------------------------------

A = vb("a")

MALFORMED = {
    "nothing at all": b"",
    "a zero": b"\0",
    "one byte that is neither ping nor pong": b"\x0b",
    "no address": vb("") + b"\3",
    "a long address": vb("a" * (MAX_ADDRESS + 1)) + b"\3",
    "an address longer than the frame": vu(5) + b"abcd",
    "an address of 2^53 - 1 bytes": vu(2**53 - 1) + b"a\3",
    "an address of 2^60 bytes": vu(2**60) + b"a\3",
    "an address length without an end": b"\xff" * 20,
    "a length of nine zero groups": b"\x81" + b"\x80" * 8 + b"\0" + b"a\3",
    "160 kB of ff": b"\xff" * 160_000,
    "no type": A,
    "half a type": A + b"\x80",
    "sync without a sub-type": A + b"\0",
    "sync of sub-type 3": A + b"\0\3\0",
    "sync of sub-type 128, padded": A + b"\0\x80\1\0",
    "a Step1 without a vector": A + b"\0\0",
    "an update shorter than it says": A + b"\0\2" + vu(10) + b"short",
    "an update with something behind it": A + b"\0\2" + vb(b"\0\0") + b"\0",
    "two messages in one frame": A + b"\3" + A + b"\3",
    "awareness without its bytes": A + b"\1",
    "awareness with something behind it": A + b"\1" + vb(b"\0") + b"x",
    "auth of no kind": A + b"\2",
    "a client that says denied": A + b"\2\1" + vb("no"),
    "a client that says authenticated": A + b"\2\2" + vb("read-write"),
    "a token that is not UTF-8": A + b"\2\0" + vb(b"\xff\xfe"),
    "a token with half a surrogate pair": A + b"\2\0" + vb(b"\xed\xa0\x80"),
    "a version that is not UTF-8": A + b"\2\0" + vb("t") + vb(b"\xff"),
    "a token and two versions": A + b"\2\0" + vb("t") + vb("4") + vb("5"),
    "query awareness with a payload": A + b"\3\0",
    "stateless that is not UTF-8": A + b"\5" + vb(b"\xc3"),
    "stateless without its bytes": A + b"\5",
    "what only servers say to each other": A + b"\6" + vb("hello"),
    "close with a reason": A + b"\7" + vb("bye"),
    "a sync status from a client": A + b"\x08\1",
    "a ping with an address": A + b"\x09",
    "an unknown type": A + b"\x0b",
    "an enormous type": A + vu(2**53),
}


@pytest.mark.parametrize("frame", MALFORMED.values(), ids=MALFORMED)
def test_what_is_malformed_is_refused(frame: bytes) -> None:
    with pytest.raises(MalformedMessage) as refused:
        decode(frame)
    assert 0 < len(refused.value.reason.encode()) <= 123, "it fits into a close frame"


@given(st.binary(max_size=60))
def test_anything_else_is_a_message_or_is_refused(frame: bytes) -> None:
    try:
        address, message = decode(frame)
    except MalformedMessage:
        return
    assert isinstance(message, Ping | Pong) or address


@given(addresses, client_messages, st.data())
def test_a_message_cut_short_is_refused(address: bytes, message: Message, data: st.DataObject) -> None:
    whole = vb(address) + (b"\7" if isinstance(message, Close) else spelled(message))
    cut = whole[: data.draw(st.integers(0, len(whole) - 1))]
    if isinstance(message, Authenticate) and message.version is not None:
        shorter = vb(address) + spelled(Authenticate(message.token))
        if cut == shorter:  # version 3 says none
            return
    if cut in (b"\x09", b"\x0a"):  # the length of an address of nine or ten bytes
        return
    with pytest.raises(MalformedMessage):
        decode(cut)


@given(addresses, client_messages, st.integers(0), st.integers(1, 255))
def test_a_flipped_byte_raises_nothing_else(address: bytes, message: Message, place: int, flip: int) -> None:
    frame = bytearray(vb(address) + spelled(message))
    frame[place % len(frame)] ^= flip
    try:
        decode(bytes(frame))
    except MalformedMessage:
        pass
