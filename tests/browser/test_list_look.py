"""The list of documents fits its reader: in light and dark, on a phone, for whoever does not see it."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.pages import Visitors, axe_finds, overflow
from tests.browser.test_list import make
from tests.servers import Server

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]

WIDE = {"width": 1280, "height": 860}
PHONE = {"width": 360, "height": 740}
LONG = "A title that somebody wrote while thinking aloud about everything it should hold"
UNBROKEN = "x" * 200


@pytest.mark.parametrize(("scheme", "size"), [("light", PHONE), ("dark", WIDE)])
async def test_every_state_of_the_list(visitors: Visitors, server: Server, scheme: str, size: dict[str, int]) -> None:
    owner = await visitors.owner(color_scheme=scheme, viewport=size, bypass_csp=True)  # axe is not of the page
    first = await visitors.documents(page=owner)
    page = first.page

    async def fits() -> None:
        # What is on its way in is half transparent, which axe takes for its colour.
        await page.evaluate("Promise.all(document.getAnimations().map(({ finished }) => finished.catch(() => {})))")
        assert await axe_finds(page) == []
        assert await overflow(page) == 0

    await expect(page.get_by_role("heading", level=2)).to_be_visible()
    await fits()
    await make(server, ("a/" + UNBROKEN, LONG), ("plain", ""), ("wide", UNBROKEN))
    await page.reload()
    await first.shows("wide", "plain", "a/" + UNBROKEN)
    await fits()
    await first.row("plain").get_by_role("button").click()
    await expect(page.get_by_role("menu", name="Actions for plain")).to_be_visible()
    await fits()
    await page.get_by_role("menuitem", name="Rename").click()
    await expect(page.get_by_label("Title of plain")).to_be_focused()
    await fits()
    await page.keyboard.press("Escape")
    await first.begin(UNBROKEN, name="plain")
    await page.keyboard.press("Enter")
    await expect(first.dialog.get_by_role("alert")).to_contain_text("There is a document with this name.")
    await fits()
    await page.keyboard.press("Escape")
    await first.choose("wide", "Delete")
    await expect(first.toast).to_be_visible()
    await fits()
    await first.search.fill(UNBROKEN + UNBROKEN[:50])
    await expect(page.get_by_role("heading", level=2)).to_contain_text("Nothing found")
    await fits()
    await page.goto(f"{server.url}/?view=deleted")
    await first.shows("wide")
    await fits()
