"""Restoring while people write: everyone sees it at once and the same, and what is typed meanwhile is not lost."""

from __future__ import annotations

import asyncio
import json
import re

import pytest

from collab.cli.place import Place, reach
from collab.config import Settings
from collab.content.formats import Format
from collab.errors import RestoreUnavailable
from tests.content import deep
from tests.crdt import wire
from tests.editors import Editor, Editors
from tests.servers import Server

pytestmark = pytest.mark.node

NAME = "notes/a"
PEOPLE = ("alice", "bob", "carol")
RESTORES = 5
LINES = re.compile(r"([abc])(\d+)")


def place(server: Server) -> Place:
    return Place(Settings.load(data_dir=server.data_dir))


async def opened(editors: Editors, server: Server) -> list[Editor]:
    """Three real providers with the same document open."""
    return [
        await editors.hocuspocus(PEOPLE[0], server, NAME),
        await editors.ywebsocket(PEOPLE[1], server, NAME),
        await editors.hocuspocus(PEOPLE[2], server, NAME),
    ]


async def test_every_editor_shows_that_moment_and_then_the_one_before(server: Server, editors: Editors) -> None:
    everyone = await opened(editors, server)
    alice, bob, carol = everyone
    await alice.edit(insert="The quick brown fox 😀\n")
    await bob.until(contains=["fox"])
    await bob.set("title", "a fox")
    await alice.until(same=bob, saved=True)
    await bob.until(saved=True)
    then = await alice.look()
    async with reach(place(server)) as api:
        moment = json.loads(await api.difference(NAME, "0", "now", Format.JSON))["to"]["moment"]
        await carol.until(same=alice)
        await carol.edit(4, erase=11, insert="slow")
        await bob.until(same=carol)
        await bob.set("title", "a slow fox")
        await alice.edit(insert="A second line.\n")
        for editor in everyone:
            await editor.until(same=alice, saved=True)
        await alice.until(same=bob, contains=["slow", "second"])
        before = await alice.look()
        latest = json.loads(await api.difference(NAME, "0", "now", Format.JSON))["to"]["moment"]
        done = await api.go_back(NAME, str(moment))
        assert done["changed"]
        for editor in everyone:
            await editor.until(text=then.text)
            await editor.until(same=alice, saved=True)
            assert (await editor.look()).map == {"title": "a fox"}
        await api.go_back(NAME, str(latest))
        for editor in everyone:
            await editor.until(text=before.text)
            assert (await editor.look()).map == {"title": "a slow fox"}


async def test_restoring_while_three_people_type(server: Server, editors: Editors) -> None:
    """What a restore takes back is what it knew; every line that came later is there, and all see the same.

    So of each person's lines that are missing in the end, none follows one that is there and was not there at the moment.
    """
    everyone = await opened(editors, server)
    for editor in everyone:
        await editor.until(synced=True)
        await editor.type(editor.name[0], pause=(5, 20))
    async with reach(place(server)) as api:
        await asyncio.sleep(0.5)
        moments = [json.loads(await api.difference(NAME, "0", "now", Format.JSON))]
        for _ in range(RESTORES):
            await asyncio.sleep(0.5)
            assert (await api.go_back(NAME, str(moments[0]["to"]["moment"])))["changed"]
        await asyncio.sleep(0.3)
    typed = [await editor.quiet() for editor in everyone]
    for editor in everyone:
        await editor.until(saved=True)
    for editor in everyone:
        await editor.until(same=everyone[0], saved=True, timeout=60)
    at_moment = lines("".join(run["text"] for run in moments[0]["blocks"][0]["runs"]))
    found = lines((await everyone[0].look()).text)
    for person, count in zip("abc", typed, strict=True):
        kept = at_moment[person]
        later = sorted(found[person] - kept)
        assert kept <= found[person], "what was there at the moment is there"
        assert later, "something was typed after the last restore was looked for"
        assert later == list(range(later[0], count)), f"of {person} a line is lost that the restore did not know"
    newcomer = await editors.hocuspocus("dave", server, NAME)
    await newcomer.until(same=everyone[0], synced=True)


def lines(text: str) -> dict[str, set[int]]:
    """The numbers of each person's lines."""
    found: dict[str, set[int]] = {person: set() for person in "abc"}
    for person, number in LINES.findall(text):
        found[person].add(int(number))
    return found


async def test_a_document_that_ends_the_worker_leaves_everyone_writing(server: Server, editors: Editors) -> None:
    everyone = await opened(editors, server)
    await everyone[0].edit(insert="hello")
    async with reach(place(server)) as api:
        await api.submit("bad", deep.deleted_xml(60_000))
        await api.submit("bad", wire.insertion(9, 0, wire.typed("later", parent="notes")))
        for _ in range(2):
            with pytest.raises(RestoreUnavailable, match="cannot be restored"):
                await api.go_back("bad", "1")
            await everyone[1].edit(insert="!")
        await everyone[2].until(text="hello!!")
        assert await api.content(NAME, Format.TEXT)
