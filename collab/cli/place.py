"""Where documents are, and the way to them: always the REST API, so that nothing is ever written behind a server's back.

    --server URL --token T     that server
    --data-dir DIR             the server that runs on this data directory, found by its lock;
                               where none runs, the application itself, in this process and under the same lock

A server of the own data directory is handed tokens of the owner that are good for a minute, whatever issuer and audience
it was told to ask for. The application in this
process listens on a socket that only this user can reach, has a secret nobody else knows, and none of the limits that
keep a client from holding others up: there are no others.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial, wraps
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import aiohttp
import click
from aiohttp import web

from collab.api.logs import MaskingFormatter
from collab.app import build
from collab.auth import OWNER, OWNER_OF_ALL, Authority, Purpose, load_secret
from collab.cli.client import Api, new_session
from collab.cli.options import UrlType, takes_settings
from collab.config import Settings
from collab.errors import ConfigurationError, StorageUnavailable, Unavailable
from collab.storage.connect import connect
from collab.storage.lock import Holder, holder, lock_file
from collab.storage.sql import SqlStore

Result = TypeVar("Result")

TOKEN_LIFETIME = 60.0
"""Seconds that a token of our own making lasts: one is made for each request."""

_UNHINDERED = {
    "max_message_bytes": 10**9,
    "max_update_bytes": 10**9,
    "max_update_structs": 10**9,
    "max_update_deletions": 10**9,
    "log_queue_bytes": 10**9,
    "log_total_bytes": 10**9,
    "idle_room_seconds": 1.0,  # an export opens each document once
    "shutdown_drain": 60.0,
}
"""Settings of the application in this process: one document is as large as it is, and nobody waits meanwhile."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where documents are: at ``server``, or else in what ``settings`` name."""

    settings: Settings
    server: str | None = None
    token: str | None = None


def takes_place(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the flags that say where documents are and, for them, one argument ``place``."""

    @click.option(
        "--server",
        envvar="COLLAB_SERVER",
        type=UrlType(),
        metavar="URL",
        help="A server elsewhere, such as https://docs.example.org.  [COLLAB_SERVER]",
    )
    @click.option(
        "--token",
        envvar="COLLAB_TOKEN",
        metavar="TOKEN",
        help="What that server knows you by; others can see command lines, so rather set the variable.  [COLLAB_TOKEN]",
    )
    @takes_settings("data_dir", "database_url")
    @wraps(command)
    def run(settings: Settings, **arguments: Any) -> None:
        for name in ("server", "token"):
            arguments.pop(name)
        command(place=place_of(click.get_current_context(), settings), **arguments)

    return run


def place_of(context: click.Context, settings: Settings) -> Place:
    """The place that a command line and the environment name. A flag wins over a variable of the other kind."""
    server, token = context.params.get("server"), context.params.get("token")
    typed = context.get_parameter_source("server") is click.core.ParameterSource.COMMANDLINE
    if any(context.params.get(name) is not None for name in ("data_dir", "database_url")):
        if typed:
            raise click.UsageError("--server is one place, and --data-dir or --database-url another: say one of them")
        server = None
    if server is None:
        return Place(settings)
    if not token:
        raise click.UsageError(
            "--server needs a --token, or COLLAB_TOKEN: `collab token` prints one where the server is"
        )
    return Place(settings, server, token)


def at(place: Place, work: Callable[[Api], Coroutine[Any, Any, Result]], *, make: bool = False) -> Result:
    """Run ``work`` with the documents of a place; ``make`` a new database where there is none."""

    async def there() -> Result:
        async with reach(place, make=make) as api:
            return await work(api)

    return asyncio.run(there())


def running_on(settings: Settings) -> Holder | None:
    """The process that has the documents of these settings open. Raises ``ConfigurationError``."""
    return holder(lock_file(settings.data_dir, settings.database_url))


@asynccontextmanager
async def reach(place: Place, *, make: bool = False) -> AsyncIterator[Api]:
    """The API of a place, for as long as it is needed.

    Raises ``ConfigurationError`` and ``Unavailable`` where there is no way to it.
    """
    settings = place.settings
    if place.server is not None:
        token = place.token or ""
        async with new_session() as session:
            yield Api(session, place.server, lambda: token)
    elif (server := running_on(settings)) is None:
        async with _in_this_process(settings, make) as api:
            yield api
    elif server.url is None:
        raise Unavailable(
            f"process {server.pid or 'of another command'} is at work on {settings.data_dir}, and is no server, or not "
            "one yet: try again"
        )
    else:
        authority = Authority.of(settings, load_secret(settings, make=False).value)
        async with new_session() as session:
            yield Api(session, server.url, _tokens(authority))


def _tokens(authority: Authority) -> Callable[[], str]:
    return partial(authority.issue, OWNER, "Owner", OWNER_OF_ALL, lifetime=TOKEN_LIFETIME, purpose=Purpose.COMMAND)


@asynccontextmanager
async def _in_this_process(settings: Settings, make: bool) -> AsyncIterator[Api]:
    await _check(settings, make)
    secret = secrets.token_urlsafe(48)
    runner = web.AppRunner(build(settings.model_copy(update=_UNHINDERED), secret, lasts=False), access_log=None)
    with _only_errors(), _for_the_owner_only(), TemporaryDirectory(prefix="collab-") as folder:
        try:
            await runner.setup()
            path = str(Path(folder, "api"))
            try:
                await web.UnixSite(runner, path).start()
            except OSError as error:  # a path of a hundred bytes is too long for a socket
                raise ConfigurationError(f"no socket can be made at {path} (see TMPDIR): {error}") from error
            async with new_session(aiohttp.UnixConnector(path)) as session:
                yield Api(session, "http://localhost", _tokens(Authority.of(settings, secret)))
        finally:
            await runner.cleanup()


async def _check(settings: Settings, make: bool) -> None:
    """See that there is a database that this process may open, or make."""
    database = connect(settings.database_url, read_only=True)
    await database.close()
    if not database.embedded:
        raise ConfigurationError(
            f"no server runs on {settings.data_dir}, and a PostgreSQL database may have one elsewhere: "
            "name it with --server and --token"
        )
    try:
        await (await SqlStore.open_to_look(settings.database_url)).close()
    except StorageUnavailable as error:
        if make:
            return
        raise ConfigurationError(f"there are no documents in {settings.data_dir}: {error}") from error


@contextmanager
def _only_errors() -> Iterator[None]:
    """The application's log, as far as whoever typed a command wants to read it."""
    logger = logging.getLogger("collab")
    level, propagates = logger.level, logger.propagate
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(MaskingFormatter())
    logger.addHandler(handler)
    logger.setLevel(logging.ERROR)
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        logger.propagate = propagates


@contextmanager
def _for_the_owner_only() -> Iterator[None]:
    """Documents are their owner's, whatever mode the data directory has."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)
