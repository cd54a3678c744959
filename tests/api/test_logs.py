"""What is written down, and what never is: no token, no code, no query, at no level (FAULTS §4 row 38)."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Iterator

import pytest
from aiohttp import web
from aiohttp.http_exceptions import BadStatusLine
from pytest_aiohttp.plugin import AiohttpServer

from collab.api.logs import AccessLogger, MaskingFormatter, configure_logs, mask, mask_path, without_bad_requests
from collab.auth import Authority

TOKEN = Authority("a secret for the tests of the log, long enough").issue("alice", "Alice", [], lifetime=60)


@pytest.mark.parametrize(
    "text",
    [
        TOKEN,
        f"GET /yjs/notes?token={TOKEN} HTTP/1.1",
        f"b'GET /?a={TOKEN}\\x00'",
        f"{{'token': '{TOKEN}'}}",
        f"Authorization: Bearer {TOKEN}\r\n",
        TOKEN[:60],
        TOKEN.rpartition(".")[0],
        f"http://127.0.0.1:8080/#code={TOKEN}",
        f"collab-session={TOKEN}; Path=/",
    ],
)
def test_what_looks_like_a_token_is_masked(text: str) -> None:
    masked = mask(text)
    assert "[token]" in masked or "[hidden]" in masked
    assert not any(part[:12] in masked for part in TOKEN.split("."))


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("/yjs/a?token=opaque-key&x=1", "/yjs/a?token=[hidden]&x=1"),
        ("/yjs/a?x=1&token=opaque HTTP", "/yjs/a?x=1&token=[hidden] HTTP"),
        ("#code=abc", "#code=[hidden]"),
        ("TOKEN=abc", "TOKEN=[hidden]"),
        ("token%3Dabc", "token%3D[hidden]"),
        ("postgresql://joe:hunter2@db/x", "postgresql://[hidden]@db/x"),
        ("nothing to hide: a token, a code, eyJ", "nothing to hide: a token, a code, eyJ"),
        ("http://127.0.0.1:8080/documents/a", "http://127.0.0.1:8080/documents/a"),
    ],
)
def test_what_is_named_as_a_secret_is_masked(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/documents/a?token=x", "/documents/a"),
        ("/documents/a%20b%2Fc", "/documents/a b/c"),
        ("/s/sharetoken", "/s/[hidden]"),
        ("/s/sharetoken/more", "/s/[hidden]/more"),
        ("/%73/sharetoken", "/s/[hidden]"),
        ("//s//sharetoken", "//s//[hidden]"),  # no path of ours, but a token of somebody's
        ("/s//sharetoken", "/s//[hidden]"),
        ("/s%2Fsharetoken", "/s/[hidden]"),
        ("/api/v1/shares/sharetoken/session", "/api/v1/shares/[hidden]/session"),
        ("/api/v1/documents/a/shares/sharetoken", "/api/v1/documents/a/shares/[hidden]"),
        ("/documents/a%0Aforged line", "/documents/a\\nforged line"),
        ("/documents/%1b[31m", "/documents/\\x1b[31m"),
        ("/documents/%E2%80%A8", "/documents/\\u2028"),
        ("/" + "a" * 1000, "/" + "a" * 299),
    ],
)
def test_paths_are_shown_without_secrets_on_one_line(path: str, shown: str) -> None:
    assert mask_path(path) == shown


def test_tracebacks_are_masked_too() -> None:
    try:
        raise ValueError(f"cannot read {TOKEN}")
    except ValueError as error:
        info = (type(error), error, error.__traceback__)
    record = logging.LogRecord("collab", logging.ERROR, __file__, 1, "failed for %s", (TOKEN,), info)
    text = MaskingFormatter().format(record)
    assert "Traceback" in text
    assert TOKEN.partition(".")[0] not in text


def test_a_request_that_is_not_http_is_not_repeated() -> None:
    def record(error: Exception | None) -> logging.LogRecord:
        info = (type(error), error, None) if error else None
        return logging.LogRecord("aiohttp.server", logging.ERROR, __file__, 1, "Error handling request", (), info)

    assert not without_bad_requests(record(BadStatusLine("GET /?token=x")))
    assert without_bad_requests(record(ValueError()))
    assert without_bad_requests(record(None))


@pytest.fixture
def logs_as_before() -> Iterator[None]:
    """A test may configure the logs; afterwards they are as before."""
    root, ours = logging.getLogger(), logging.getLogger("collab")
    before = (root.level, root.handlers[:], ours.level)
    yield
    root.level, root.handlers[:], ours.level = before
    logging.getLogger("aiohttp.server").removeFilter(without_bad_requests)


@pytest.mark.usefixtures("logs_as_before")
@pytest.mark.parametrize(("level", "heard"), [("debug", "DIWE"), ("info", "IWE"), ("warning", "WE"), ("error", "E")])
def test_the_level_is_this_programs(capsys: pytest.CaptureFixture[str], level: str, heard: str) -> None:
    configure_logs(level)
    for name in ("collab.rooms", "sqlalchemy.engine"):
        logger = logging.getLogger(name)
        logger.debug("%s D", name)
        logger.info("%s I", name)
        logger.warning("%s W", name)
        logger.error("%s E", name)
    lines = capsys.readouterr().err.splitlines()
    assert "".join(line[-1] for line in lines if "collab.rooms" in line) == heard
    assert "".join(line[-1] for line in lines if "sqlalchemy.engine" in line) == "WE", (
        "at debug it writes every value it stores"
    )


@pytest.mark.usefixtures("logs_as_before")
def test_a_line_begins_with_the_time(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("info")
    logging.getLogger("collab").info("well")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z INFO collab: well\n", capsys.readouterr().err)


async def test_a_line_for_each_request(aiohttp_server: AiohttpServer, caplog: pytest.LogCaptureFixture) -> None:
    async def handler(request: web.Request) -> web.Response:
        return web.Response(text="12345", status=418)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    caplog.set_level(logging.INFO, "collab.access")
    access = logging.getLogger("collab.access")
    server = await aiohttp_server(app, access_log=access, access_log_class=AccessLogger)
    reader, writer = await asyncio.open_connection(server.host, server.port)
    target = f"/s/sharetoken?token={TOKEN}"
    head = f"Host: x\r\nReferer: http://x/{TOKEN}\r\nUser-Agent: {TOKEN}\r\nAuthorization: Bearer {TOKEN}\r\n"
    writer.write(f"GET {target} HTTP/1.1\r\n{head}Connection: close\r\n\r\n".encode())
    await reader.read()
    writer.close()
    (record,) = caplog.records
    words = record.getMessage().split()
    assert words[:4] == ["127.0.0.1", "GET", "/s/[hidden]", "418"]
    assert int(words[4]) > 5
    assert float(words[5]) >= 0
    assert words[6:] == ["ms"]


def test_no_line_is_made_that_nobody_reads() -> None:
    for level, enabled in ((logging.WARNING, False), (logging.INFO, True)):
        logger = logging.getLogger(f"collab.access.test.{level}")
        logger.setLevel(level)
        assert AccessLogger(logger, "").enabled is enabled
