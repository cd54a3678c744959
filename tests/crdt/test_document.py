"""Extending a document: what is news, what has to wait and for what, and what nobody may do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab.crdt import DeleteSet, DocumentState, run, squash
from collab.errors import MalformedUpdate
from tests.crdt import wire
from tests.crdt.delivery import Delivery
from tests.crdt.logs import logs

HELLO = wire.insertion(1, 0, wire.typed("hello"))


def hello() -> DocumentState:
    state = DocumentState()
    state.extend(HELLO)
    return state


# ---- laws


@given(logs())
def test_what_follows_on_is_taken_as_it_is(log: list[bytes]) -> None:
    state = DocumentState()
    for update in log:
        extension = state.extend(update)
        assert extension.news is not None
        assert extension.rest is None
        assert not extension.missing


@given(logs(), st.data())
def test_what_is_known_is_no_news(log: list[bytes], data: st.DataObject) -> None:
    played = Delivery(log).state
    before = dict(played.state_vector), played.deletes.copy()
    for update in (*log, squash(log), squash(log[: data.draw(st.integers(0, len(log)))])):
        extension = played.extend(update)
        assert not extension.brings_news
        assert not extension.inserted
        assert not extension.deleted
    assert (played.state_vector, played.deletes) == before


@given(logs(), st.data())
def test_order_and_repetition_do_not_count(log: list[bytes], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(log)) + data.draw(st.lists(st.sampled_from(log), max_size=3))
    arrived, played = Delivery(shuffled), Delivery(log)
    assert not arrived.held
    assert arrived.state.state_vector == played.state.state_vector
    assert arrived.state.deletes == played.state.deletes
    assert arrived.state.entries == played.state.entries
    assert Delivery(arrived.news).state.state_vector == played.state.state_vector


@given(logs(), st.data())
def test_the_part_that_fits_is_taken_and_the_rest_is_handed_back(log: list[bytes], data: st.DataObject) -> None:
    """A whole document, offered to one that lacks some updates in the middle."""
    place = data.draw(st.integers(0, len(log)))
    lost = data.draw(st.integers(0, len(log) - 1))
    arrived = Delivery(log[:place])
    for update in log[:lost] + log[lost + 1 :]:
        arrived.take(update)
    for rest, missing in arrived.held:
        assert missing
        assert not arrived.state.extend(rest).news, "a rest is what does not fit"
    arrived.take(log[lost])
    assert not arrived.held
    assert arrived.state.state_vector == Delivery(log).state.state_vector


@given(logs())
def test_examining_changes_nothing_and_finds_what_extending_does(log: list[bytes]) -> None:
    state = DocumentState()
    for update in log:
        before = dict(state.state_vector), state.deletes.copy()
        examined = run(state.examine(update))
        assert (state.state_vector, state.deletes) == before
        assert examined == state.extend(update)


# ---- news


def test_all_new_is_the_very_bytes_that_came() -> None:
    more = wire.update(wire.section(1, 5, wire.typed("!", origin=(1, 4))), deletes=wire.deletes((1, [(0, 2)])))
    extension = hello().extend(more)
    assert extension.news is more
    assert extension.inserted == ((1, 5, 6),)
    assert extension.deleted == ((1, 0, 2),)


def test_what_is_known_is_cut_off() -> None:
    extension = hello().extend(wire.insertion(1, 0, wire.typed("hello, you")))
    assert extension.news == wire.insertion(1, 5, wire.typed(", you", origin=(1, 4)))
    assert extension.inserted == ((1, 5, 10),)


def test_known_clocks_with_other_content_fool_nobody() -> None:
    state = hello()
    assert not state.extend(wire.insertion(1, 0, wire.typed("HELLO"))).brings_news
    assert state.extend(wire.insertion(1, 0, wire.typed("HELLO!"))).news == wire.insertion(
        1, 5, wire.typed("!", origin=(1, 4))
    )


def test_a_cut_through_an_emoji_leaves_a_replacement_character() -> None:
    state = DocumentState({1: 3})
    assert state.extend(wire.insertion(1, 0, wire.typed("ab😀c"))).news == wire.insertion(
        1, 3, wire.typed("\ufffdc", origin=(1, 2))
    )


def test_what_is_still_encoded_is_decoded_by_whoever_is_first() -> None:
    known = hello()
    known.extend(wire.update(deletes=wire.deletes((1, [(1, 2)]))))
    state = DocumentState.encoded(known.state_vector.copy(), known.deletes.encode(), known.entries.encode())
    assert state.is_encoded
    with pytest.raises(AttributeError):
        state.extend(wire.update(deletes=wire.deletes((1, [(0, 4)]))))
    late = state.decoding()
    next(late, None)
    run(state.decoding())
    extension = state.extend(wire.update(deletes=wire.deletes((1, [(0, 4)]))))
    assert extension.deleted == ((1, 0, 1), (1, 3, 4))
    for _ in late:
        pass
    run(state.decoding())
    assert state.deletes == DeleteSet([(1, 0, 4)]), "what was decoded late counts for nothing"


def test_only_new_deletions_are_news() -> None:
    state = hello()
    state.extend(wire.update(deletes=wire.deletes((1, [(1, 2)]))))
    extension = state.extend(wire.update(deletes=wire.deletes((1, [(0, 4)]))))
    assert extension.deleted == ((1, 0, 1), (1, 3, 4))
    assert extension.news == wire.update(deletes=wire.deletes((1, [(0, 1), (3, 1)])))
    assert state.deletes == DeleteSet([(1, 0, 4)])


def test_new_structs_with_known_deletions_bring_only_the_structs() -> None:
    state = hello()
    deletion = wire.deletes((1, [(1, 2)]))
    state.extend(wire.update(deletes=deletion))
    extension = state.extend(wire.update(wire.section(2, 0, wire.typed("x")), deletes=deletion))
    assert extension.news == wire.insertion(2, 0, wire.typed("x"))
    assert not extension.deleted


# ---- what waits


@pytest.mark.parametrize(
    ("struct", "missing"),
    [
        (wire.typed("a", origin=(3, 4)), {3: 5}),
        (wire.typed("a", right=(3, 4)), {3: 5}),
        (wire.typed("a", parent=(3, 4)), {3: 5}),
        (wire.typed("a", origin=(1, 0), right=(1, 5)), {1: 6}),
    ],
)
def test_what_names_something_unknown_waits_for_it(struct: bytes, missing: dict[int, int]) -> None:
    state = hello()
    update = wire.insertion(2, 0, struct)
    extension = state.extend(update)
    assert extension.news is None
    assert extension.rest == update
    assert extension.missing == missing
    assert state.state_vector == {1: 5}


def test_a_gap_waits_for_its_own_client() -> None:
    extension = hello().extend(wire.insertion(1, 7, wire.typed("x", origin=(1, 6))))
    assert extension.news is None
    assert extension.missing == {1: 7}


def test_what_comes_behind_something_that_waits_waits_too() -> None:
    fits, stuck, behind = wire.typed("a"), wire.typed("b", origin=(3, 0)), wire.typed("c", origin=(1, 0))
    extension = hello().extend(wire.insertion(2, 0, fits, stuck, behind))
    assert extension.news == wire.insertion(2, 0, fits)
    assert extension.rest == wire.insertion(2, 1, stuck, behind)
    assert extension.missing == {3: 1}


def test_a_skip_is_a_gap() -> None:
    update = wire.insertion(2, 0, wire.typed("ab"), wire.run_of(wire.SKIP, 3), wire.typed("f", origin=(2, 4)))
    extension = hello().extend(update)
    assert extension.news == wire.insertion(2, 0, wire.typed("ab"))
    assert extension.rest == wire.insertion(2, 5, wire.typed("f", origin=(2, 4)))
    assert extension.missing == {2: 5}


def test_deletions_of_what_is_not_there_yet_wait() -> None:
    state = hello()
    extension = state.extend(wire.update(deletes=wire.deletes((1, [(3, 4)]), (9, [(0, 1)]))))
    assert extension.news == wire.update(deletes=wire.deletes((1, [(3, 2)])))
    assert extension.rest == wire.update(deletes=wire.deletes((9, [(0, 1)]), (1, [(5, 2)])))
    assert extension.missing == {1: 6, 9: 1}
    assert state.deletes == DeleteSet([(1, 3, 5)])


def test_missing_names_the_nearest_clock() -> None:
    """Who waits for the farthest may wait for ever: what leads there can depend on the rest itself."""
    update = wire.update(wire.section(2, 0, wire.typed("a", origin=(1, 5))), deletes=wire.deletes((1, [(100, 1)])))
    assert hello().extend(update).missing == {1: 6}


def test_clients_of_one_update_may_lean_on_each_other_in_any_order() -> None:
    one = wire.section(7, 0, wire.typed("a"), wire.typed("b", origin=(8, 0)), wire.typed("c", origin=(8, 1)))
    other = wire.section(8, 0, wire.typed("x", origin=(7, 0)), wire.typed("y", origin=(7, 1)))
    for update in (wire.update(one, other), wire.update(other, one)):
        extension = DocumentState().extend(update)
        assert extension.news is update


def test_a_gap_in_a_circle_is_no_circle() -> None:
    """7 waits for 8, and 8 only for its own beginning, which may yet come: nobody is to blame."""
    update = wire.update(
        wire.section(7, 0, wire.typed("a", origin=(8, 5))), wire.section(8, 5, wire.typed("b", origin=(7, 0)))
    )
    extension = DocumentState().extend(update)
    assert extension.news is None
    assert extension.rest == wire.update(
        wire.section(8, 5, wire.typed("b", origin=(7, 0))), wire.section(7, 0, wire.typed("a", origin=(8, 5)))
    )


# ---- barred clients


def test_new_structs_of_a_barred_client_wait_and_known_ones_do_not_matter() -> None:
    state = hello()
    update = wire.update(wire.section(1, 0, wire.typed("hello!")), wire.section(2, 0, wire.typed("x")))
    extension = run(state.examine(update, barred={1}))
    assert extension.news == wire.insertion(2, 0, wire.typed("x"))
    assert extension.rest == wire.insertion(1, 5, wire.typed("!", origin=(1, 4)))
    assert extension.missing == {1: 6}
    assert not run(state.examine(HELLO, barred={1})).brings_news


def test_a_barred_client_may_be_written_beside_and_deleted() -> None:
    update = wire.update(wire.section(2, 0, wire.typed("x", origin=(1, 0))), deletes=wire.deletes((1, [(0, 1)])))
    assert run(hello().examine(update, barred={1})).news is update


# ---- time


def steps_of(state: DocumentState, update: bytes) -> int:
    steps = state.examine(update)
    count = 0
    while True:
        try:
            next(steps)
        except StopIteration:
            return count
        count += 1


def test_waiters_are_woken_once() -> None:
    """Everybody waits for the last struct of one client, which comes on only struct by struct."""

    def update(size: int) -> bytes:
        chain = wire.section(5, 0, *(wire.typed("a", origin=(1000 + n, 0)) for n in range(size)))
        links = [wire.section(1000 + n, 0, wire.typed("a")) for n in reversed(range(size))]
        waiters = [wire.section(10_000 + n, 0, wire.typed("b", origin=(5, size - 1))) for n in range(size)]
        return wire.update(*links, chain, *waiters)

    small, large = steps_of(DocumentState(), update(200)), steps_of(DocumentState(), update(2000))
    assert 0 < large < 15 * small
    assert DocumentState().extend(update(200)).rest is None


HEAVY = wire.item(wire.EMBED, wire.string("[" + "[]," * 30_000 + "[]]"))
"""As much JSON as is checked in one go."""


@pytest.mark.parametrize(
    ("update", "least"),
    [
        (wire.insertion(7, 0, *[wire.typed("a")] * 20_000), 100),
        (wire.insertion(1, 0, *[wire.typed("a")] * 20_000), 100),
        (wire.insertion(7, 0, wire.item(wire.ANY, wire.anys(*[wire.ANY_NULL] * 20_000))), 100),
        (wire.insertion(7, 0, wire.item(wire.ANY, wire.anys(wire.any_array(*[wire.ANY_NULL] * 20_000)))), 100),
        (wire.insertion(7, 0, wire.item(wire.JSON, wire.jsons(*["1"] * 20_000))), 100),
        (wire.insertion(7, 0, *[HEAVY] * 10), 9),
        (wire.update(deletes=wire.deletes((1, [(clock, 1) for clock in range(0, 40_000, 2)]))), 100),
        (wire.update(deletes=wire.deletes((9, [(clock, 1) for clock in range(0, 40_000, 2)]))), 100),
        (wire.update(deletes=wire.deletes(*((client, [(0, 1)]) for client in range(20_000)))), 100),
        (wire.update(*(wire.section(100 + n, 0, wire.typed("a", origin=(9, 0))) for n in range(20_000))), 100),
    ],
    ids=["structs", "known structs", "values", "nested values", "json", "heavy json", "ranges", "early ranges", "clients", "waiting clients"],
)  # fmt: skip
def test_what_is_long_comes_in_steps(update: bytes, least: int) -> None:
    state = DocumentState({1: 100_000})
    assert steps_of(state, update) >= least
    assert state.state_vector == {1: 100_000}


def test_a_refusal_leaves_no_trace_whenever_it_comes() -> None:
    state = hello()
    with pytest.raises(MalformedUpdate):
        state.extend(wire.insertion(2, 0, wire.typed("a"), wire.typed("b", origin=(2, 1))))
    assert state.state_vector == {1: 5}
    assert not state.deletes
