"""The example apps of other frameworks, run as a person runs them: a process with the server's secret in its environment."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp

from collab.auth.secret import FILE as SECRET_FILE
from tests.parts import ROOT
from tests.servers import Server, free_port

_PATIENCE = 60.0
"""Seconds for a start on a busy machine: a bound, never a wait."""

PASSWORDS = {"alice": "alice's", "bob": "bob's"}
"""Who may sign in. Both are in team blue, Alice is in another one as well."""

# What has to be done once, before the first start: in Django people are in a database.
_PEOPLE = """
from django.contrib.auth.models import Group, User
red, blue = (Group.objects.create(name=name) for name in ("*", "blue"))
for name, teams in (("alice", (red, blue)), ("bob", (blue,))):
    User.objects.create_user(name, password=f"{name}'s").groups.set(teams)
"""


@dataclass(frozen=True)
class Kind:
    """A framework: how its example starts, and what its documents are called."""

    name: str
    command: tuple[str, ...]
    teams: tuple[str, str]
    """Alice's other team, and the one that she shares with Bob."""
    before: tuple[tuple[str, ...], ...] = ()


KINDS = (
    Kind("flask", ("-m", "flask", "--app", "flask_app", "run", "--port"), ("red", "blue")),
    Kind("fastapi", ("-m", "uvicorn", "fastapi_app:app", "--port"), ("red", "blue")),
    Kind(
        "django",
        ("django_app.py", "runserver", "--noreload"),
        ("1", "2"),
        before=(("django_app.py", "migrate"), ("django_app.py", "shell", "-c", _PEOPLE)),
    ),
)


class App:
    """An example in a folder of its own, with the built pages in ``folder/dist``. Use it as ``async with App(…)``."""

    def __init__(self, kind: Kind, server: Server, folder: Path) -> None:
        self.kind = kind
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._folder = folder
        self._process: Process | None = None
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith("COLLAB_")} | {
            "COLLAB_SECRET": (server.data_dir / SECRET_FILE).read_text(encoding="utf-8").strip(),
            "COLLAB_URL": f"ws://127.0.0.1:{server.port}/collab",
        }

    async def answer(self, who: str | None) -> tuple[int, Mapping[str, Any]]:
        """What somebody is told who signs in, or does not, and asks for a token."""
        has_form = self.kind.name != "fastapi"
        headers = {"Authorization": aiohttp.encode_basic_auth(who, PASSWORDS[who])} if who and not has_form else {}
        jar = aiohttp.CookieJar(unsafe=True)  # of a bare address
        async with aiohttp.ClientSession(self.url, headers=headers, cookie_jar=jar) as browser:
            if who and has_form:
                await self._sign_in(browser, who)
            async with browser.get("/collab-token") as response:
                told = await response.json() if response.content_type == "application/json" else {}
                assert response.status != 200 or "no-store" in response.headers["Cache-Control"]
                return response.status, told

    async def token(self, who: str) -> str:
        """The token that somebody is given."""
        status, told = await self.answer(who)
        assert status == 200
        return str(told["token"])

    async def _sign_in(self, browser: aiohttp.ClientSession, who: str) -> None:
        form = {"username": who, "password": PASSWORDS[who]}
        async with browser.get("/login/") as response:
            assert response.status == 200
        for cookie in browser.cookie_jar:
            if cookie.key == "csrftoken":
                form["csrfmiddlewaretoken"] = cookie.value
        async with browser.post("/login/", data=form, allow_redirects=False) as response:
            assert (response.status, response.headers["Location"]) == (302, "/app.html")

    async def _run(self, *arguments: str) -> Process:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            *arguments,
            cwd=self._folder,
            env=self._environment,
            stdout=PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )

    async def __aenter__(self) -> Self:
        for path in (ROOT / "examples").glob("*.py"):
            shutil.copy(path, self._folder)
        for arguments in self.kind.before:
            process = await self._run(*arguments)
            output, _ = await process.communicate()
            assert process.returncode == 0, output.decode()
        self._process = await self._run(*self.kind.command, str(self.port))
        self._reading = asyncio.create_task(self._read(self._process))
        async with asyncio.timeout(_PATIENCE):
            while not await self._listens():
                assert self._process.returncode is None, "it ended before it listened: its output is above"
                await asyncio.sleep(0.05)
        return self

    async def _listens(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except ConnectionRefusedError:
            return False
        writer.close()
        await writer.wait_closed()
        return True

    async def _read(self, process: Process) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            print(f"{self.kind.name}:", line.decode(errors="replace").rstrip())

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            if self._process.returncode is None:
                self._process.kill()
            await self._reading
            await self._process.wait()
