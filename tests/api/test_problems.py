"""Every error becomes one kind of answer, with the code that programs rely on."""

from __future__ import annotations

import inspect
import logging

import pytest
from aiohttp import ClientPayloadError, web
from pytest_aiohttp.plugin import AiohttpClient

from collab import errors
from collab.api import problems, protect
from collab.errors import CollabError, LimitExceeded, StorageUnavailable, Unavailable

CLASSES: list[type[CollabError]] = [
    thing for _, thing in inspect.getmembers(errors, inspect.isclass) if issubclass(thing, CollabError)
]


class Raising:
    """A server whose only handler raises."""

    def __init__(self, client: AiohttpClient) -> None:
        self._client = client

    async def get(self, error: Exception, *, after: bytes = b"") -> tuple[int, dict[str, object], dict[str, str]]:
        """The answer's status, body and headers; with ``after`` the handler has sent that much already."""

        async def handler(request: web.Request) -> web.StreamResponse:
            if after:
                response = web.StreamResponse()
                response.content_length = 1000
                await response.prepare(request)
                await response.write(after)
            raise error

        app = web.Application(middlewares=[problems])
        app.on_response_prepare.append(protect)
        app.router.add_get("/", handler)
        client = await self._client(app)
        response = await client.get("/")
        if response.content_type != "application/problem+json":
            await response.read()
        body = await response.json(content_type="application/problem+json")
        return response.status, body, dict(response.headers)


@pytest.fixture
def raising(aiohttp_client: AiohttpClient) -> Raising:
    return Raising(aiohttp_client)


async def test_what_is_for_the_log_alone(raising: Raising, caplog: pytest.LogCaptureFixture) -> None:
    _, body, _ = await raising.get(StorageUnavailable("no connection to 10.0.0.5", told="the log says why"))
    assert body["detail"] == "the log says why"
    assert "no connection to 10.0.0.5" in caplog.text


@pytest.mark.parametrize("error", CLASSES, ids=lambda error: error.__name__)
async def test_our_errors(raising: Raising, error: type[CollabError]) -> None:
    status, body, headers = await raising.get(error("this is what was wrong"))
    assert status == error.status
    assert body["type"] == "about:blank"
    assert (body["status"], body["code"], body["detail"]) == (error.status, error.code, "this is what was wrong")
    assert body["title"]
    assert headers["Cache-Control"] == "no-store"
    assert ("WWW-Authenticate" in headers) == (status == 401)
    assert ("Retry-After" in headers) == issubclass(error, Unavailable)


async def test_a_limit_says_what_it_is_and_where_it_is_set(raising: Raising) -> None:
    _, body, _ = await raising.get(LimitExceeded("too long", limit=7, setting="max_message_bytes"))
    assert (body["limit"], body["setting"]) == (7, "max_message_bytes")
    _, body, _ = await raising.get(LimitExceeded("too long"))
    assert "limit" not in body
    assert "setting" not in body


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (web.HTTPNotFound(), 404, "not-found"),
        (web.HTTPMethodNotAllowed("PUT", ["GET"]), 405, "method-not-allowed"),
        (web.HTTPRequestEntityTooLarge(1, 2), 413, "too-large"),
        (web.HTTPServiceUnavailable(), 503, "service-unavailable"),
    ],
    ids=lambda value: getattr(type(value), "__name__", None),
)
async def test_errors_of_the_framework(raising: Raising, error: Exception, status: int, code: str) -> None:
    answered, body, _ = await raising.get(error)
    assert (answered, body["status"], body["code"]) == (status, status, code)


async def test_a_redirection_is_no_error(aiohttp_client: AiohttpClient) -> None:
    async def elsewhere(request: web.Request) -> web.StreamResponse:
        raise web.HTTPFound("/there")

    app = web.Application(middlewares=[problems])
    app.router.add_get("/", elsewhere)
    response = await (await aiohttp_client(app)).get("/", allow_redirects=False)
    assert (response.status, response.headers["Location"]) == (302, "/there")


async def test_an_unforeseen_error_is_logged_and_not_told(raising: Raising, caplog: pytest.LogCaptureFixture) -> None:
    status, body, _ = await raising.get(ZeroDivisionError("the password is hunter2"))
    assert (status, body["code"]) == (500, "internal")
    assert "hunter2" not in str(body)
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert record.exc_info is not None
    assert record.exc_info[0] is ZeroDivisionError


@pytest.mark.parametrize("error", [ZeroDivisionError("late"), CollabError("late"), web.HTTPNotFound()])
async def test_an_error_in_the_middle_of_an_answer_ends_the_connection(raising: Raising, error: Exception) -> None:
    """What is sent is sent: no second head is written into the middle of the body."""
    with pytest.raises(ClientPayloadError):
        await raising.get(error, after=b"the first half")


async def test_the_servers_own_failures_are_logged(raising: Raising, caplog: pytest.LogCaptureFixture) -> None:
    await raising.get(errors.StorageUnavailable("the disk is full"))
    assert "storage-unavailable the disk is full" in caplog.text
    caplog.clear()
    await raising.get(errors.NotFound("no such thing"))
    assert caplog.text == ""
