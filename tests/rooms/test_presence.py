"""Who is here: bound to who brought it, bounded, forgotten when it is not renewed, and never at a clock gone by."""

from __future__ import annotations

import random

import pytest

from collab.auth.roles import Role
from collab.crdt import AwarenessEntry
from collab.rooms.peer import Peer
from collab.rooms.presence import Presence
from tests.rooms.people import Person

GONE = b"null"
WALL = 1_800_000_000.0


def free(peer: Peer, client: int) -> bool:
    return True


class Table:
    """A table of presences whose time a test sets."""

    def __init__(
        self, *, timeout: float = 30.0, clients: int = 100, size: int = 10**6, hides_viewers: bool = False
    ) -> None:
        self.now = 1000.0
        self.presence = Presence(timeout, clients, size, wall=lambda: WALL + self.now, hides_viewers=hides_viewers)

    def take(self, person: Person, client: int, clock: int, state: bytes = b"{}") -> list[AwarenessEntry]:
        return self.presence.take(person.peer, [AwarenessEntry(client, clock, state)], self.now, free)

    def leave(self, person: Person) -> list[AwarenessEntry]:
        return self.presence.leave(person.peer, self.now)

    def expire(self) -> list[AwarenessEntry]:
        return self.presence.expire(self.now)

    @property
    def states(self) -> dict[int, bytes]:
        return {entry.client: entry.state for entry in self.presence.everyone()}


def test_what_is_new_is_shown_and_a_newcomer_is_shown_everyone() -> None:
    table, alice, bob = Table(), Person("alice"), Person("bob", 2)
    (shown,) = table.take(alice, 1, 5, b'{"a":1}')
    assert (shown.client, shown.state) == (1, b'{"a":1}')
    seen = table.take(bob, 2, 1)
    assert table.presence.everyone() == [shown, *seen]


def test_viewers_may_be_kept_unseen_and_who_becomes_one_disappears() -> None:
    table, alice = Table(hides_viewers=True), Person("alice")
    assert table.presence.reassign(alice.peer, Role.COMMENTER, table.now) == []
    assert [shown.client for shown in table.take(alice, 1, 5)] == [1]
    (gone,) = table.presence.reassign(alice.peer, Role.VIEWER, table.now)
    assert (gone.client, gone.state) == (1, GONE)
    assert table.take(alice, 1, 7) == []
    assert table.presence.everyone() == []
    seen = Table()
    assert seen.take(alice, 1, 5) != [], "unless the setting says so, everybody is seen"


@pytest.mark.parametrize("clock", [3, 4, 5])
def test_what_is_not_newer_is_not_shown(clock: int) -> None:
    table, alice = Table(), Person()
    table.take(alice, 1, 5, b'"new"')
    assert table.take(alice, 1, clock, b'"old"') == []
    assert table.states == {1: b'"new"'}


def test_an_equal_clock_may_say_goodbye() -> None:
    table, alice = Table(), Person()
    table.take(alice, 1, 5)
    (shown,) = table.take(alice, 1, 5, GONE)
    assert shown.state == GONE
    assert table.states == {}


def test_the_clocks_shown_always_rise_whatever_happens_in_between() -> None:
    """Reconnects, removals, expiry, a client whose clock begins anew: an editor that hears it all ignores none of it."""
    chance = random.Random(4)
    table = Table(timeout=5.0)
    people = [Person("alice", number) for number in range(1, 6)]
    heard: dict[int, int] = {}
    for _ in range(3000):
        table.now += chance.choice((0, 0, 0.5, 3, 61))
        person = chance.choice(people)
        match chance.randrange(4):
            case 0:
                shown = table.leave(person)
            case 1:
                shown = table.expire()
            case _:
                state = chance.choice((b"{}", b'"x"', GONE))
                shown = table.take(person, chance.randrange(3), chance.randrange(50), state)
        for entry in shown:
            assert entry.clock > heard.get(entry.client, -1)
            heard[entry.client] = entry.clock


def test_a_table_that_is_younger_than_its_editors_memory_goes_on_above_it() -> None:
    """The server was restarted: its editors remember the clocks of the table before."""
    before, alice = Table(), Person()
    (old,) = before.take(alice, 1, 7)
    after = Table()
    after.now = before.now + 2
    (new,) = after.take(alice, 1, 3)
    assert new.clock > old.clock


# ---- whose it is ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [b'"false"', GONE])
def test_nobody_speaks_for_another(state: bytes) -> None:
    table, alice, mallory = Table(), Person("alice"), Person("mallory", 2)
    table.take(alice, 1, 5, b'"true"')
    assert table.take(mallory, 1, 2**31, state) == []
    assert table.states == {1: b'"true"'}
    assert table.take(alice, 1, 6, b'"still"') != []


def test_the_newest_connection_of_the_same_person_takes_over_at_any_clock() -> None:
    table, old, new = Table(), Person("alice", 1), Person("alice", 2)
    table.take(old, 1, 50, b'"old"')
    (shown,) = table.take(new, 1, 3, b'"new"')
    assert shown.state == b'"new"'
    assert table.presence.owner(1) is new.peer
    assert table.take(old, 1, 99, b'"old again"') == [], "the older one may be half open"
    assert table.leave(old) == [], "and takes along only what is still its own"
    assert table.states == {1: b'"new"'}


def test_the_newer_connection_does_not_say_goodbye_for_the_older_one() -> None:
    table, old, new = Table(), Person("alice", 1), Person("alice", 2)
    table.take(old, 1, 5)
    assert table.take(new, 1, 6, GONE) == []
    assert table.presence.owner(1) is old.peer


def test_goodbye_of_somebody_who_is_not_here_is_nothing() -> None:
    table = Table()
    assert table.take(Person(), 1, 5, GONE) == []


def test_who_leaves_takes_along_all_that_is_bound_to_it() -> None:
    table, alice, bob = Table(), Person("alice"), Person("bob", 2)
    table.take(alice, 1, 5)
    table.take(alice, 2, 5)
    table.take(bob, 3, 5)
    gone = table.leave(alice)
    assert [(entry.client, entry.state) for entry in gone] == [(1, GONE), (2, GONE)]
    assert table.states == {3: b"{}"}
    assert table.leave(alice) == []


def test_an_id_under_which_another_one_writes_is_not_free_to_be_shown() -> None:
    table, mallory = Table(), Person("mallory")
    entries = [AwarenessEntry(client, 1, b"{}") for client in (1, 2)]
    shown = table.presence.take(mallory.peer, entries, 0, lambda peer, client: client != 1)
    assert [entry.client for entry in shown] == [2]


# ---- time and bounds ------------------------------------------------------------------------------------------------


def test_what_is_not_renewed_is_taken_out_and_what_is_stays() -> None:
    table, alice, bob = Table(timeout=30), Person("alice"), Person("bob", 2)
    table.take(alice, 1, 5)
    table.take(bob, 2, 5)
    table.now += 20
    table.take(bob, 2, 6)
    assert table.expire() == []
    table.now += 11
    assert [(entry.client, entry.state) for entry in table.expire()] == [(1, GONE)]
    assert table.states == {2: b"{}"}


def test_the_time_of_day_may_jump() -> None:
    """Row 41: presence expires by a monotonic clock."""
    wall = [WALL]
    presence = Presence(30, 100, 10**6, wall=lambda: wall[0])
    alice = Person()
    presence.take(alice.peer, [AwarenessEntry(1, 5, b"{}")], 0.0, free)
    for jump in (3600, -7200):
        wall[0] += jump
        assert presence.expire(1.0) == []
    (shown,) = presence.take(alice.peer, [AwarenessEntry(1, 6, b"{}")], 2.0, free)
    assert shown.client == 1


def test_one_connection_brings_only_so_many() -> None:
    table, eve, bob = Table(clients=3), Person("eve"), Person("bob", 2)
    for client in range(10):
        table.take(eve, client, 1)
    table.take(bob, 100, 1)
    assert sorted(table.states) == [0, 1, 2, 100]
    table.take(eve, 0, 2, GONE)
    table.take(eve, 7, 1)
    assert sorted(table.states) == [1, 2, 7, 100]
    assert table.take(eve, 1, 2) != [], "those that are there can be renewed"


def test_one_connection_brings_only_so_much() -> None:
    table, eve = Table(size=100), Person("eve")
    assert table.take(eve, 1, 1, b"x" * 60) != []
    assert table.take(eve, 2, 1, b"x" * 60) == []
    assert table.take(eve, 1, 2, b"x" * 100) != []
    assert table.take(eve, 1, 3, b"x" * 101) == []
    assert table.take(eve, 1, 4, GONE) != []
    assert table.take(eve, 2, 1, b"x" * 60) != []


def test_coming_and_going_leaves_no_trail_without_end() -> None:
    """A client that brings a new id and takes it back, again and again."""
    table, eve = Table(), Person("eve")
    for client in range(30_000):
        table.take(eve, client, 1)
        table.take(eve, client, 2, GONE)
    remembered = table.presence._gone
    assert len(remembered) <= 10_000
    table.now += 61
    table.expire()
    assert not remembered


def test_a_late_repetition_brings_nobody_back() -> None:
    """Providers repeat what they hear of others; it may arrive when the other has left."""
    table, carol, alice = Table(), Person("carol"), Person("alice")
    table.take(carol, 3, 1)
    table.leave(carol)
    assert table.take(alice, 3, 1) == []
    assert table.states == {}
    assert table.take(Person("carol"), 3, 1) != [], "she herself comes back"
