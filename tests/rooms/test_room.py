"""The way of an edit: to the log, to the others at once, and a receipt when it is on disk and not before."""

from __future__ import annotations

from pathlib import Path

import pytest

from collab.auth.roles import Role
from collab.errors import DocumentDeleted, MalformedUpdate, Overloaded, StorageUnavailable
from collab.protocol.messages import Close, Message, QueryAwareness, Stateless, Step1, Step2, SyncStatus, Update
from tests.rooms.house import EMPTY, NOTHING, House, Writer, presence, shown

# ---- saved means saved ----------------------------------------------------------------------------------------------


async def test_others_see_an_edit_before_the_disk_has_it_and_its_writer_is_told_after(house: House) -> None:
    alice, hers = await house.writer(1)
    bob, _ = await house.writer(2, "bob")
    await alice.until(acks=1)  # of her Step2
    house.disk.writes.clear()

    await alice.edit(hers.type("hello"))

    assert bob.sees == "hello"
    assert alice.acks == 1
    assert await house.disk.text("notes") == ""
    house.disk.writes.set()
    await alice.until(acks=2)
    assert await house.disk.text("notes") == "hello"


async def test_each_frame_gets_one_receipt_though_one_commit_holds_many(house: House) -> None:
    alice, hers = await house.writer(1)
    house.disk.writes.clear()
    await alice.edit(*(hers.type(letter) for letter in "abcdefghij"))
    house.disk.writes.set()
    await alice.until(acks=11)
    await house.saved()
    assert alice.acks == 11
    assert await house.disk.text("notes") == "abcdefghij"


async def test_what_brings_nothing_new_waits_for_what_came_before_it(house: House) -> None:
    """A resume after a lost ack: the same bytes again, while their first coming is not on disk yet."""
    alice, hers = await house.writer(1)
    bob, _ = await house.writer(2, "bob")
    await bob.until(acks=1)
    house.disk.writes.clear()
    typed = hers.type("hello")
    await alice.edit(typed)

    await bob.edit(typed)

    assert bob.acks == 1
    house.disk.writes.set()
    await bob.until(acks=2)
    assert await house.disk.text("notes") == "hello"


async def test_an_edit_is_neither_echoed_nor_sent_twice(house: House) -> None:
    alice, hers = await house.writer(1)
    bob, _ = await house.writer(2, "bob")
    typed = hers.type("hello")
    await alice.edit(typed, typed, hers.update())
    await bob.edit(typed)
    assert alice.all_of(Update) == []
    assert bob.all_of(Update) == [Update(typed)]


async def test_only_the_new_part_of_an_edit_goes_on(house: House) -> None:
    alice, hers = await house.writer(1)
    bob, _ = await house.writer(2, "bob")
    await alice.edit(hers.type("hello"))
    hers.type(" world")
    await alice.edit(hers.update())
    await house.told()
    assert [shown(message.update) for message in bob.all_of(Update)] == ["hello", ""], "the second lacks the first"
    assert bob.sees == "hello world"
    await house.saved()
    assert await house.disk.text("notes") == "hello world"


async def test_a_step1_starts_a_new_count_and_voids_the_receipts_before_it(house: House) -> None:
    """The provider sets its counter to 1 with each Step1: what came before is covered by the Step2 that follows."""
    alice, hers = await house.writer(1)
    await alice.until(acks=1)
    house.disk.writes.clear()
    await alice.edit(hers.type("a"), hers.type("b"))

    await alice.say(Step1(hers.vector))
    await alice.answer(hers)
    await alice.edit(hers.type("c"))

    house.disk.writes.set()
    await alice.until(acks=3)
    await house.saved()
    assert alice.acks == 3, "1 before, then the Step2 and c"


async def test_receipts_of_one_who_has_left_are_void(house: House) -> None:
    """The same client may come back at the same address at once: a late receipt would lower its new count."""
    alice, hers = await house.writer(1)
    await alice.until(acks=1)
    house.disk.writes.clear()
    await alice.edit(hers.type("a"))
    alice.leave()
    house.disk.writes.set()
    await house.saved()
    assert alice.acks == 1


# ---- the end of a room ----------------------------------------------------------------------------------------------


async def test_when_the_disk_gives_up_everyone_is_sent_away_and_brings_it_again(tmp_path: Path) -> None:
    async with House(tmp_path, give_up=0.2) as house:
        alice, hers = await house.writer(1)
        bob, _ = await house.writer(2, "bob")
        await alice.until(acks=1)
        room = await house.room()
        house.disk.write_error = StorageUnavailable("the disk is full")
        await alice.edit(hers.type("hello"))
        with pytest.raises(StorageUnavailable):
            await room.journal.flush()

        assert [type(error) for error in alice.ended + bob.ended] == [StorageUnavailable, StorageUnavailable]
        assert alice.ended[0].close_code == 1013
        assert alice.acks == 1
        await alice.edit(hers.type("!"))  # it has not heard yet
        assert alice.acks + alice.refusals == 1

        house.disk.write_error = None
        again = await house.enter("alice")
        assert again.room is not room
        await again.open(hers)
        await again.until(acks=1)
        assert await house.disk.text("notes") == "hello!"


async def test_a_document_deleted_under_its_editors_is_told_as_that(tmp_path: Path) -> None:
    async with House(tmp_path, give_up=5.0) as house:
        alice, hers = await house.writer(1)
        await alice.edit(hers.type("a"))
        await house.saved()
        room = await house.room()
        await house.disk.delete("notes", time=1)
        await alice.edit(hers.type("b"))
        with pytest.raises(DocumentDeleted):
            await room.journal.flush()
        assert [type(error) for error in alice.ended] == [DocumentDeleted]
        with pytest.raises(DocumentDeleted):
            await house.room()


async def test_a_full_queue_sends_everyone_away_before_memory_and_disk_differ(tmp_path: Path) -> None:
    async with House(tmp_path, log_queue_bytes=4096, max_update_bytes=4096) as house:
        alice, hers = await house.writer(1)
        await alice.until(acks=1)
        house.disk.writes.clear()
        for _ in range(10):
            await alice.edit(hers.type("x" * 1000))
        assert [type(error) for error in alice.ended] == [Overloaded]
        assert alice.ended[0].close_code == 1013
        assert alice.acks == 1
        house.disk.writes.set()


async def test_what_is_deleted_in_the_moment_of_a_downgrade_is_not_told_as_saved(house: House) -> None:
    """A reader's editor tidies up by itself, and is told that all is well; but this may have been typed."""
    alice, hers = await house.writer(1)
    known = hers.type("hello")
    await alice.edit(known)
    await alice.until(acks=2)
    alice.room.assign(alice.peer, Role.VIEWER)
    await alice.edit(hers.erase(0, 1))
    assert (alice.acks, alice.refusals) == (2, 1)
    await alice.edit(known)
    await alice.until(acks=3)
    house.now += 6
    await alice.edit(hers.erase(0, 1))
    await alice.until(acks=4)
    assert alice.refusals == 1
    assert (await house.newcomer()).sees == "hello"


async def test_who_has_always_been_a_reader_is_not_doubted(house: House) -> None:
    alice, hers = await house.writer(1)
    await alice.edit(hers.type("hello"))
    eve = await (await house.enter("eve", Role.COMMENTER)).open()
    eve.room.assign(eve.peer, Role.VIEWER)
    await eve.edit(Writer(2).hear(*eve.updates).erase(0, 1))
    await eve.until(acks=2)
    assert eve.refusals == 0


# ---- what is not an edit --------------------------------------------------------------------------------------------


async def test_stateless_messages_go_to_the_others(house: House) -> None:
    alice, bob, carol = [await house.enter(name) for name in ("alice", "bob", "carol")]
    await alice.say(Stateless(b"hello"))
    assert [guest.all_of(Stateless) for guest in (alice, bob, carol)] == [
        [],
        [Stateless(b"hello")],
        [Stateless(b"hello")],
    ]


async def test_a_viewer_says_nothing_to_the_others_and_hears_them(house: House) -> None:
    alice = await house.enter("alice", Role.COMMENTER)
    eve = await house.enter("eve", Role.VIEWER)
    await eve.say(Stateless(b"psst"))
    await alice.say(Stateless(b"hello"))
    assert (alice.all_of(Stateless), eve.all_of(Stateless)) == ([], [Stateless(b"hello")])


async def test_who_is_there_can_be_asked(house: House) -> None:
    alice, bob = await house.enter("alice"), await house.enter("bob")
    await alice.say(presence(1, 5))
    bob.heard.clear()
    await bob.say(QueryAwareness())
    assert [entry.client for entry in bob.presences] == [1]


async def test_presence_comes_back_to_who_sent_it(house: House) -> None:
    """A client that hears nothing for 30 s takes its socket for dead; it renews its presence every 15 s."""
    alice = await house.enter("alice")
    await alice.say(presence(1, 5))
    assert alice.heard == [presence(1, 5)]


@pytest.mark.parametrize("message", [SyncStatus(saved=True), Close()])
async def test_what_only_a_server_says_ends_the_place(house: House, message: Message) -> None:
    alice = await house.enter("alice")
    bob = await house.enter("bob")
    await alice.say(message)
    assert [error.close_code for error in alice.ended] == [4400]
    assert not bob.ended


@pytest.mark.parametrize("kind", [Update, Step2])
@pytest.mark.parametrize("update", [b"", b"\0", b"\1", b"\xff" * 50, b"\0\0\0"], ids=bytes.hex)
async def test_a_damaged_edit_ends_its_senders_place_and_nobody_elses(
    house: House, kind: type[Update] | type[Step2], update: bytes
) -> None:
    alice, hers = await house.writer(1)
    bob, his = await house.writer(2, "bob")
    await alice.edit(hers.type("hello"))
    await alice.say(kind(update))
    assert [type(error) for error in alice.ended] == [MalformedUpdate]
    alice.leave()
    await bob.edit(his.hear(*bob.updates).type(" world"))
    assert not bob.ended
    await house.saved()
    assert await house.disk.text("notes") == "hello world"


async def test_a_step1_that_is_none_ends_the_place(house: House) -> None:
    alice = await house.enter("alice")
    await alice.say(Step1(b"\xff"))
    assert [type(error) for error in alice.ended] == [MalformedUpdate]


async def test_actors_are_those_who_wrote_and_clean_up_is_nobodys(house: House) -> None:
    """A Step2 that only deletes is what integration deleted, or clean-up: no person's doing."""
    alice, hers = await house.writer(1)
    bob, _ = await house.writer(2, "bob")
    await alice.edit(hers.type("hello"))
    await bob.edit(Writer(2).hear(*bob.updates).type("!"))
    tidy = Writer(3).hear(*bob.updates)
    await bob.say(Step2(tidy.erase(0)))
    await bob.edit(tidy.erase(0))
    await house.saved()
    stored = await house.disk.load("notes")
    assert stored is not None
    assert [(change.actor, len(change.updates)) for change in stored.tail] == [
        ("alice", 1),
        ("bob", 1),
        (None, 1),
        ("bob", 1),
    ]


async def test_who_has_not_asked_for_the_document_is_not_sent_edits(house: House) -> None:
    alice, hers = await house.writer(1)
    bob = await house.enter("bob")
    await alice.edit(hers.type("hello"))
    assert bob.all_of(Update) == []
    await bob.open()
    assert bob.sees == "hello"


async def test_leaving_twice_is_leaving_once(house: House) -> None:
    alice = await house.enter("alice")
    await alice.say(Step1(NOTHING), presence(1, 5))
    alice.leave()
    alice.leave()
    bob = await house.enter("bob")
    assert bob.heard == []
    await bob.say(Step2(EMPTY))
    assert alice.all_of(Update) == []


async def test_an_id_used_twice_is_logged_once_and_what_comes_again_is_not(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    hers = Writer(1)
    alice = await (await house.enter("alice")).open(hers)
    bob = await (await house.enter("bob")).open()
    typed = hers.type("first")
    for edit in (typed, typed, hers.erase(1, 2), hers.update()):
        await alice.edit(edit)
    await bob.edit(hers.update())
    assert "used twice" not in caplog.text
    for _ in range(3):
        await bob.edit(Writer(1).type("other"))
    assert caplog.text.count("what bob brought of client 1 at clocks 0 to 5 is not what was let in before") == 1
