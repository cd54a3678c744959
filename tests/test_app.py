"""Everything is opened in order and closed in order; a running server tells no secrets (FAULTS §4 rows 2, 31, 38)."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import signal
import socket
import sqlite3
import sys
import threading
import time
from asyncio.subprocess import PIPE
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import ClientSession, CookieJar, web

from collab.api import ACCESS, STORE
from collab.app import LOG, build, serve
from collab.config import Settings
from collab.errors import ConfigurationError
from collab.storage.access.base import Revocation, Revoked
from tests.servers import Server

SECRET = "the secret of these tests, and long enough to be one"


def settings(data_dir: Path, **more: object) -> Settings:
    return Settings.load(data_dir=data_dir, port=0, **more)


def test_building_opens_nothing(tmp_path: Path) -> None:
    build(settings(tmp_path / "data"), SECRET)
    assert not (tmp_path / "data").exists()


async def test_what_is_opened_is_closed(tmp_path: Path) -> None:
    runner = web.AppRunner(build(settings(tmp_path / "data"), SECRET))
    await runner.setup()
    app = runner.app
    assert (await app[STORE].documents()).records == ()
    assert (tmp_path / "data" / "collab.db").exists()
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("collab")] != []
    await runner.cleanup()
    with pytest.raises(Exception, match=r"shutdown|closed|shutting"):
        await app[STORE].documents()
    with pytest.raises(Exception, match="shutting down"):
        app[LOG].journal("a", "b", None)  # type: ignore[arg-type]  # it is refused before it is looked at
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("collab")] == []


async def test_a_stop_waits_for_a_change_of_access_whose_asker_has_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = web.AppRunner(build(settings(tmp_path / "data"), SECRET))
    await runner.setup()
    access = runner.app[ACCESS]
    really, begun = access.store.revoke, asyncio.Event()

    async def slowly(revocation: Revocation) -> None:
        begun.set()
        await asyncio.sleep(0.5)
        await really(revocation)

    monkeypatch.setattr(access.store, "revoke", slowly)
    asking = asyncio.create_task(access.revoke(Revocation(Revoked.TOKEN, "t1", 0, 0, "owner")))
    await begun.wait()
    asking.cancel()
    await runner.cleanup()
    again = web.AppRunner(build(settings(tmp_path / "data"), SECRET))
    await again.setup()
    assert [each.value for each in await again.app[ACCESS].store.revocations()] == ["t1"]
    await again.cleanup()


async def test_a_start_that_fails_leaves_nothing_open(tmp_path: Path) -> None:
    database = tmp_path / "collab.db"
    connection = sqlite3.connect(database)
    connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
    connection.execute("INSERT INTO alembic_version VALUES ('of another program')")
    connection.commit()
    connection.close()
    with pytest.raises(ConfigurationError, match="newer version"):
        await serve(settings(tmp_path), SECRET, lambda url: pytest.fail("it listens"))
    database.rename(tmp_path / "moved.db")  # nobody holds it


async def test_an_address_in_use_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError, match=f"127.0.0.1 port {port}"):
            await serve(Settings.load(data_dir=tmp_path, port=port), SECRET, lambda url: pytest.fail("it listens"))


async def serving(settings: Settings) -> tuple[asyncio.Task[None], str]:
    """The server as a task of this process, and its URL once it listens."""
    listens: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(serve(settings, SECRET, listens.set_result))
    await asyncio.wait((task, listens), return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        task.result()
    return task, await listens


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_serves_until_it_is_told_to_stop(tmp_path: Path, number: signal.Signals) -> None:
    server, url = await serving(settings(tmp_path))
    async with ClientSession() as session, session.get(f"{url}/readyz") as response:
        assert response.status == 200
    os.kill(os.getpid(), number)
    async with asyncio.timeout(10):
        await server
    with pytest.raises(OSError, match=r"refused|Connect"):
        socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=1)


async def test_a_public_url_is_what_people_are_told(tmp_path: Path) -> None:
    server, url = await serving(settings(tmp_path, public_url="https://docs.example.org"))
    assert url == "https://docs.example.org"
    os.kill(os.getpid(), signal.SIGTERM)
    async with asyncio.timeout(10):
        await server


@pytest.mark.parametrize(
    "sent", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\n", b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET"]
)
async def test_a_slow_request_is_not_waited_for(tmp_path: Path, sent: bytes) -> None:
    """Row 31: a byte now and then, so that the connection is never quite idle."""
    async with Server(tmp_path, "--handshake-deadline", "500ms") as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(sent)
        started = time.monotonic()
        while time.monotonic() - started < 10:
            try:
                async with asyncio.timeout(0.1):
                    if not await reader.read(65536):
                        break
            except TimeoutError:
                writer.write(b"X")
            except ConnectionError:
                break
        assert time.monotonic() - started < 5
        writer.close()


async def test_a_running_server_stops_in_order(tmp_path: Path) -> None:
    async with Server(tmp_path, afresh=True) as server:
        _, idle = await asyncio.open_connection("127.0.0.1", server.port)  # one that would stay for ever
        assert await server.stop() == 0
        idle.close()
        assert server.log.endswith("stopped")
        assert "Traceback" not in server.log
    connection = sqlite3.connect(server.database)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
    assert not server.database.with_name("collab.db-wal").exists(), "a database that was closed has nothing to replay"


async def test_no_secret_is_in_any_log_or_table(tmp_path: Path) -> None:
    """Row 38: tokens in every place that could be logged, at the level that says most."""
    async with Server(tmp_path, "--log-level", "debug") as server:
        token = server.token("alice")
        code = (await link(tmp_path)).partition("#code=")[2]
        sensitive = {token, code}
        async with ClientSession(headers={"Origin": server.url}, cookie_jar=CookieJar(unsafe=True)) as browser:
            for body in ({"code": code}, {"code": code}, {}, {"code": token}, {"code": [token]}, {token: token}):
                async with browser.post(f"{server.url}/api/v1/session", json=body) as response:
                    if response.status == 200:
                        sensitive.add((await response.json())["token"])
                    sensitive |= {cookie.value for cookie in response.cookies.values()}
            for path in (
                f"/?token={token}",
                f"/yjs/a?token={token}",
                f"/documents/%00?t={token}",
                "/s/opaque-share-token",
            ):
                headers = {
                    "Authorization": f"Bearer {token}",
                    "Referer": f"http://x/?token={token}",
                    "Cookie": f"a={token}",
                }
                async with browser.get(server.url + path, headers=headers) as response:
                    await response.read()
        assert len(sensitive) >= 4, "a token, a code, a cookie, a socket token"
        shared = await share(server)
        sensitive |= shared.signed
        for raw in (
            f"GET /?token={token} HTTP/9.9\r\n\r\n",
            f"GET /?token={token}\0 HTTP/1.1\r\n\r\n",
            f"GET / HTTP/1.1\r\nAuthorization : {token}\r\n\r\n",
            f"{token} / HTTP/1.1\r\n\r\n",
            "GET /s/opaque-share-token\x01 HTTP/1.1\r\n\r\n",
            f"GET / HTTP/1.1\r\nHost: x\r\nCookie: {'x' * 20_000}{token}\r\n\r\n",
        ):
            await answer_to(raw, server.port)
        await server.stop()
    assert server.log.count("POST /api/v1/session 200") == 2, "the access log is on"
    assert "GET /s/[hidden] " in server.log
    assert "POST /api/v1/shares/[hidden]/session 200" in server.log
    secret = (tmp_path / "secret").read_text()
    stored = server.database.read_bytes()
    for text in {"opaque-share-token", secret, id_in(code), *shared.opaque}.union(
        *(signed.split(".")[1:] for signed in sensitive)
    ):
        assert text not in server.log
        assert text.encode() not in stored
    assert not re.search(r"eyJ[\w-]{6}", server.log), "nothing that begins like a token"


@dataclass
class Secrets:
    """What must be nowhere: tokens, and what looks like nothing."""

    signed: set[str]
    opaque: set[str]


async def share(server: Server) -> Secrets:
    """Use a link with a password, a guest's token and pass, and an API key, in every place where they may stand."""
    password = "a password that nobody says"
    owner = {"Authorization": f"Bearer {server.token('owner', '**:owner')}"}
    api = f"{server.url}/api/v1"
    async with ClientSession(raise_for_status=True) as session:

        async def post(path: str, body: object, **headers: str) -> dict[str, str]:
            async with session.post(f"{api}{path}", json=body, headers=headers) as response:
                answer: dict[str, str] = await response.json()
                return answer

        await post("/documents", {"name": "a"}, **owner)
        link = await post("/documents/a/shares", {"role": "editor", "password": password}, **owner)
        guest = await post(f"/shares/{link['token']}/session", {"password": password}, Referer=link["url"])
        await post(f"/shares/{link['token']}/session", {"pass": guest["pass"]})
        key = await post("/keys", {"name": "k", "grants": [{"document": "**", "role": "viewer"}]}, **owner)
        basic = base64.b64encode(f"{key['id']}:{key['secret']}".encode()).decode()
        for path in (
            f"/s/{link['token']}",
            f"/shares/{link['token']}",
            f"//s//{link['token']}",
            f"/x?k={key['secret']}",
        ):
            async with session.get(server.url + path, raise_for_status=False) as response:
                await response.read()
        async with session.get(f"{api}/documents", headers={"Authorization": f"Basic {basic}"}) as response:
            await response.read()
        async with session.get(
            f"{api}/documents", headers={"Authorization": f"Basic {key['secret']}"}, raise_for_status=False
        ) as response:
            assert response.status == 401
        async with session.ws_connect(f"{server.url}/yjs/a?token={guest['token']}") as socket:
            await socket.receive()
    return Secrets({guest["token"], guest["pass"]}, {password, link["token"][16:], key["secret"], basic[20:]})


async def answer_to(raw: str, port: int) -> bytes:
    """What the server says to bytes that are no request of any client."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(raw.encode())
    async with asyncio.timeout(20):
        answer = await reader.read()
    writer.close()
    return answer


async def link(data_dir: Path) -> str:
    """What `collab link` prints."""
    command = [sys.executable, "-m", "collab", "link", "--data-dir", str(data_dir)]
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE)
    out, _ = await process.communicate()
    return out.decode().strip()


def id_in(token: str) -> str:
    """The id inside a signed text."""
    payload = token.split(".")[1]
    return str(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["jti"])
