"""Who hears a message: everyone but one, each in its own dialect, from bytes that are made once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from collab.auth.roles import Role
from collab.crdt import AwarenessEntry, decode_awareness
from collab.protocol.messages import Awareness, Message, QueryAwareness, Step2, Update
from collab.rooms.audience import GATHER, Audience
from collab.rooms.peer import Peer

SAID = QueryAwareness()


@dataclass(frozen=True)
class Dialect:
    """Spells a message as its own name; counts how often. ``mute`` has no word for anything."""

    name: str
    mute: bool = False
    made: list[Message] = field(default_factory=list, compare=False)

    def frame(self, message: Message) -> bytes:
        self.made.append(message)
        return b"" if self.mute else self.name.encode()

    def receipt(self, message: Update | Step2, due: int, *, brings_news: bool) -> bytes:
        return b""


class Time:
    """A clock that stands still."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def peer(dialect: Dialect, heard: list[bytes], *, follows: bool = True) -> Peer:
    made = Peer(actor="a", role=Role.EDITOR, address=dialect, send=heard.append, expel=lambda error: None)
    made.follows = follows
    return made


def test_everyone_hears_but_who_said_it() -> None:
    time = Time()
    audience, dialect = Audience(time), Dialect("x")
    heard: list[list[bytes]] = [[], [], []]
    peers = [peer(dialect, ears) for ears in heard]
    for one in peers:
        audience.join(one)
    audience.tell(SAID, besides=peers[1])
    assert heard == [[b"x"], [], [b"x"]]
    time.now += GATHER
    audience.tell(SAID, besides=None)
    assert heard == [[b"x"] * 2, [b"x"], [b"x"] * 2]


def test_a_frame_is_made_once_for_all_who_share_an_address() -> None:
    audience, one, other = Audience(), Dialect("x"), Dialect("y")
    heard: list[bytes] = []
    for dialect in (one, other, one, one):
        audience.join(peer(dialect, heard))
    audience.tell(SAID, besides=None)
    assert sorted(heard) == [b"x"] * 3 + [b"y"]
    assert (len(one.made), len(other.made)) == (1, 1)


def test_nothing_is_made_where_nobody_is_to_hear_it() -> None:
    audience, dialect = Audience(), Dialect("x")
    alone = peer(dialect, [])
    audience.join(alone)
    audience.tell(SAID, besides=alone)
    assert dialect.made == []


def test_those_who_have_not_been_sent_the_document_do_not_hear_of_edits() -> None:
    audience, dialect = Audience(), Dialect("x")
    early, late = [list[bytes](), list[bytes]()]
    audience.join(peer(dialect, early))
    audience.join(peer(dialect, late, follows=False))
    audience.tell(SAID, besides=None, followers_only=True)
    assert (early, late) == ([b"x"], [])


def test_a_dialect_without_a_word_for_it_says_nothing() -> None:
    audience, mute = Audience(), Dialect("x", mute=True)
    heard: list[bytes] = []
    audience.join(peer(mute, heard))
    audience.join(peer(mute, heard))
    audience.tell(SAID, besides=None)
    assert heard == []


def test_places_are_numbered_in_the_order_they_were_taken() -> None:
    audience, dialect = Audience(), Dialect("x")
    first, second, third = (peer(dialect, []) for _ in range(3))
    audience.join(first)
    audience.join(second)
    assert audience.leave(first)
    audience.join(third)
    assert (first.number, second.number, third.number) == (1, 2, 3)


def test_leaving_twice_is_leaving_once() -> None:
    audience, dialect = Audience(), Dialect("x")
    one = peer(dialect, [])
    assert not audience.leave(one)
    audience.join(one)
    assert bool(audience)
    assert audience.leave(one)
    assert not audience.leave(one)
    assert not audience


def test_whoever_leaves_meanwhile_does_not_disturb() -> None:
    audience, dialect = Audience(), Dialect("x")
    peers = [peer(dialect, []) for _ in range(3)]
    for one in peers:
        audience.join(one)
    for one in audience:
        audience.leave(one)
    assert list(audience) == []


@dataclass(frozen=True)
class Spelled:
    """Spells an edit as its update, and presence as its states."""

    def frame(self, message: Message) -> bytes:
        if isinstance(message, Awareness):
            return b",".join(entry.state for entry in decode_awareness(message.payload, max_state=99)) + b"."
        assert isinstance(message, Update)
        return message.update

    def receipt(self, message: Update | Step2, due: int, *, brings_news: bool) -> bytes:
        return b""


def spelled(audience: Audience, *, follows: bool = True) -> tuple[Peer, list[bytes]]:
    heard: list[bytes] = []
    made = Peer(actor="a", role=Role.EDITOR, address=Spelled(), send=heard.append, expel=lambda error: None)
    made.follows = follows
    audience.join(made)
    return made, heard


async def test_what_follows_soon_is_gathered_and_written_once_in_the_order_it_was_said() -> None:
    audience = Audience()
    (alice, hers), (_, bobs) = spelled(audience), spelled(audience)
    audience.tell(Update(b"1"), besides=alice, followers_only=True)
    assert bobs == [b"1"], "nothing was sent just now, so this is sent at once"
    for number in b"234":
        audience.tell(Update(bytes((number,))), besides=alice, followers_only=True)
    assert bobs == [b"1"]
    await asyncio.sleep(2 * GATHER)
    assert bobs == [b"1", b"234"]
    assert hers == [], "it knows what it said"


async def test_each_is_told_what_others_said_and_only_followers_are_told_edits() -> None:
    audience = Audience(Time())
    (alice, hers), (bob, his), (_, newcomers) = spelled(audience), spelled(audience), spelled(audience, follows=False)
    audience.tell(Update(b"0"), besides=None)
    audience.tell(Update(b"a"), besides=alice, followers_only=True)
    audience.tell(Update(b"b"), besides=bob, followers_only=True)
    audience.tell(Update(b"*"), besides=bob)
    audience.flush()
    assert (hers, his, newcomers) == ([b"0", b"b*"], [b"0", b"a"], [b"0", b"*"])


async def test_of_presence_only_the_last_of_each_editor_is_shown_behind_the_edits() -> None:
    audience = Audience(Time())
    (alice, hers), (_, bobs) = spelled(audience), spelled(audience)
    audience.tell(Update(b"0"), besides=None)
    audience.show([AwarenessEntry(1, 1, b"1")], besides=alice)
    audience.show([AwarenessEntry(2, 1, b"2")], besides=None)
    audience.show([AwarenessEntry(1, 2, b"3")], besides=alice)
    audience.tell(Update(b"4"), besides=None)
    audience.flush()
    assert bobs == [b"0", b"43,2."]
    assert hers == [b"0", b"42."]


async def test_much_is_not_gathered() -> None:
    audience = Audience(Time())
    _, heard = spelled(audience)
    audience.tell(Update(b"0"), besides=None)
    audience.tell(Update(b"1"), besides=None, size=100)
    assert heard == [b"0"]
    audience.tell(Update(b"2"), besides=None, size=100_000)
    assert heard == [b"0", b"12"]


async def test_nobody_is_told_twice_what_was_gathered() -> None:
    audience = Audience()
    _, heard = spelled(audience)
    audience.tell(Update(b"0"), besides=None)
    audience.tell(Update(b"1"), besides=None)
    audience.flush()
    audience.flush()
    await asyncio.sleep(2 * GATHER)
    assert heard == [b"0", b"1"]
