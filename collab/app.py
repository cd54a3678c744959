"""The composition root: everything is opened here, in order, and closed here, in the opposite order.

    Settings → secret → lock → store → access → log → rooms → routes

A stop (SIGTERM, SIGINT) goes the way back: no new connections; sockets are told that the server goes away; what is
queued is committed; the database is closed.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager

from aiohttp import web

from collab import transports
from collab.api import (
    ACCESS,
    AUTHORITY,
    CONTENT,
    CURSORS,
    DISPATCH,
    GUARD,
    HANDLERS,
    HISTORY,
    KEYS,
    METRICS,
    PEOPLE,
    ROOMS,
    SESSIONS,
    SETTINGS,
    SHARES,
    STORE,
    VISITS,
    AccessLogger,
    Cursors,
    Description,
    Dispatch,
    measured,
    missing,
    problems,
    protect,
    routes,
    share,
    watching_for_proxies,
)
from collab.api.logs import ACCESS as ACCESS_LOG
from collab.api.published import fetching
from collab.auth import Access, Authority, Guard, Keys, Passwords, People, Sessions, Shares, Visits
from collab.auth.issuers import Issuers, Published
from collab.auth.keyring import PublicKey, read_pem
from collab.config import Settings, listening_url
from collab.content.workers import Workers
from collab.errors import ConfigurationError
from collab.history import History
from collab.metrics import Metrics
from collab.rooms import Rooms
from collab.rooms.memory import full_collections_held_back
from collab.storage.access.sql import SqlAccessStore
from collab.storage.connect import claim, connect
from collab.storage.engine import Database
from collab.storage.lock import Lock, hold, lock_file
from collab.storage.log import Log
from collab.storage.schema import admit
from collab.storage.sql import SqlStore

logger = logging.getLogger(__name__)

_COLLECT_EVERY = 120.0
"""Seconds between two full garbage collections."""

LOCK = web.AppKey("lock", Lock)
STOP = web.AppKey("stop", asyncio.Event)
LOG = web.AppKey("log", Log)
DATABASE = web.AppKey("database", Database)


def build(settings: Settings, secret: str, *, lasts: bool = True) -> web.Application:
    """The application, not yet started: nothing is opened, and no file is touched.

    ``lasts`` False is for a command that is done in a moment: there, garbage need not be kept from standing in the way.
    """
    app = web.Application(middlewares=[watching_for_proxies(), measured, problems, missing])
    app[SETTINGS] = settings
    app[STOP] = asyncio.Event()
    app[METRICS] = Metrics()
    app[AUTHORITY] = Authority.of(settings, secret)
    app[GUARD] = Guard(settings, time.monotonic)
    app[CURSORS] = Cursors(secret)
    app[transports.SETTINGS] = settings
    app.cleanup_ctx.extend(
        (_description, _lock, _store, _access, _sharing, _sessions, _log, _rooms, _content, _sockets, _metrics)
    )
    if lasts:
        app.cleanup_ctx.append(_garbage)
    app.on_response_prepare.extend((protect, share))
    app.on_shutdown.append(_let_go)
    app.add_routes(routes())
    app.add_routes(transports.routes())
    return app


async def _garbage(_: web.Application) -> AsyncIterator[None]:
    """Full garbage collections now and then, and never in the middle of a large upload."""
    with full_collections_held_back():
        collecting = asyncio.create_task(_collect())
        yield
        collecting.cancel()
        await asyncio.gather(collecting, return_exceptions=True)


async def _collect() -> None:
    while True:
        await asyncio.sleep(_COLLECT_EVERY)
        gc.collect()


async def _description(app: web.Application) -> AsyncIterator[None]:
    """What the API is, read and compiled."""
    settings = app[SETTINGS]
    app[DISPATCH] = Dispatch(Description.load(settings), HANDLERS, space=settings.log_total_bytes)
    yield


async def _lock(app: web.Application) -> AsyncIterator[None]:
    """No other process has these documents open. Should one have taken them nevertheless, this one stops."""
    settings = app[SETTINGS]
    settings.make_data_dir()
    url = settings.database_url
    async with hold(lock_file(settings.data_dir, url)) as app[LOCK], claim(url, app[STOP].set):
        yield


async def _store(app: web.Application) -> AsyncIterator[None]:
    """The database, of the schema that this version has."""
    settings = app[SETTINGS]
    database = connect(settings.database_url)
    try:
        await admit(database)
        app[STORE] = SqlStore(database)
        app[DATABASE] = database
        yield
    finally:
        await database.close()


async def _access(app: web.Application) -> AsyncIterator[None]:
    """Who may come in: what was revoked is known before anybody does."""
    settings = app[SETTINGS]
    async with AsyncExitStack() as stack:
        issuers: Issuers | None = None
        if settings.token_keys is not None or settings.token_jwks_url is not None:
            published = None
            if settings.token_jwks_url is not None:
                fetch = await stack.enter_async_context(fetching(settings.token_jwks_url))
                published = Published(fetch, time.monotonic)
                stack.push_async_callback(published.close)
            issuers = Issuers(app[AUTHORITY], _public_keys(settings), published)
        app[ACCESS] = access = Access(SqlAccessStore(app[DATABASE]), app[AUTHORITY], issuers)
        stack.push_async_callback(access.close, settings.shutdown_drain)
        await access.start()
        yield


def _public_keys(settings: Settings) -> list[PublicKey]:
    if settings.token_keys is None:
        return []
    try:
        return read_pem(settings.token_keys.read_bytes())
    except OSError as error:
        raise ConfigurationError(
            f"the public keys in {settings.token_keys} cannot be read: {error.strerror}"
        ) from error


async def _sharing(app: web.Application) -> AsyncIterator[None]:
    """Links, people, keys."""
    access = app[ACCESS]
    app[PEOPLE] = People(access)
    app[KEYS] = Keys(access)
    passwords = Passwords()
    lifetime = app[SETTINGS].socket_token_lifetime
    app[SHARES] = Shares(access, passwords, token_lifetime=lifetime, clock=time.monotonic)
    app[VISITS] = visits = Visits(
        access, app[STORE], retention=app[SETTINGS].access_log_retention, clock=time.monotonic
    )
    visits.start()
    yield
    await visits.close()
    passwords.close()


async def _sessions(app: web.Application) -> AsyncIterator[None]:
    settings = app[SETTINGS]
    app[SESSIONS] = Sessions(
        app[ACCESS],
        app[STORE].spend,
        lifetime=settings.session_lifetime,
        token_lifetime=settings.socket_token_lifetime,
    )
    yield


async def _log(app: web.Application) -> AsyncIterator[None]:
    """The one writer: it is closed before the store, and commits what is queued first."""
    settings = app[SETTINGS]
    app[LOG] = log = Log(
        app[STORE],
        gather=settings.commit_gather,
        give_up=settings.commit_give_up,
        journal_bytes=settings.log_queue_bytes,
        total_bytes=settings.log_total_bytes,
    )
    await log.start()
    yield
    await log.close(settings.shutdown_drain)


async def _rooms(app: web.Application) -> AsyncIterator[None]:
    """The live documents: they are emptied before the log is closed."""
    settings = app[SETTINGS]
    app[ROOMS] = rooms = Rooms(
        app[STORE],
        app[LOG],
        connection_limits=settings,
        document_limits=settings,
        history=settings,
        clock=time.monotonic,
    )
    app[HISTORY] = History(app[STORE], rooms)
    rooms.start()
    yield
    await rooms.close(settings.shutdown_drain)


async def _content(app: web.Application) -> AsyncIterator[None]:
    """The processes that write documents out; none is started before somebody asks."""
    app[CONTENT] = workers = Workers(app[SETTINGS])
    yield
    await workers.close()


async def _sockets(app: web.Application) -> AsyncIterator[None]:
    """The way in to the rooms. ``on_shutdown`` closes the sockets, before the server waits for their handlers."""
    settings = app[SETTINGS]
    app[transports.ADMISSION] = transports.Admission(
        app[ACCESS], app[ROOMS], app[METRICS], app[GUARD], app[VISITS], time.monotonic
    )
    app[transports.CONNECTIONS] = connections = transports.Connections(
        settings, time.monotonic, app[METRICS], app[GUARD]
    )
    connections.start()
    yield
    await connections.close()


async def _metrics(app: web.Application) -> AsyncIterator[None]:
    """Where each metric is read. What is counted is counted where it happens."""
    log, rooms, connections = app[LOG], app[ROOMS], app[transports.CONNECTIONS]
    app[METRICS].watch(
        collab_rooms=lambda: len(rooms),
        collab_connections=lambda: len(connections),
        collab_log_queue_bytes=lambda: log.waiting_bytes,
        collab_log_queue_documents=lambda: log.waiting_documents,
        collab_outbox_bytes=lambda: connections.waiting_bytes,
        collab_edits=lambda: log.edits,
        collab_edit_bytes=lambda: log.edit_bytes,
        collab_received_messages=lambda: connections.received_messages,
        collab_received_bytes=lambda: connections.received_bytes,
        collab_sent_bytes=lambda: connections.sent_bytes,
        collab_commit_seconds=log.commit_seconds,
        collab_commit_failures=lambda: log.commit_failures,
        collab_ack_seconds=log.ack_seconds,
        collab_document_open_seconds=rooms.open_seconds,
        collab_document_failures=lambda: rooms.open_failures,
        collab_folds=lambda: rooms.care.folds,
        collab_fold_failures=lambda: rooms.care.fold_failures,
    )
    watching = asyncio.create_task(app[METRICS].watch_loop())
    yield
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)


async def _let_go(app: web.Application) -> None:
    """A stop: first what was edited is saved and acknowledged, then the sockets are closed, saying why."""
    await app[ROOMS].close(app[SETTINGS].shutdown_drain)
    await app[transports.CONNECTIONS].close()


async def serve(settings: Settings, secret: str, announce: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT, then stop in order; a second SIGINT stops at once.

    ``announce`` is told the server's URL once it listens. Raises ConfigurationError when the address cannot be
    listened on, when another server has taken the database meanwhile, and what opening the database raises.
    """
    runner = web.AppRunner(
        build(settings, secret),
        access_log=logging.getLogger(ACCESS_LOG),
        access_log_class=AccessLogger,
        # Also what a connection gets that sends its first request one byte at a time.
        keepalive_timeout=settings.handshake_deadline,
        shutdown_timeout=settings.shutdown_drain,
    )
    try:
        await runner.setup()
        here = await _listen(runner, settings)
        url = settings.public_url or here
        runner.app[LOCK].tell(here)
        stop = runner.app[STOP]
        with _signals(stop):
            logger.info("listening on %s", url)
            announce(url)
            await stop.wait()
        logger.info("stopping")
    finally:
        await runner.cleanup()
    logger.info("stopped")


async def _listen(runner: web.AppRunner, settings: Settings) -> str:
    """Accept connections from now on; the URL of this machine."""
    site = web.TCPSite(runner, settings.host, settings.port, backlog=1024)
    try:
        await site.start()
    except OSError as error:
        raise ConfigurationError(f"cannot listen on {settings.host} port {settings.port}: {error.strerror}") from error
    port: int = runner.addresses[0][1]  # the one the system chose, where the setting is 0
    return listening_url(settings.host, port)


@contextmanager
def _signals(stop: asyncio.Event) -> Iterator[None]:
    """SIGTERM and SIGINT set ``stop``. Afterwards another SIGTERM changes nothing, another SIGINT is an interrupt."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGINT)
