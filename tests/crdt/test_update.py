"""Updates as a whole: taken apart and put together, bytes are what they were."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab.crdt import EMPTY, parsing, run
from collab.crdt.update import encoding, encoding_spans
from collab.errors import MalformedUpdate
from tests.crdt import wire
from tests.crdt.logs import logs
from tests.crdt.yjs import sessions


def again(update: bytes) -> bytes:
    """The update taken apart and put together."""
    parsed = run(parsing(update))
    return run(encoding(parsed.sections, run(encoding_spans(parsed.spans))))


@given(logs())
def test_encoding_undoes_parsing(log: list[bytes]) -> None:
    assert [again(update) for update in log] == log


@pytest.mark.node
def test_what_yjs_wrote_comes_out_byte_for_byte() -> None:
    """With its order of clients, its delete sets, and the Skips of merged updates."""
    updates = {update for session in sessions(1, 30) for update in session.log + session.shuffled}
    assert any(wire.run_of(wire.SKIP, length) in update for update in updates for length in range(1, 9))
    different = [update for update in updates if again(update) != update]
    assert not different, f"{len(different)} of {len(updates)}, the first {different[0].hex()}"


def test_nothing_is_two_bytes() -> None:
    assert wire.update() == EMPTY
    assert again(EMPTY) == EMPTY


def test_a_gap_becomes_a_skip() -> None:
    gap = wire.insertion(7, 3, wire.typed("ab"), wire.run_of(wire.SKIP, 4), wire.typed("c", origin=(7, 8)))
    parsed = run(parsing(gap))
    assert [struct.clock for struct in parsed.sections[7]] == [3, 9]
    assert parsed.abridged
    assert again(gap) == gap


def test_many_skips_in_a_row_are_an_attack() -> None:
    with pytest.raises(MalformedUpdate, match="Skips"):
        again(wire.insertion(7, 3, wire.typed("a"), *[wire.run_of(wire.SKIP, 1)] * 2, wire.typed("c")))


@given(logs(), st.data())
def test_known_structs_are_left_out(log: list[bytes], data: st.DataObject) -> None:
    for update in log:
        ((client, (struct,)),) = run(parsing(update)).sections.items()
        horizon = data.draw(st.integers(0, struct.end + 2))
        parsed = run(parsing(update, {client: horizon}))
        left = [(part.clock, part.end) for part in parsed.sections.get(client, [])]
        assert left == ([(max(struct.clock, horizon), struct.end)] if horizon < struct.end else [])
        assert parsed.abridged == (horizon > struct.clock)
        assert parsed.spans == run(parsing(update)).spans
