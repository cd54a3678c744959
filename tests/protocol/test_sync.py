"""The sync messages, wherever in a frame they stand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab.errors import MalformedMessage
from collab.protocol.messages import Step1, Step2, Update
from collab.protocol.sync import SyncMessage, decode_sync, encode_sync
from tests.protocol.frames import payloads, vb

messages = st.one_of(st.builds(Step1, payloads, st.just(True)), st.builds(Step2, payloads), st.builds(Update, payloads))


@given(messages, payloads, payloads)
def test_a_message_is_read_where_it_stands(message: SyncMessage, before: bytes, behind: bytes) -> None:
    """What follows is somebody else's: the position says where."""
    said = encode_sync(message)
    assert decode_sync(before + said + behind, len(before)) == (message, len(before + said))


@given(payloads)
def test_the_three_are_told_apart_by_their_first_byte(payload: bytes) -> None:
    assert encode_sync(Step1(payload)) == b"\0" + vb(payload)
    assert encode_sync(Step2(payload)) == b"\1" + vb(payload)
    assert encode_sync(Update(payload)) == b"\2" + vb(payload)


@pytest.mark.parametrize("wants_step1", [True, False])
def test_whether_ours_is_wanted_stands_outside(wants_step1: bool) -> None:
    assert decode_sync(b"\0\1\0", 0, wants_step1=wants_step1) == (Step1(b"\0", wants_step1), 3)


@pytest.mark.parametrize("kind", range(3, 256))
def test_there_are_no_others(kind: int) -> None:
    with pytest.raises(MalformedMessage, match=str(kind)):
        decode_sync(bytes([kind, 0]), 0)
