"""Fetching the keys that an identity provider publishes: from that address alone, and bounded."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus

import aiohttp

from collab.auth.issuers import Fetch

TIMEOUT = 5.0
MAX_BYTES = 256 * 1024


@asynccontextmanager
async def fetching(url: str) -> AsyncIterator[Fetch]:
    """Fetches ``url``: no redirects, no cookies, no more than 256 KiB, and five seconds for all of it."""
    timeout = aiohttp.ClientTimeout(total=TIMEOUT)
    async with aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as session:

        async def fetch() -> bytes:
            try:
                async with session.get(url, allow_redirects=False) as answer:
                    if answer.status != HTTPStatus.OK:
                        raise ValueError(f"the answer is {answer.status}")
                    data = b""
                    async for piece in answer.content.iter_any():
                        data += piece
                        if len(data) > MAX_BYTES:
                            raise ValueError(f"there are more than {MAX_BYTES} bytes")
                    return data
            except (aiohttp.ClientError, TimeoutError) as error:
                raise OSError(f"{type(error).__name__}: {error}") from error

        yield fetch
