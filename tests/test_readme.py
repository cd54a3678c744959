"""What the README tells people to type is typed here, against a real server."""

from __future__ import annotations

import asyncio
import re
import shlex
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from collab.auth.secret import FILE as SECRET_FILE
from tests.parts import ROOT, node, require
from tests.servers import Server

README = (ROOT / "README.md").read_text(encoding="utf-8")
PATIENCE = 60.0
"""Seconds after which a snippet counts as stuck."""

BEFORE = "globalThis.WebSocket = (await import('ws')).WebSocket\nconst token = process.env.TOKEN\n"
"""What a browser has, and what the README leaves to the reader."""

WRITE = """
provider.on("synced", () => {
  document.getText("text").insert(0, "written by the README")
  provider.on("unsyncedChanges", ({ number }) => number === 0 && process.exit())
})
"""
READ = """
provider.on("sync", () => {
  console.log(document.getText("text").toString())
  process.exit()
})
"""


def snippets(language: str) -> list[str]:
    """The fenced blocks of one language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with Server(tmp_path) as running:
        yield running


async def output_of(*command: str | Path, typed: str = "", **options: Any) -> str:
    """What a command writes that must succeed."""
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, stderr=PIPE, **options)
    try:
        out, err = await asyncio.wait_for(process.communicate(typed.encode()), PATIENCE)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, err.decode()
    return out.decode()


async def run_in_node(snippet: str, after: str, server: Server, token: str) -> str:
    """Run a snippet as it stands but for where the server is, then what the test adds."""
    assert "127.0.0.1:8080" in snippet
    program = BEFORE + snippet.replace("127.0.0.1:8080", f"127.0.0.1:{server.port}") + after
    # Imports are found from the folder it runs in, where the published clients are installed.
    return await output_of(
        node(), "--input-type=module", typed=program, cwd=ROOT / "tests" / "node", env={"TOKEN": token}
    )


@pytest.mark.node
async def test_the_editors_of_the_readme_connect_to_the_same_document(server: Server) -> None:
    (command,) = re.findall(r"^    (collab token .*)$", README, re.MULTILINE)
    words = shlex.split(command.replace("--data-dir data", f"--data-dir {shlex.quote(str(server.data_dir))}"))
    program = require("the installed command", words[0])
    printed = (await output_of(program, *words[1:])).strip()

    mint, *_ = snippets("python")
    made = program_of(server)
    exec(mint, made)

    hocuspocus, ywebsocket = snippets("js")
    assert "saved" in (await run_in_node(hocuspocus, WRITE, server, printed)).split()
    assert await run_in_node(ywebsocket, READ, server, made["token"]) == "written by the README\n"


def program_of(server: Server) -> dict[str, Any]:
    """What a script has that stands in its server's backend."""
    return {"secret": (server.data_dir / SECRET_FILE).read_text(encoding="utf-8").strip()}
