"""The editor's page: one document for all its paths, files that never change, nothing else of the disk (row 39)."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from collab.api import page
from tests.api.conftest import Client

INDEX = "<!doctype html><title>the page</title>"


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A built page, and a file beside it that nobody is to see."""
    folder = tmp_path / "page"
    (folder / "assets" / "deep").mkdir(parents=True)
    (folder / "index.html").write_text(INDEX)
    (folder / "assets" / "index-Ab_1-2.js").write_text("let it = 1")
    (folder / "assets" / "index.css").write_text("p {}")
    (folder / "sw.js").write_text("self.it = 1")
    (folder / "assets" / ".hidden").write_text("hidden")
    (folder / "assets" / "deep" / "file.js").write_text("deep")
    (tmp_path / "secret").write_text("the secret")
    monkeypatch.setattr(page, "FOLDER", folder)
    return folder


@pytest.mark.parametrize("path", ["/", "/documents/a", "/documents/a/b", "/documents/a%2Fb", "/documents/%C3%A9?x=1"])
async def test_the_page(client: Client, built: Path, path: str) -> None:
    response = await client.get(path)
    assert (response.status, await response.text()) == (200, INDEX)
    assert response.content_type == "text/html"
    assert response.headers["Cache-Control"] == "no-cache"
    again = await client.get(path, headers={"If-None-Match": response.headers["ETag"]})
    assert again.status == 304


@pytest.mark.parametrize(
    "name", ["", "%20", "%00", "a%0Ab", "%ff", "e%CC%81", "a" * 256, "%F0%9F%98%80" * 64], ids=lambda name: name[:12]
)
async def test_a_name_that_none_can_have(client: Client, built: Path, name: str) -> None:
    status, body = await get_raw(client, f"/documents/{name}")
    assert status == 400
    assert b'"code": "invalid-name"' in body


async def test_an_address_that_is_none_is_told_to_people_by_the_page(client: Client, built: Path) -> None:
    for path in ("/foo", "/documents", "/s/"):
        seen = await client.get(path, headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
        assert (seen.status, seen.content_type, await seen.text()) == (404, "text/html", INDEX)
        assert "default-src 'none'" in seen.headers["Content-Security-Policy"]
        told = await client.get(path)
        assert (told.status, told.content_type) == (404, "application/problem+json")
        assert (await client.post(path, headers={"Accept": "text/html"})).content_type == "application/problem+json"
    there_is_no_such_call = await client.get("/api/v1/foo", headers={"Accept": "text/html"})
    assert there_is_no_such_call.content_type == "application/problem+json"


async def test_the_worker_is_asked_for_again(client: Client, built: Path) -> None:
    response = await client.get("/sw.js")
    assert (response.status, await response.text()) == (200, "self.it = 1")
    assert response.content_type in {"text/javascript", "application/javascript"}
    assert response.headers["Cache-Control"] == "no-cache"
    (built / "sw.js").unlink()
    assert (await client.get("/sw.js")).status == 404


async def test_assets_are_kept_by_browsers(client: Client, built: Path) -> None:
    for name, content_types, text in (
        ("index-Ab_1-2.js", {"text/javascript", "application/javascript"}, "let it = 1"),
        ("index.css", {"text/css"}, "p {}"),
    ):
        response = await client.get(f"/assets/{name}")
        assert (response.status, await response.text()) == (200, text)
        assert response.content_type in content_types
        assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize(
    "path",
    [
        "/assets/", "/assets/none.js", "/assets/.hidden", "/assets/deep", "/assets/deep/file.js", "/assets/..", "/assets/../index.html",
        "/assets/..%2findex.html", "/assets/%2e%2e%2findex.html", "/assets/..%2f..%2fsecret", "/assets/%2e%2e/%2e%2e/secret",
        "/assets/..%5c..%5csecret", "/assets/%252e%252e%252fsecret", "/assets//etc/passwd", "/assets/%2fetc%2fpasswd",
        "/assets/index.css%00.js", "/../secret", "/%2e%2e/secret", "//etc/passwd", "/index.html", "/etc/passwd", "/assets/index.css/",
    ],
)  # fmt: skip
async def test_nothing_else_of_the_disk(client: Client, built: Path, path: str) -> None:
    status, body = await get_raw(client, path)
    assert status == 404
    assert b"secret" not in body
    assert b"root:" not in body


async def test_a_page_that_is_not_built_says_how_to_build_it(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "FOLDER", tmp_path / "nowhere")
    for path in ("/", "/documents/a"):
        response = await client.get(path)
        assert (response.status, response.content_type) == (503, "text/html")
        assert "make run" in await response.text()
    assert (await client.get("/assets/index.css")).status == 404


async def get_raw(client: Client, path: str) -> tuple[int, bytes]:
    """The answer to a path that no client would leave as it is."""
    reader, writer = await asyncio.open_connection(client.host, client.port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    async with asyncio.timeout(5):
        answer = await reader.read()
    writer.close()
    return int(answer.split(b" ", 2)[1]), answer
