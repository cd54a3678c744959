"""The editor's page: the same document for every path of it, and the files it is made of.

The page is built from ``frontend/`` into ``collab/page/``. It holds nothing private: what it shows it asks for, with
the reader's own cookie.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler

from collab.auth import name_in_path
from collab.errors import NotFound

FOLDER = Path(__file__).parents[1] / "page"
_FILE = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*", re.ASCII)
_UNBUILT = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>collab: the page is not built</title>
<h1>The editor's page is not built</h1>
<p>The server runs, and editors can connect to it. Only its own page is missing: in the folder of the source code,
<code>make run</code> builds it and starts the server, and
<code>cd frontend &amp;&amp; npm ci &amp;&amp; npm run build</code> builds it alone. An installed package brings it along.
</html>
"""


async def start(_request: web.Request) -> web.StreamResponse:
    """The page, where no document is open."""
    return _page()


async def document(request: web.Request) -> web.StreamResponse:
    """The page, with a document. Raises InvalidName for a name that none can have."""
    name_in_path(request.rel_url.raw_path, "/documents/")
    return _page()


@web.middleware
async def missing(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Whoever mistypes an address in a browser is told so by the page; programs get a problem document."""
    try:
        return await handler(request)
    except web.HTTPNotFound:
        if request.method == "GET" and "text/html" in request.headers.get("Accept", ""):
            return _page(HTTPStatus.NOT_FOUND)
        raise


async def asset(request: web.Request) -> web.StreamResponse:
    """A file of the page; its name holds a digest of what is in it, so it never changes. Raises NotFound."""
    name = request.match_info["file"]
    path = FOLDER / "assets" / name
    if not _FILE.fullmatch(name) or not path.is_file():
        raise NotFound("the page has no such file")
    return web.FileResponse(path, headers={"Cache-Control": "public, max-age=31536000, immutable"})


async def worker(_request: web.Request) -> web.StreamResponse:
    """The page's service worker; browsers ask again to see whether it has changed. Raises NotFound."""
    path = FOLDER / "sw.js"
    if not path.is_file():
        raise NotFound("the page is not built")
    return web.FileResponse(path, headers={"Cache-Control": "no-cache"})


def _page(status: int = HTTPStatus.OK) -> web.StreamResponse:
    path = FOLDER / "index.html"
    if not path.is_file():
        return web.Response(text=_UNBUILT, content_type="text/html", status=503, headers={"Cache-Control": "no-store"})
    return web.FileResponse(path, status=status, headers={"Cache-Control": "no-cache"})
