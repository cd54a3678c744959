"""The REST API as the commands speak it, on the real application; and on strangers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from collab.app import build
from collab.auth import Authority, Grant
from collab.cli.client import Api, new_session
from collab.cli.place import Place, reach
from collab.config import Settings
from collab.errors import (
    CollabError,
    DocumentDeleted,
    DocumentExists,
    Forbidden,
    InvalidName,
    MalformedUpdate,
    NotFound,
    TooLarge,
    Unauthenticated,
    Unavailable,
)
from tests.cli.processes import SECRET
from tests.cli.states import state, text
from tests.servers import free_port


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    async with reach(Place(Settings.load(data_dir=tmp_path)), make=True) as api:
        yield api


NAMES = ["a", "..", ".", "...", "a/b", "a%2Fb", "%", "a?b=c#d", "Grüße 東京", "a/state", "../x", "+ +", "a\\b", ";:@&="]


async def test_a_life_under_any_name(api: Api) -> None:
    for name in NAMES:
        made = await api.create(name, f"The title of {name}")
        assert (made["name"], made["role"], made["deleted"]) == (name, "owner", None)
        with pytest.raises(DocumentExists):
            await api.create(name)
        assert await api.submit(name, state(name))
        assert text(await api.state(name)) == name
        assert await api.people(name) == []
        assert (await api.retitle(name, "other"))["title"] == "other"
    assert [document["name"] async for document in api.documents()] == sorted(NAMES)
    for name in NAMES:
        await api.delete(name)
        await api.delete(name)
        with pytest.raises(DocumentDeleted):
            await api.document(name)
    assert [document["name"] async for document in api.documents()] == []
    assert [document["name"] async for document in api.documents(deleted=True)] == sorted(NAMES)
    for name in NAMES:
        assert (await api.restore(name))["deleted"] is None
        assert (await api.document(name))["title"] == "other"


async def test_all_pages_or_as_many_as_are_wanted(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collab.cli.client.MAX_PAGE", 10)
    names = [f"{number:02}" for number in range(25)]
    for name in names:
        await api.create(name)
    assert [document["name"] async for document in api.documents()] == names
    assert [document["name"] async for document in api.documents(limit=21)] == names[:21]
    assert [document["name"] async for document in api.documents(limit=3, sort="modified")] == names[:-4:-1]
    assert [document["name"] async for document in api.documents(search="2")] == ["02", "12", *names[20:]]


async def test_what_is_refused_has_its_own_error(api: Api) -> None:
    with pytest.raises(NotFound, match="no such document"):
        await api.document("nothing")
    with pytest.raises(MalformedUpdate):
        await api.submit("a", b"not an update")
    with pytest.raises(InvalidName):
        await api.document(" ")
    with pytest.raises(NotFound):
        await api.state("a")


async def test_a_server_elsewhere(tmp_path: Path) -> None:
    application = build(Settings.load(data_dir=tmp_path, max_update_bytes=1000), SECRET)
    grants = (Grant.parse("notes/*", "viewer"), Grant.parse("mine", "editor"))
    async with TestServer(application) as server, new_session() as session:
        url = f"http://127.0.0.1:{server.port}"
        api = Api(session, url, lambda: Authority(SECRET).issue("v", "V", grants, lifetime=60))
        with pytest.raises(Forbidden):
            await api.submit("notes/a", state("x"))
        with pytest.raises(TooLarge, match="max_update_bytes"):
            await api.submit("mine", state("x" * 1001))
        assert await api.submit("mine", state("x"))
        assert [document["name"] async for document in api.documents()] == ["mine"]
        stranger = Api(session, url, lambda: "no token")
        with pytest.raises(Unauthenticated):
            await stranger.document("mine")


async def test_nobody_there() -> None:
    async with new_session() as session:
        with pytest.raises(Unavailable, match=r"http://127\.0\.0\.1:\d+ cannot be reached: "):
            await Api(session, f"http://127.0.0.1:{free_port()}", lambda: "t").document("a")


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (web.Response(text="<h1>It works!</h1>", content_type="text/html"), "what is not JSON"),
        (web.Response(status=404, text="nothing here"), "404 Not Found"),
        (web.Response(status=302, headers={"Location": "http://127.0.0.1:1/"}), "302 Found"),
        (web.Response(status=500, body=b"{", content_type="application/problem+json"), "500"),
        (web.Response(status=500, body=b"[]", content_type="application/problem+json"), "500"),
    ],
)
async def test_a_server_of_something_else(answer: web.Response, says: str) -> None:
    async def handler(_: web.Request) -> web.Response:
        return answer

    app = web.Application()
    app.router.add_route("*", "/{any:.*}", handler)
    async with TestServer(app) as server, new_session() as session:
        with pytest.raises(Unavailable, match=f"answered {says}.*: is a collab server there"):
            await Api(session, f"http://127.0.0.1:{server.port}", lambda: "t").document("a")


async def test_an_error_of_a_later_version() -> None:
    async def handler(_: web.Request) -> web.Response:
        problem = {"status": 418, "code": "teapot", "detail": "it is a teapot"}
        return web.json_response(problem, status=418, content_type="application/problem+json")

    app = web.Application()
    app.router.add_route("*", "/{any:.*}", handler)
    async with TestServer(app) as server, new_session() as session:
        with pytest.raises(CollabError, match=r"^it is a teapot$"):
            await Api(session, f"http://127.0.0.1:{server.port}", lambda: "t").document("a")
