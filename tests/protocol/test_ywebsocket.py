"""The y-websocket dialect, against y-protocols' own bytes and against everything that is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab.errors import MalformedMessage
from collab.protocol.messages import Awareness, Denied, Message, QueryAwareness, Step1, Step2, Update
from collab.protocol.ywebsocket import decode, encode
from tests.protocol.frames import CLIENT_MESSAGES, SERVER_MESSAGES, spelled, vb, vu

SPOKEN = (Step1, Step2, Update, Awareness, QueryAwareness)
"""What this dialect has words for, in both directions; a denial besides, to a client."""


def asked(message: Message) -> Message:
    """A Step1 of this dialect never wants one back: the server's was sent when the client came."""
    return message._replace(wants_step1=False) if isinstance(message, Step1) else message


spoken = st.one_of(*(CLIENT_MESSAGES[kind] for kind in SPOKEN)).map(asked)


def on_the_wire(message: Message) -> bytes:
    said = spelled(message)
    return b"\0" + said[1:] if isinstance(message, Step1) else said


def test_what_y_protocols_sends(published: dict[str, bytes]) -> None:
    update, vector = published["bytes: update"], published["bytes: state vector"]
    expected: dict[str, Message] = {
        "y step 1": Step1(vector, wants_step1=False),
        "y step 2": Step2(update),
        "y update": Update(update),
        "y awareness": Awareness(published["bytes: awareness"]),
        "y query awareness": QueryAwareness(),
    }
    assert {label: decode(published[label]) for label in expected} == expected
    assert {label: encode(message) for label, message in expected.items()} == {
        label: published[label] for label in expected
    }


@given(spoken)
def test_every_message_comes_back_as_it_was(message: Message) -> None:
    frame = encode(message)
    assert frame == on_the_wire(message)
    assert decode(frame) == message


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_a_denial_says_why(reason: str) -> None:
    assert encode(Denied(reason)) == b"\2\0" + vb(reason)


@pytest.mark.parametrize("kind", [kind for kind in SERVER_MESSAGES if kind not in (*SPOKEN, Denied)])
def test_what_it_has_no_word_for_is_not_said(kind: type[Message]) -> None:
    @given(SERVER_MESSAGES[kind])
    def unsaid(message: Message) -> None:
        assert encode(message) is None

    unsaid()


MALFORMED = {
    "nothing at all": b"",
    "half a type": b"\x80",
    "sync without a sub-type": b"\0",
    "sync of sub-type 3": b"\0\3\0",
    "a Step1 without a vector": b"\0\0",
    "an update shorter than it says": b"\0\2" + vu(10) + b"short",
    "an update with something behind it": b"\0\2" + vb(b"\0\0") + b"\0",
    "an update of 2^53 - 1 bytes": b"\0\2" + vu(2**53 - 1),
    "an update of 2^60 bytes": b"\0\2" + vu(2**60),
    "awareness without its bytes": b"\1",
    "awareness with something behind it": b"\1" + vb(b"\0") + b"x",
    "auth from a client": b"\2\0" + vb("token"),
    "query awareness with a payload": b"\3\0",
    "an unknown type": b"\4",
    "a Hocuspocus frame": vb("notes") + b"\3",
    "160 kB of ff": b"\xff" * 160_000,
}


@pytest.mark.parametrize("frame", MALFORMED.values(), ids=MALFORMED)
def test_what_is_malformed_is_refused(frame: bytes) -> None:
    with pytest.raises(MalformedMessage) as refused:
        decode(frame)
    assert 0 < len(refused.value.reason.encode()) <= 123, "it fits into a close frame"


@given(st.binary(max_size=60))
def test_anything_else_is_a_message_or_is_refused(frame: bytes) -> None:
    try:
        message = decode(frame)
    except MalformedMessage:
        return
    assert type(message) in SPOKEN


@given(spoken, st.data())
def test_a_message_cut_short_is_refused(message: Message, data: st.DataObject) -> None:
    whole = on_the_wire(message)
    with pytest.raises(MalformedMessage):
        decode(whole[: data.draw(st.integers(0, len(whole) - 1))])


@given(spoken, st.integers(0), st.integers(1, 255))
def test_a_flipped_byte_raises_nothing_else(message: Message, place: int, flip: int) -> None:
    frame = bytearray(on_the_wire(message))
    frame[place % len(frame)] ^= flip
    try:
        decode(bytes(frame))
    except MalformedMessage:
        pass
