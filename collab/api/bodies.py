"""Bodies of requests: read up to a limit and before a deadline, and JSON that means one thing only."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from aiohttp import web

from collab.errors import InvalidRequest, Overloaded, TimedOut, TooLarge, UnsupportedMediaType

SLOWEST = 64 * 1024
"""Bytes a second that a body which is longer than its deadline allows for has to come with."""

_CODINGS = ("", "identity")


Claim = Callable[[int], None]
"""Asks for so many bytes more of a ``Space``. Raises Overloaded."""


class Space:
    """What the uploads and the long answers under way may take together, in bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._taken = 0

    @contextmanager
    def open(self) -> Iterator[Claim]:
        """For one request; what it claims is free again at its end."""
        claimed = 0

        def claim(size: int) -> None:
            nonlocal claimed
            if self._taken + size > self._limit and self._taken > claimed:  # one alone is always let through
                raise Overloaded("too much is being sent and fetched at this moment")
            self._taken += size
            claimed += size

        try:
            yield claim
        finally:
            self._taken -= claimed


async def read_body(
    request: web.Request, *, limit: int, setting: str | None, patience: float, claim: Claim | None
) -> bytes:
    """The body, of at most ``limit`` bytes; b"" for none. It is claimed as it comes, unless ``claim`` is None.

    It may take ``patience`` seconds, and longer only as long as it comes at 64 KiB a second. Raises TooLarge, which
    names ``setting``, as soon as it is known, TimedOut, InvalidRequest for one that breaks off, and UnsupportedMediaType
    for one that is compressed.
    """
    if request.headers.get("Content-Encoding", "").strip().lower() not in _CODINGS:
        raise UnsupportedMediaType("a body is sent uncompressed here", where="/header/Content-Encoding")
    if (request.content_length or 0) > limit:
        raise _too_large(limit, setting)
    loop = asyncio.get_running_loop()
    started = loop.time()
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(patience) as deadline:
            while part := await request.content.readany():
                size += len(part)
                if size > limit:
                    raise _too_large(limit, setting)
                if claim is not None:
                    claim(len(part))
                parts.append(part)
                deadline.reschedule(started + patience + size / SLOWEST)
    except TimeoutError:
        raise TimedOut("the body took too long to arrive") from None
    except ConnectionError:  # nobody hears this; but it is no failure of ours
        raise InvalidRequest("the body broke off", where="/body") from None
    return b"".join(parts)


def parse_json(data: bytes) -> Any:
    """The value that ``data`` spells in JSON (RFC 8259), taken strictly. Raises InvalidRequest.

    Refused is what others would read otherwise: names that come twice in an object, NaN and infinities, text that is
    not Unicode.
    """
    try:
        value = json.loads(data.decode(), object_pairs_hook=_once, parse_constant=_no_number)
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()  # "\ud800" and 1e999 are read without a word
    except UnicodeDecodeError:
        problem = "is not UTF-8"
    except UnicodeEncodeError:
        problem = "holds text that is not Unicode: half a surrogate pair"
    except json.JSONDecodeError as error:
        problem = f"is not JSON: {error.msg} at line {error.lineno}, column {error.colno}"
    except RecursionError:
        problem = "is nested too deeply"
    except _Refused as refused:
        problem = str(refused)
    except ValueError:
        problem = "holds a number that is too large"
    else:
        return value
    raise InvalidRequest(f"the body {problem}", where="/body")


class _Refused(ValueError):
    """JSON that can be read, and yet is not taken."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        raise _Refused("has an object in which a name comes twice")
    return value


def _no_number(_: str) -> NoReturn:
    raise _Refused("holds NaN or an infinity, which JSON does not have")


def _too_large(limit: int, setting: str | None) -> TooLarge:
    return TooLarge(f"the body has more than {limit} bytes", limit=limit, setting=setting)
