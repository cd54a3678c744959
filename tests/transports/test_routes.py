"""The two paths of sockets, and what is asked of them that is no socket."""

from __future__ import annotations

import base64

import aiohttp
import pytest

from collab.protocol.messages import Step1, Step2
from collab.transports import routes
from tests.attacks.clients import Client, YClient
from tests.attacks.wire import RawSocket, Refused
from tests.rooms.house import NOTHING
from tests.transports.doors import Doors


def test_there_are_two() -> None:
    assert [route.path.partition("{")[0] for route in routes() if hasattr(route, "path")] == ["/collab", "/yjs/"]


async def test_each_speaks_its_dialect(doors: Doors) -> None:
    async with await Client.inside(doors, "notes", "alice") as alice:
        assert alice.all_of("notes", Step2)
    async with await YClient.join(doors, "notes", doors.token("alice")) as bob:
        bob.say("", Step1(NOTHING))
        await bob.until(lambda: bool(bob.all_of("", Step2)))


@pytest.mark.parametrize("path", ["/collab/", "/collab/notes", "/yjs", "/", "/Collab", "/yjs%2Fnotes"])
async def test_other_paths_are_nothing(doors: Doors, path: str) -> None:
    with pytest.raises(Refused) as refused:
        await RawSocket.open(doors.port, path)
    assert refused.value.status == 404


@pytest.mark.parametrize("path", ["/collab", "/yjs/notes"])
async def test_what_is_no_upgrade_is_refused(doors: Doors, path: str) -> None:
    async with aiohttp.ClientSession() as browser:
        url = f"http://127.0.0.1:{doors.port}{path}"
        async with browser.get(url) as answer:
            assert answer.status == 400
        async with browser.post(url) as answer:
            assert answer.status == 405


@pytest.mark.parametrize("path", ["/collab", "/yjs/notes"])
@pytest.mark.parametrize("method", ["HEAD", "POST", "OPTIONS"])
async def test_an_upgrade_is_a_get(doors: Doors, path: str, method: str) -> None:
    asks = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
    key = base64.b64encode(bytes(16)).decode()
    async with (
        aiohttp.ClientSession() as browser,
        browser.request(
            method, f"http://127.0.0.1:{doors.port}{path}", headers={**asks, "Sec-WebSocket-Key": key}
        ) as answer,
    ):
        assert (answer.status, answer.headers["Allow"]) == (405, "GET")


async def test_a_name_with_a_slash_is_one_name(doors: Doors) -> None:
    async with await YClient.join(doors, "a/b%2Fc", doors.token("alice", "a/b/c:editor")) as alice:
        alice.say("", Step1(NOTHING))
        await alice.until(lambda: bool(alice.all_of("", Step2)))
    assert (await doors.house.rooms.open("a/b/c", create=True)).name == "a/b/c"
