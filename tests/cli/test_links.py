"""``collab link``, and the way in that a first start shows."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp

from collab.auth import Authority, Purpose, Role
from tests.cli.processes import SECRET, collab, invoke
from tests.servers import Server


async def test_a_link_signs_in_at_the_server_it_is_of(tmp_path: Path) -> None:
    async with Server(tmp_path) as server:
        made = await asyncio.to_thread(collab, "link", "--data-dir", tmp_path)
        assert made.returncode == 0
        url, _, code = made.stdout.strip().partition("/#code=")
        assert url == server.url, "the port it listens on, which no setting of this command tells"
        async with aiohttp.ClientSession() as session:
            async with session.post(f"{url}/api/v1/session", json={"code": code}) as response:
                assert response.status == 200
                assert (await response.json())["subject"] == "owner"
            async with session.post(f"{url}/api/v1/session", json={"code": code}) as response:
                assert response.status == 401


def test_a_link_to_a_public_url(tmp_path: Path) -> None:
    made = invoke("link", "--public-url", "https://docs.example.org/", "--data-dir", tmp_path, COLLAB_SECRET=SECRET)
    url, _, code = made.stdout.strip().partition("/#code=")
    assert url == "https://docs.example.org"
    principal = Authority(SECRET).verify(code, Purpose.CODE)
    assert principal.expires - principal.issued == 15 * 60
    assert principal.role_for("any/thing") is Role.OWNER


def test_a_link_of_no_server(tmp_path: Path) -> None:
    failed = invoke("link", "--data-dir", tmp_path / "typo")
    assert (failed.exit_code, failed.stdout) == (1, "")
    assert "typo" in failed.stderr
    assert not (tmp_path / "typo").exists()
