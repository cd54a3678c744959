"""The published clients, side by side on the same documents: what a person would notice first."""

from __future__ import annotations

import pytest

from tests.editors import Editors
from tests.servers import Server

pytestmark = pytest.mark.node


async def test_both_clients_write_one_document(server: Server, editors: Editors) -> None:
    alice = await editors.hocuspocus("alice", server, "notes/ä b")
    bob = await editors.ywebsocket("bob", server, "notes/ä b")
    await alice.edit(insert="Hello 😀")
    await bob.until(text="Hello 😀")
    await bob.edit(0, erase=5, insert="Bye")
    await bob.set("title", "a note")
    await alice.until(same=bob, saved=True)
    await bob.until(saved=True)
    assert (await alice.look()).text == "Bye 😀"
    carol = await editors.hocuspocus("carol", server, "notes/ä b")
    await carol.until(saved=True, same=alice)
    assert (await carol.look()).map == {"title": "a note"}


async def test_what_was_saved_is_there_after_a_kill(server: Server, editors: Editors) -> None:
    alice = await editors.hocuspocus("alice", server, "kept")
    bob = await editors.ywebsocket("bob", server, "kept")
    await alice.edit(insert="one ")
    await bob.until(text="one ", saved=True)
    await bob.edit(insert="two ")
    await alice.until(text="one two ", saved=True)
    await bob.until(saved=True)
    await server.kill()
    await alice.edit(insert="three ")
    await alice.until(saved=False)
    await server.restart()
    await alice.until(saved=True)
    await bob.until(saved=True, text="one two three ")


async def test_two_sessions_of_one_document_share_a_socket(server: Server, editors: Editors) -> None:
    """A page that shows a document twice: each session is an editor of its own, and one leaves without the other."""
    left = await editors.hocuspocus("left", server, "notes/a", socket="page", session=True)
    right = await editors.hocuspocus("right", server, "notes/a", socket="page", session=True)
    bob = await editors.ywebsocket("bob", server, "notes/a")
    for editor in (left, right):
        await editor.until(synced=True)
    await left.edit(insert="from the left, ")
    await right.until(text="from the left, ")
    await right.edit(insert="from the right")
    for editor in (left, right):
        await editor.until(saved=True, text="from the left, from the right", present=3)
    await bob.until(same=left, present=3)
    await left.cut()
    for editor in (left, right):
        await editor.until(closes=1)
        await editor.edit(insert=".")
        await editor.until(saved=True)
    await bob.until(same=right, present=3)
    await left.destroy()
    await right.edit(insert="!")
    await right.until(saved=True)
    await bob.until(same=right, contains=["!"], present=2)
    assert len((await right.look()).closes) == 1


async def test_a_word_of_the_application_reaches_the_documents_others(server: Server, editors: Editors) -> None:
    """Stateless messages: to whoever else has this document open and knows such messages, in their order."""
    alice = await editors.hocuspocus("alice", server, "notes/a")
    await alice.edit(insert="there is such a document")
    await alice.until(saved=True)
    carol = await editors.hocuspocus("carol", server, "notes/a")
    erin = await editors.hocuspocus("erin", server, "notes/b")
    dave = await editors.hocuspocus("dave", server, "notes/a", token=server.token("dave", "**:viewer"))
    bob = await editors.ywebsocket("bob", server, "notes/a")
    for editor in (alice, bob, carol, dave, erin):
        await editor.until(synced=True)
    await dave.send("a reader has no say")
    for word in ("Grüezi 🌍", '{"type": "refresh"}'):
        await alice.send(word)
    for editor in (carol, dave):
        await editor.until(stateless=2)
        assert (await editor.look()).stateless == ["Grüezi 🌍", '{"type": "refresh"}']
    await alice.edit(insert=" now")
    await bob.until(contains=[" now"])
    for editor in (alice, erin, bob):
        assert (await editor.look()).stateless == []
