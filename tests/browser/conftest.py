"""Real pages in Chromium, on the real server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect

from tests.browser.pages import Visitors, chromium
from tests.parts import ROOT, require
from tests.servers import Server

expect.set_options(timeout=20_000)
"""Milliseconds: a bound for machines that do much else meanwhile, never a wait."""

# One event loop and one Chromium serve all tests of this folder; each test has its own server and its own people.
shared = partial(pytest_asyncio.fixture, loop_scope="package")


@shared
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    """A running server with an empty data directory."""
    require("the built page", ROOT / "collab" / "page" / "index.html")
    async with Server(tmp_path / "data") as server:
        yield server


@shared(scope="package")
async def browser() -> AsyncIterator[Browser]:
    """Chromium."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(**chromium())
        yield browser
        await browser.close()


@shared
async def visitors(browser: Browser, server: Server) -> AsyncIterator[Visitors]:
    """People with browser profiles of their own. At the end, no page may have complained of anything unexpected."""
    visitors = Visitors(browser, server)
    yield visitors
    await visitors.leave()
    assert visitors.complaints == []
