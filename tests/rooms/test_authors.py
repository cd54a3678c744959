"""Whose client id it is: nobody puts words into the mouth of somebody who is there."""

from __future__ import annotations

from collab.crdt import AwarenessEntry
from collab.rooms.authors import Authors
from collab.rooms.presence import Presence
from tests.rooms.people import Person

TYPED = [(1, 0, 5), (2, 0, 3)]


def table() -> tuple[Authors, Presence]:
    presence = Presence(30, 100, 10**6)
    return Authors(presence), presence


def test_an_id_is_its_first_writers_while_that_one_is_here() -> None:
    authors, _ = table()
    alice, bob = Person("alice"), Person("bob")
    authors.note(alice.peer, TYPED)
    assert authors.taken(bob.peer, [(1, 5, 6), (3, 0, 1)]) == {1}
    assert authors.taken(alice.peer, TYPED) == set()
    authors.note(bob.peer, [(1, 5, 6)])
    assert authors.taken(alice.peer, [(1, 6, 7)]) == set(), "the first one's it stays"
    authors.leave(alice.peer)
    assert authors.taken(bob.peer, TYPED) == set()


def test_tabs_of_one_person_share() -> None:
    authors, _ = table()
    one, other = Person("alice", 1), Person("alice", 2)
    authors.note(one.peer, TYPED)
    assert authors.taken(other.peer, TYPED) == set()


def test_who_has_not_synced_yet_holds_nothing() -> None:
    authors, _ = table()
    alice, bob = Person("alice", synced=False), Person("bob")
    authors.note(alice.peer, TYPED)
    assert authors.taken(bob.peer, TYPED) == set()
    alice.peer.synced = True
    assert authors.taken(bob.peer, TYPED) == {1, 2}


def test_the_one_whose_presence_the_id_is_may_write_under_it() -> None:
    """Others brought what it had written, before it came itself."""
    authors, presence = table()
    alice, bob = Person("alice"), Person("bob")
    presence.take(bob.peer, [AwarenessEntry(1, 1, b"{}")], 0, authors.is_free)
    authors.note(alice.peer, TYPED)
    assert authors.taken(bob.peer, TYPED) == {2}


def test_nobody_becomes_that_one_by_showing_an_id_that_another_writes_under() -> None:
    authors, presence = table()
    alice, mallory = Person("alice"), Person("mallory")
    authors.note(alice.peer, TYPED)
    assert presence.take(mallory.peer, [AwarenessEntry(1, 1, b"{}")], 0, authors.is_free) == []
    assert authors.taken(mallory.peer, [(1, 5, 6)]) == {1}
    assert authors.is_free(alice.peer, 1)
    assert authors.is_free(Person("alice", 3).peer, 1)
    assert authors.is_free(mallory.peer, 9)


def test_leaving_frees_only_ones_own() -> None:
    authors, _ = table()
    alice, bob, carol = Person("alice"), Person("bob"), Person("carol")
    authors.note(alice.peer, [(1, 0, 1)])
    authors.note(bob.peer, [(2, 0, 1)])
    authors.leave(alice.peer)
    authors.leave(alice.peer)
    assert authors.taken(carol.peer, [(1, 1, 2), (2, 1, 2)]) == {2}
