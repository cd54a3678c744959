"""One process at a time: whoever opens documents to write holds their lock, and says where it can be asked.

An open document lives in its server's memory, so a second server on the same database, or a command that writes behind
the first one's back, would break the promise that what was acknowledged stays. The lock is an advisory one of the
operating system (flock), on a file that is never taken away: it ends with the process, however that ends.

In the file stand the holder's process id and, once it listens, its URL:

    {"pid": 4242, "url": "http://127.0.0.1:8080"}
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from collab.errors import ConfigurationError

if sys.platform != "win32":
    import fcntl

PATIENCE = 2.0
"""Seconds for which a lock is waited for: whoever asks who holds it has it for a moment, and so does a server that ends."""
_AGAIN = 0.05


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lock; None where it has not said so yet. Only a server that listens has a URL."""

    pid: int | None
    url: str | None


class Lock:
    """A lock that is held."""

    def __init__(self, descriptor: int) -> None:
        """Made by ``hold``."""
        self._descriptor = descriptor
        self.tell(None)

    def tell(self, url: str | None) -> None:
        """Let others know where this process listens."""
        said = json.dumps({"pid": os.getpid(), "url": url}).encode()
        os.pwrite(self._descriptor, said, 0)
        os.ftruncate(self._descriptor, len(said))


def lock_file(data_dir: Path, database_url: str) -> Path:
    """The file of the lock: beside an embedded database, whatever directory it is in, or else in the data directory.

    There it tells commands of the server; what keeps servers with other data directories off is ``connect.claim``.
    Raises ``ConfigurationError``.
    """
    try:
        url = make_url(database_url)
    except ArgumentError as error:
        raise ConfigurationError("the database URL is not a URL") from error  # and may hold a password: not shown
    if url.get_backend_name() == "sqlite" and url.database:
        database = Path(url.database).resolve()  # two ways to one file are one lock
        return database.with_name(f"{database.name}.lock")
    return data_dir / "lock"


@asynccontextmanager
async def hold(path: Path, *, patience: float = PATIENCE) -> AsyncIterator[Lock]:
    """Hold the lock of this file, in a directory that is there; wait for it up to ``patience`` seconds.

    Raises ``ConfigurationError`` that says which process holds it, and where that listens.
    """
    with _opened(path, os.O_RDWR | os.O_CREAT) as descriptor:
        _hand_over(path, descriptor)
        while not _take(descriptor, shared=False):
            if patience <= 0:
                raise ConfigurationError(f"the documents are in use by {_describe(_read(descriptor))}")
            await asyncio.sleep(_AGAIN)
            patience -= _AGAIN
        yield Lock(descriptor)
        os.ftruncate(descriptor, 0)


def holder(path: Path) -> Holder | None:
    """Who holds the lock of this file; None: nobody does. Raises ``ConfigurationError``."""
    if not path.exists():
        return None
    with _opened(path, os.O_RDONLY) as descriptor:
        return None if _take(descriptor, shared=True) else _read(descriptor)


@contextmanager
def _opened(path: Path, flags: int) -> Iterator[int]:
    try:
        descriptor = os.open(path, flags, 0o600)
    except OSError as error:
        raise ConfigurationError(f"the lock {path} cannot be opened: {error.strerror}") from error
    try:
        yield descriptor
    finally:
        os.close(descriptor)  # which lets the lock go


def _hand_over(path: Path, descriptor: int) -> None:
    """When root runs a command, the lock still is for the server, whoever that runs as: SQLite does so with its files."""
    if sys.platform != "win32" and os.geteuid() == 0:
        owner = path.parent.stat()
        os.fchown(descriptor, owner.st_uid, owner.st_gid)


def _take(descriptor: int, *, shared: bool) -> bool:
    if sys.platform == "win32":
        return True  # it has no such locks: there the operator sees to it that there is one server
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read(descriptor: int) -> Holder:
    try:
        match json.loads(os.pread(descriptor, 4096, 0)):
            case {"pid": int(pid), "url": str() | None as url}:
                return Holder(pid, url)
            case _:
                return Holder(None, None)
    except ValueError:  # it is being written just now
        return Holder(None, None)


def _describe(one: Holder) -> str:
    process = "another process" if one.pid is None else f"process {one.pid}"
    return f"{process}, which listens on {one.url}" if one.url else process
