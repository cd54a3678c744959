"""Every way of being without the document fits its reader: on a phone and on a desk, in light and dark, for screen readers."""

from __future__ import annotations

import sqlite3
from itertools import product
from typing import Literal

import pytest
from playwright.async_api import Page, ViewportSize, expect

from tests.browser.pages import Visitors, axe_finds, overflow, owner_link, welcomed
from tests.servers import Server

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.asyncio(loop_scope="package")]

ALL = ("**", "owner")
SIZES: dict[str, ViewportSize] = {"phone": {"width": 360, "height": 740}, "desk": {"width": 1280, "height": 860}}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
LONG = "notes/" + "x" * 120


async def fits(page: Page) -> None:
    """Whoever looks at this page, and how: one after the other takes the place of its reader."""
    for size, scheme in product(SIZES, SCHEMES):
        await page.set_viewport_size(SIZES[size])
        await page.emulate_media(color_scheme=scheme)
        assert await page.evaluate("scheme => matchMedia(`(prefers-color-scheme: ${scheme})`).matches", scheme)
        # What is on its way in is half transparent, which axe takes for its colour.
        await page.evaluate("Promise.all(document.getAnimations().map(({ finished }) => finished.catch(() => {})))")
        assert await axe_finds(page) == [], f"{size}, {scheme}"
        assert await overflow(page) == 0, f"{size}, {scheme}"


async def test_every_refusal(visitors: Visitors, server: Server) -> None:
    look = {"bypass_csp": True}  # axe is not of the page

    async def is_told(page: Page, title: str, path: str | None = None) -> None:
        if path is not None:
            await page.goto(server.url + path)
        await expect(page.get_by_role("heading", name=title)).to_be_visible()
        await fits(page)

    stranger = await visitors.stranger(**look)
    await is_told(stranger, "You need a link to come in", f"/documents/{LONG}")
    link = owner_link(server)
    await stranger.goto(link)
    await welcomed(stranger)
    other = await visitors.stranger(**look)
    await other.goto(link)
    await is_told(other, "This link does not work any more")

    reader = await visitors.member("ben", ("notes/*", "viewer"), **look)
    await is_told(reader, "There is no such document", f"/documents/{LONG}")
    await is_told(reader, "You cannot open this document", "/documents/plan")

    # Without the server both write on; when it is back both have everything.
    one = await visitors.open(LONG, page=await visitors.member("ann", ALL, **look))
    two = await visitors.open(LONG, page=await visitors.member("eve", ALL, **look))
    await one.write("Before. ")
    await one.says("saved")
    await two.shows("Before.")
    await server.kill()
    for page in (one, two):
        await page.says("offline")
    await one.write("One, meanwhile. ")
    await two.write("Two, meanwhile. ")
    await fits(one.page)
    await server.start()
    for page in (one, two):
        await page.is_told_of_a_network()
        await page.says("saved")
        await page.shows("One, meanwhile.")
        await page.shows("Two, meanwhile.")

    # Deleted while it is open, then on coming back.
    headers = {"Authorization": f"Bearer {server.token('boss', '**:owner')}"}
    path = f"/documents/{LONG.replace('/', '%2F')}"
    deleted = await one.page.request.delete(f"{server.url}/api/v1{path}", headers=headers)
    assert deleted.status == 204
    await expect(one.page.get_by_role("alert")).to_contain_text("was deleted")
    await fits(one.page)
    await one.page.reload()
    await is_told(one.page, "This document was deleted")
    await one.page.get_by_role("button", name="Restore it").click()
    await one.shows("Before.")

    # Damaged on the disk.
    for page in (one, two):
        await page.page.close(run_before_unload=False)
    await server.kill()
    database = sqlite3.connect(server.database)
    with database:
        database.execute("UPDATE changes SET payload = zeroblob(length(payload))")
        database.execute("DELETE FROM checkpoints")
    database.close()
    await server.start()
    late = await visitors.member("late", ALL, **look)
    await is_told(late, "This document cannot be read", path)
