"""A real paper, typed key by key: what is stored of it, and what is served."""

from __future__ import annotations

import json

import pytest

from collab.crdt import DocumentState, parsing, run, squash, tombstone
from tests import parts
from tests.crdt import wire
from tests.crdt.recorded import updates
from tests.crdt.yjs import Judge

BAR = 310_000
"""Bytes: Yjs' own state of it, its deleted text collected as garbage, is 376,753."""

pytestmark = [pytest.mark.node, pytest.mark.slow]


def test_the_paper_squashes_small_and_whole(judge: Judge) -> None:
    trace = parts.trace("automerge-paper")
    keystrokes = updates("automerge-paper")
    patches = [patch for transaction in trace["txns"] for patch in transaction["patches"]]
    assert len(keystrokes) == len(patches)

    state = DocumentState()
    assert all(state.extend(update).news is update for update in keystrokes)
    squashed = squash(keystrokes)
    assert len(squashed) <= BAR

    (structs,) = run(parsing(squashed)).sections.values()
    assert {struct.kind for struct in structs} == {wire.STRING}, "deleted text is inside"
    typed = sum(len(inserted.encode("utf-16-le")) // 2 for _, _, inserted in patches)
    assert sum(struct.length for struct in structs) == typed
    assert list(state.state_vector.values()) == [typed]
    for form in (squashed, tombstone(squashed)):
        opened = judge.open(form)
        assert not opened.pending
        assert json.loads(opened.shape)["text"] == {"text": [[trace["endContent"], ""]]}
