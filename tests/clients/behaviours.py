"""What every client is asked to do, each on documents of its own: the same run for all of them.

A behaviour raises what an assertion or an editor raises where it does not hold.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from tests.clients.clients import Client
from tests.editors import Editor, EditorError, Editors
from tests.servers import Server

WATCHED = 1.0
"""Seconds for which someone who was denied is watched. A client in a hot loop comes ten times in it."""

RENEWAL = 10.0
"""Seconds within which a newcomer sees who is there. Clients tell it again every 15 s by themselves: that is not meant."""


@dataclass(frozen=True)
class Stage:
    """One client, a running server, and people to be. Names of documents are this client's own."""

    client: Client
    server: Server
    editors: Editors
    people: list[Editor] = field(default_factory=list)
    """Who came."""

    def document(self, name: str) -> str:
        return f"{self.client.package}/{name}"

    async def open(self, name: str, document: str, *grants: str, token: str | None = None, socket: str = "") -> Editor:
        """Someone on the client that is examined."""
        if token is None:
            token = self.server.token(name, *grants)
        who = f"{name} in {self.document(document)}"
        editor = await self.client.open(
            self.editors, who, self.server, self.document(document), token=token, socket=socket
        )
        self.people.append(editor)
        return editor

    async def beside(self, name: str, document: str) -> Editor:
        """Someone else in the document, on the newest client of the other dialect."""
        open_other = self.editors.hocuspocus if self.client.kind == "y-websocket" else self.editors.ywebsocket
        editor = await open_other(f"{name} in {self.document(document)}", self.server, self.document(document))
        self.people.append(editor)
        return editor

    async def reads(self, name: str, document: str, text: str) -> None:
        """What someone sees who opens the document for the first time."""
        reader = await self.beside(name, document)
        await reader.until(synced=True, text=text)
        await reader.destroy()


async def leave(*people: Editor) -> None:
    for editor in people:
        await editor.destroy()


async def opens(stage: Stage) -> None:
    """A document that somebody else wrote is there when the client says that it is synced, whatever it is called."""
    for document in ("open", "open/Zürich 100% €"):
        bob = await stage.beside("bob", document)
        await bob.edit(insert="Grüezi 🌍")
        await bob.until(saved=True)
        alice = await stage.open("alice", document)
        await alice.until(synced=True)
        assert await alice.text() == "Grüezi 🌍"
        await leave(alice, bob)


async def writes(stage: Stage) -> None:
    """Both see what the other types, and what came back from the server outlives its ``kill -9``."""
    alice, bob = await stage.open("alice", "write"), await stage.beside("bob", "write")
    await alice.until(synced=True)
    await alice.edit(insert="from here")
    await bob.until(text="from here")
    await bob.edit(0, insert="from there, ")
    await alice.until(text="from there, from here")
    for editor in (alice, bob):
        await editor.until(saved=True)  # on y-websocket the driver watches what comes back
    await stage.server.kill()
    await leave(alice, bob)
    await stage.server.restart()
    await stage.reads("carol", "write", "from there, from here")


async def says_saved(stage: Stage) -> None:
    """The client's own light goes out, at first and after each edit, also for what only deletes."""
    alice = await stage.open("alice", "saved")
    await alice.until(saved=True)
    for number, (insert, erase) in enumerate((("typed", 0), (" and more", 0), ("", 5)), start=1):
        before = len((await alice.look()).lights)
        await alice.edit(0, insert=insert, erase=erase)
        await alice.until(saved=True, acknowledged=number)
        lights = (await alice.look()).lights[before:]
        assert any(unsynced > 0 for _, unsynced in lights), "it was lit, however shortly"
    await leave(alice)


async def is_present(stage: Stage) -> None:
    """Everyone sees everyone; who comes later, at once; who leaves is gone."""
    alice, bob = await stage.open("alice", "presence"), await stage.beside("bob", "presence")
    await alice.present({"user": {"name": "Alice"}})
    await bob.present({"user": {"name": "Bob"}})
    for editor in (alice, bob):
        await editor.until(present=2)
    newcomer = await stage.open("carol", "presence")
    await newcomer.until(present=3, timeout=RENEWAL)
    for editor in (alice, newcomer):
        states = {str(one["state"].get("user", {}).get("name")) for one in (await editor.look()).present}
        assert {"Alice", "Bob"} <= states
    await leave(newcomer)
    for editor in (alice, bob):
        await editor.until(present=2)
    await leave(bob)
    await alice.until(present=1)
    await leave(alice)


async def reconnects(stage: Stage) -> None:
    """The server is killed; both go on writing; when it is back, everyone has everything and sees everyone."""
    alice, bob = await stage.open("alice", "reconnect"), await stage.beside("bob", "reconnect")
    await alice.edit(insert="before\n")
    await bob.until(contains=["before"])
    await alice.until(saved=True)
    await stage.server.kill()
    for editor in (alice, bob):
        await editor.until(connected=False)
    await alice.edit(insert="alice offline\n")
    await alice.edit(0, erase=3)
    await bob.edit(insert="bob offline\n")
    await stage.server.restart()
    for editor in (alice, bob):
        await editor.until(saved=True, contains=["ore", "alice offline", "bob offline"], same=alice, present=2)
        assert not (await editor.look()).pending
    await alice.edit(insert="afterwards\n")
    await alice.until(saved=True)
    await stage.reads("carol", "reconnect", await alice.text())
    await leave(alice, bob)


async def is_denied(stage: Stage) -> None:
    """Without a good token, and without a grant, nobody gets in; the client is told why, and does not come hot."""
    with_nonsense = await stage.open("mallory", "denial", token="nonsense")
    without_grant = await stage.open("trudy", "denial", "elsewhere/**:owner")
    for editor, reason in ((with_nonsense, "token"), (without_grant, "grant")):
        await editor.until(denials=1)
        seen = await editor.look()
        assert reason in seen.denials[0]
        if stage.client.kind == "y-websocket":  # the provider tells its page of the close
            await editor.until(closes=1)
            assert (await editor.look()).closes[0]["reason"] == seen.denials[0]
    await asyncio.sleep(WATCHED)
    for editor in (with_nonsense, without_grant):
        seen = await editor.look()
        assert not seen.synced
        assert len(seen.denials) <= 2, "it comes back hot"
    await leave(with_nonsense, without_grant)


async def refreshes(stage: Stage) -> None:
    """A token has run out by the time of a break: it is denied for that reason, and with a new one all goes on."""
    grant = f"{stage.client.package}/**:editor"
    alice = await stage.open("alice", "refresh", grant)
    await alice.edit(insert="first")
    await alice.until(saved=True)
    await alice.give(stage.server.token("alice", grant, age=7200))
    await alice.cut()
    # A y-websocket page hears of the denial by the close.
    await alice.until(denials=1, closes=2 if stage.client.kind == "y-websocket" else 1)
    assert "expired" in (await alice.look()).denials[0]
    await alice.edit(insert=", second")
    await alice.give(stage.server.token("alice", grant), at_once=True)
    await alice.until(saved=True, acknowledged=2)
    await stage.reads("bob", "refresh", "first, second")
    await leave(alice)


async def refreshes_in_band(stage: Stage) -> None:
    """A new token with another role counts at once, on the same connection."""
    bob = await stage.beside("bob", "band")
    await bob.edit(insert="Bob's. ")
    await bob.until(saved=True)
    alice = await stage.open("alice", "band", f"{stage.client.package}/**:viewer")
    await alice.until(synced=True)
    await alice.give(stage.server.token("alice", f"{stage.client.package}/**:editor"), at_once=True)
    await alice.edit(insert="Alice's.")
    await alice.until(saved=True)
    await bob.until(text="Bob's. Alice's.")
    assert (await alice.look()).closes == []
    await leave(alice, bob)


async def only_reads(stage: Stage) -> None:
    """A viewer sees what is written, live, and what they write themselves reaches nobody."""
    bob = await stage.beside("bob", "read-only")
    await bob.edit(insert="Bob's")
    await bob.until(saved=True)
    alice = await stage.open("alice", "read-only", f"{stage.client.package}/**:viewer")
    await alice.until(synced=True, text="Bob's")
    await alice.edit(0, insert="Alice's and ")
    await alice.present({"user": {"name": "Alice"}})  # sent behind her edit
    await bob.until(present=2)
    await bob.edit(insert=" and only Bob's")
    await alice.until(contains=["and only Bob's"])
    await bob.until(saved=True)
    assert await bob.text() == "Bob's and only Bob's"
    assert (await alice.look()).unsynced > 0, "it says saved of what was refused"
    await stage.reads("carol", "read-only", "Bob's and only Bob's")
    await leave(alice, bob)


async def opens_two(stage: Stage) -> None:
    """Two documents at a time are two, also over a break."""
    await _two(stage, socket="")


async def opens_two_on_one_socket(stage: Stage) -> None:
    """Two documents share a connection; one of them is denied, and one is left, without the other noticing."""
    await _two(stage, socket="shared")
    fine = await stage.open("alice", "fine", socket="other")
    denied = await stage.open("mallory", "denied", token="nonsense", socket="other")
    await denied.until(denials=1)
    await fine.edit(insert="fine")
    await fine.until(saved=True)
    assert (await fine.look()).closes == []
    await leave(fine, denied)


async def _two(stage: Stage, *, socket: str) -> None:
    names = [f"two/{socket}{number}" for number in (1, 2)]
    people = [await stage.open(name, name, socket=socket) for name in names]
    for editor, name in zip(people, names, strict=True):
        await editor.edit(insert=f"this is {name}")
        await editor.until(saved=True)
    await people[0].cut()
    for editor in people:
        await editor.edit(insert=".")
        await editor.until(saved=True, acknowledged=2)
    first, second = people
    await leave(first)
    await second.edit(insert="!")
    await second.until(saved=True, acknowledged=3)
    await leave(second)
    await stage.reads("bob", names[0], f"this is {names[0]}.")
    await stage.reads("bob", names[1], f"this is {names[1]}.!")


async def perform(behaviour: str, stage: Stage) -> None:
    """One cell of the table. Errors: ``AssertionError`` where it does not hold."""
    if not stage.server.runs:  # what failed before may have left it killed
        await stage.server.restart()
    try:
        await BEHAVIOURS[behaviour](stage)
    finally:
        for editor in stage.people:  # where it failed: another try finds nobody
            with suppress(EditorError):
                await editor.destroy()


BEHAVIOURS: dict[str, Callable[[Stage], Awaitable[None]]] = {
    "open": opens,
    "write": writes,
    "saved": says_saved,
    "presence": is_present,
    "reconnect": reconnects,
    "denial": is_denied,
    "refresh": refreshes,
    "refresh in band": refreshes_in_band,
    "read-only": only_reads,
    "two documents": opens_two,
    "one socket": opens_two_on_one_socket,
}
"""The columns of the table."""
