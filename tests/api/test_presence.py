"""REST and live editors are in the same documents: what one does the other sees, at once (the published clients)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientSession

from tests.api.caller import BYTES, path_of
from tests.editors import Editor, Editors
from tests.rooms.house import Writer, shown
from tests.servers import Server

pytestmark = [pytest.mark.node, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    async with Server(tmp_path_factory.mktemp("presence") / "data") as running:
        yield running
        assert "Traceback" not in running.log


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def editors() -> AsyncIterator[Editors]:
    async with Editors() as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def script(server: Server) -> AsyncIterator[ClientSession]:
    """A script that owns everything."""
    headers = {"Authorization": f"Bearer {server.token('script', '**:owner')}"}
    async with ClientSession(server.url, headers=headers) as session:
        yield session


async def people(script: ClientSession, name: str) -> list[dict[str, Any]]:
    async with script.get(path_of(name, "/presence")) as response:
        assert response.status == 200
        listed: list[dict[str, Any]] = (await response.json())["people"]
        return listed


async def state(script: ClientSession, name: str) -> bytes:
    async with script.get(path_of(name, "/state")) as response:
        assert response.status == 200
        return await response.read()


async def open_both(editors: Editors, server: Server, name: str) -> tuple[Editor, Editor]:
    """One editor of each dialect."""
    one = await editors.hocuspocus(f"{name} one", server, name)
    other = await editors.ywebsocket(f"{name} other", server, name)
    for editor in (one, other):
        await editor.until(synced=True)
    return one, other


async def test_an_update_appears_in_open_editors_and_their_edits_in_the_state(
    server: Server, editors: Editors, script: ClientSession
) -> None:
    one, other = await open_both(editors, server, "live")
    async with script.post(path_of("live", "/updates"), data=Writer(7).type("posted"), headers=BYTES) as response:
        assert await response.json() == {"changed": True}
    for editor in (one, other):
        await editor.until(text="posted")
    await one.edit(insert=" and typed")
    await other.until(text="posted and typed")
    await one.until(saved=True)
    assert shown(await state(script, "live")) == "posted and typed"
    for editor in (one, other):
        await editor.destroy()


async def test_who_is_there(server: Server, editors: Editors, script: ClientSession) -> None:
    one, other = await open_both(editors, server, "there")
    async with script.get(path_of("nobody is here", "/presence")) as response:
        assert response.status == 404
    await one.present({"user": {"name": "One", "color": "#123456"}})
    await other.present({"user": {"name": "Ö\ud83d\ude00"}, "cursor": [1, None]})
    await one.until(present=2)
    await other.until(present=2)
    shown_now = {each["subject"]: each for each in await people(script, "there")}
    assert shown_now["there one"] == {
        "client": one.client,
        "subject": "there one",
        "state": {"user": {"name": "One", "color": "#123456"}},
    }
    assert shown_now["there other"]["state"] == {"user": {"name": "Ö😀"}, "cursor": [1, None]}
    await one.destroy()
    await other.until(present=1)
    assert [each["subject"] for each in await people(script, "there")] == ["there other"]
    await other.destroy()


async def test_deleting_lets_go_of_everyone_with_the_reason(
    server: Server, editors: Editors, script: ClientSession
) -> None:
    one, other = await open_both(editors, server, "doomed")
    await one.edit(insert="kept")
    await other.until(text="kept")
    await one.until(saved=True)
    async with script.delete(path_of("doomed")) as response:
        assert response.status == 204
    for editor in (one, other):
        await editor.until(closes=1)
    (close, *_) = (await other.look()).closes
    assert (close["code"], "deleted" in close["reason"]) == (4410, True)
    (close, *_) = (await one.look()).closes
    assert "deleted" in close["reason"]
    for editor in (one, other):
        await editor.destroy()
    late = await editors.hocuspocus("late", server, "doomed")
    await late.until(denials=1)
    await late.destroy()
    async with script.post(path_of("doomed", "/restore")) as response:
        assert response.status == 200
    back = await editors.ywebsocket("back", server, "doomed")
    await back.until(synced=True, text="kept")
    await back.destroy()


async def test_many_scripts_and_an_editor_at_once(server: Server, editors: Editors, script: ClientSession) -> None:
    alice = await editors.hocuspocus("alice", server, "busy")
    await alice.until(synced=True)

    async def post(client: int) -> None:
        writer = Writer(client)
        for letter in "abc":
            async with script.post(path_of("busy", "/updates"), data=writer.type(letter), headers=BYTES) as response:
                assert await response.json() == {"changed": True}

    await asyncio.gather(*(post(client) for client in range(100, 110)), alice.edit(insert="typed"))
    await alice.until(length=35, saved=True)
    text = await alice.text()
    assert sorted(text) == sorted("abc" * 10 + "typed")
    assert shown(await state(script, "busy")) == text
    await alice.destroy()
