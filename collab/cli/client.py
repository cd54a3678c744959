"""The REST API as the commands speak it; collab/api/openapi/ describes it.

What a server refuses comes out as the error of ``collab.errors`` that its problem document names, with its sentence.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator
from http import HTTPStatus
from io import BytesIO
from typing import Any, Literal, TypedDict
from urllib.parse import quote

import aiohttp
from yarl import URL

from collab.content.formats import Format
from collab.errors import CollabError, Unavailable

MAX_PAGE = 200
"""Documents that the API lists at once."""

CONNECTS = 10.0
"""Seconds within which a server that is there takes a connection."""
ANSWERS = 120.0
"""Seconds without a byte after which nothing more is expected: a large document is read and sent long before."""

Order = Literal["name", "modified"]


class Document(TypedDict):
    """What is said about a document. Times are RFC 3339, UTC."""

    name: str
    title: str
    created: str
    modified: str
    deleted: str | None
    lineage: str
    role: str
    looksBack: bool


class Person(TypedDict):
    """Somebody who has a document open; ``state`` is what their editor says of itself."""

    client: int
    subject: str
    state: Any


class Returned(TypedDict):
    """What came of going back: the newest moment, the one that was brought back, and whether anything had to change."""

    moment: int
    restored: int | None
    changed: bool


class Version(TypedDict):
    """A moment that has a name."""

    id: str
    name: str
    moment: int
    time: str
    created: str
    subject: str | None
    author: str | None
    automatic: bool


class Sitting(TypedDict):
    """What was done without a long pause."""

    moment: int
    before: int
    to: str
    people: list[dict[str, Any]]
    versions: list[Version]


class Api:
    """The documents of one server. ``token`` is asked before each request, so a short-lived one never ends midway.

    Every method raises what the server refuses with (``collab.errors``), and ``Unavailable`` where none answers.
    """

    def __init__(self, session: aiohttp.ClientSession, url: str, token: Callable[[], str]) -> None:
        """``url`` is the server's, without a slash at the end."""
        self._session = session
        self._url = url
        self._token = token

    async def documents(
        self, *, search: str = "", deleted: bool = False, sort: Order = "name", limit: int | None = None
    ) -> AsyncIterator[Document]:
        """The living documents, or the deleted ones, page by page; ``limit`` None is all of them."""
        asked: dict[str, str] = {"sort": sort}
        if search:
            asked["q"] = search
        if deleted:
            asked["deleted"] = "true"
        left = limit
        while left is None or left > 0:
            size = MAX_PAGE if left is None else min(MAX_PAGE, left)
            page = await self._json("GET", "", params={**asked, "limit": str(size)})
            documents: list[Document] = page["documents"]
            for document in documents:
                yield document
            if page["next"] is None:
                return
            asked["cursor"] = page["next"]
            if left is not None:
                left -= len(documents)

    async def document(self, name: str) -> Document:
        """What is said about a living document."""
        found: Document = await self._json("GET", _path(name))
        return found

    async def create(self, name: str, title: str = "") -> Document:
        """Make an empty document."""
        made: Document = await self._json("POST", "", json={"name": name, "title": title})
        return made

    async def retitle(self, name: str, title: str) -> Document:
        """Give a document another title."""
        changed: Document = await self._json("PATCH", _path(name), json={"title": title})
        return changed

    async def delete(self, name: str) -> None:
        """Soft-delete a document."""
        await self._ask("DELETE", _path(name))

    async def restore(self, name: str) -> Document:
        """Undo ``delete``."""
        restored: Document = await self._json("POST", f"{_path(name)}/restore")
        return restored

    async def state(self, name: str, moment: str | None = None) -> bytes:
        """The whole document, now or at a moment, as one Yjs update."""
        query = "" if moment is None else f"?at={quote(moment, safe='')}"
        return await self._ask("GET", f"{_path(name)}/state{query}")

    async def content(self, name: str, format_: Format, moment: str | None = None) -> bytes:
        """What the document says, or said at a moment, written out, in UTF-8."""
        query = "" if moment is None else f"&at={quote(moment, safe='')}"
        return await self._ask("GET", f"{_path(name)}/content?format={format_}{query}")

    async def sittings(self, name: str, *, limit: int | None = None) -> AsyncIterator[Sitting]:
        """Who changed what when, the newest first; ``limit`` None is all."""
        async for sitting in self._pages(f"{_path(name)}/history", "sittings", limit):
            yield sitting

    async def versions(self, name: str, *, limit: int | None = None) -> AsyncIterator[Version]:
        """Versions, those of the newest moments first; ``limit`` None is all."""
        async for version in self._pages(f"{_path(name)}/versions", "versions", limit):
            yield version

    async def create_version(self, name: str, title: str, moment: str) -> Version:
        """Give a moment a name."""
        made: Version = await self._json("POST", f"{_path(name)}/versions", json={"name": title, "at": moment})
        return made

    async def rename_version(self, name: str, id_: str, title: str) -> Version:
        """Give a version another name."""
        renamed: Version = await self._json("PATCH", f"{_path(name)}/versions{_path(id_)}", json={"name": title})
        return renamed

    async def remove_version(self, name: str, id_: str) -> None:
        """Forget a version."""
        await self._ask("DELETE", f"{_path(name)}/versions{_path(id_)}")

    async def submit(self, name: str, update: bytes) -> bool:
        """Bring an update in, on disk on return; whether anything in it was new. Makes the document if there is none."""
        headers = {"Content-Type": "application/octet-stream"}
        answer = await self._json("POST", f"{_path(name)}/updates", data=BytesIO(update), headers=headers)
        return bool(answer["changed"])

    async def difference(self, name: str, earlier: str, later: str, format_: Format) -> bytes:
        """What became of the document from one moment to another, as JSON or text, in UTF-8."""
        query = "&".join(f"{key}={quote(value, safe='')}" for key, value in (("from", earlier), ("to", later)))
        return await self._ask("GET", f"{_path(name)}/versions/diff?{query}&format={format_}")

    async def go_back(self, name: str, moment: str) -> Returned:
        """Bring the document back to a moment of its past, as one new edit."""
        done: Returned = await self._json("POST", f"{_path(name)}/history/restore", json={"at": moment})
        return done

    async def undo(self, name: str, subject: str, earlier: str, later: str) -> Returned:
        """Undo what somebody did to the document from one moment to another, as one new edit."""
        undone = {"undo": {"subject": subject, "from": earlier, "to": later}}
        done: Returned = await self._json("POST", f"{_path(name)}/history/restore", json=undone)
        return done

    async def people(self, name: str) -> list[Person]:
        """Who has the document open."""
        answer = await self._json("GET", f"{_path(name)}/presence")
        people: list[Person] = answer["people"]
        return people

    async def _pages(self, path: str, what: str, limit: int | None) -> AsyncIterator[Any]:
        """What a list holds, page by page."""
        asked: dict[str, str] = {}
        left = limit
        while left is None or left > 0:
            size = MAX_PAGE if left is None else min(MAX_PAGE, left)
            page = await self._json("GET", path, params={**asked, "limit": str(size)})
            for one in page[what]:
                yield one
            if page["next"] is None:
                return
            asked["cursor"] = page["next"]
            left = None if left is None else left - len(page[what])

    async def _json(self, method: str, path: str, **request: Any) -> Any:
        body = await self._ask(method, path, **request)
        try:
            return json.loads(body)
        except ValueError as error:
            raise _stranger(self._url) from error

    async def _ask(self, method: str, path: str, **request: Any) -> bytes:
        url = URL(f"{self._url}/api/v1/documents{path}", encoded=True)  # as it stands: a name may be ".."
        headers = {"Authorization": f"Bearer {self._token()}", **request.pop("headers", {})}
        try:
            # A redirect is not followed: it would take the token to whoever it leads to.
            async with self._session.request(method, url, headers=headers, allow_redirects=False, **request) as answer:
                body = await answer.read()
        except aiohttp.ClientConnectorError as error:
            raise Unavailable(f"{self._url} cannot be reached: {error.os_error}") from error
        except (aiohttp.ClientError, OSError) as error:  # a timeout is an OSError
            raise Unavailable(f"{self._url} does not answer: {str(error) or type(error).__name__}") from error
        if HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
            return body
        raise _refusal(self._url, answer, body)


def new_session(connector: aiohttp.BaseConnector | None = None) -> aiohttp.ClientSession:
    """A session of this module's patience; proxies and credentials of the environment are left out of it."""
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECTS, sock_read=ANSWERS)
    return aiohttp.ClientSession(connector=connector, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar())


def _path(name: str) -> str:
    """A name as one segment of a path; dots alone would be taken for a way up."""
    return "/" + (quote(name, safe="") if name.strip(".") else name.replace(".", "%2E"))


def _refusal(url: str, answer: aiohttp.ClientResponse, body: bytes) -> CollabError:
    if answer.content_type != "application/problem+json":
        return _stranger(url, f"{answer.status} {answer.reason}")
    try:
        problem = json.loads(body)
        code, sentence, setting = problem["code"], str(problem["detail"]), problem.get("setting")
    except (ValueError, TypeError, KeyError):
        return _stranger(url, f"{answer.status} {answer.reason}")
    if setting:
        sentence += f" (the server's setting {setting})"
    kinds = {kind.code: kind for kind in _tree(CollabError)}
    return kinds.get(code, CollabError)(sentence)


def _stranger(url: str, said: str = "what is not JSON") -> CollabError:
    return Unavailable(f"{url} answered {said}: is a collab server there?")


def _tree(kind: type[CollabError]) -> Iterator[type[CollabError]]:
    yield kind
    for each in kind.__subclasses__():
        yield from _tree(each)
