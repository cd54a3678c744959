"""Whoever says something else of a clock is found; whoever says the same in another way is not."""

from __future__ import annotations

import pytest

from collab.crdt import clashing, run, squash, tombstone
from tests.crdt import wire
from tests.crdt.delivery import Delivery
from tests.crdt.yjs import sessions

TYPED = wire.insertion(7, 0, wire.typed("hello"))


def found(update: bytes, *others: bytes) -> tuple[int, int, int] | None:
    return run(clashing(update, others))


@pytest.mark.parametrize(
    ("update", "clocks"),
    [
        (wire.insertion(7, 0, wire.typed("other")), (7, 0, 5)),
        (wire.insertion(7, 3, wire.typed("xo", origin=(7, 2))), (7, 3, 5)),
        (wire.insertion(7, 2, wire.typed("llo!", origin=(9, 4))), (7, 2, 5)),
        (wire.insertion(7, 0, wire.item(wire.ANY, wire.anys(wire.ANY_NULL))), (7, 0, 1)),
        (wire.insertion(7, 0, wire.typed("hel"), wire.typed("lo", origin=(7, 2), right=(8, 0))), (7, 3, 5)),
    ],
)
def test_something_else_is_found(update: bytes, clocks: tuple[int, int, int]) -> None:
    assert found(update, TYPED) == clocks
    assert found(update, wire.insertion(9, 0, wire.typed("x")), TYPED) == clocks


@pytest.mark.parametrize(
    "update",
    [
        TYPED,
        wire.insertion(7, 5, wire.typed("!", origin=(7, 4))),
        wire.insertion(8, 0, wire.typed("other")),
        wire.insertion(7, 0, wire.typed("hel"), wire.typed("lo", origin=(7, 2))),
        wire.insertion(7, 0, wire.typed("hello, too")),
        wire.insertion(7, 0, b"\0\5"),
        tombstone(squash([TYPED, wire.update(deletes=wire.deletes((7, [(0, 5)])))])),
    ],
)
def test_the_same_is_not(update: bytes) -> None:
    assert found(update, TYPED) is None
    assert found(TYPED, update) is None


@pytest.mark.node
def test_what_real_editors_bring_again_is_no_clash() -> None:
    """As it came, merged by Yjs, as its editors encode it after they have collected garbage, and squashed."""
    for session in sessions(2_000_000, 20):
        news = Delivery(session.log).news
        for update in (*session.shuffled, squash(news)):
            assert found(update, *news) is None, f"session {session.seed}"
