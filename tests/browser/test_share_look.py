"""Sharing fits its reader: every state of the dialog and of the door, in light and dark, on a phone, for whoever does not see it."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.pages import DocumentPage, Visitors, axe_finds, overflow
from tests.browser.sharing import ShareDialog, come_in
from tests.browser.test_share import ALL, PLAN, link
from tests.servers import Server

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]

WIDE: dict[str, Any] = {"viewport": {"width": 1280, "height": 860}}
PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True}
LONG = "The reviewers of everything that was written in spring, and then some"


async def fits(page: Page) -> None:
    """Nothing is wider than the window, and axe finds nothing."""
    # What is on its way in is half transparent, which axe takes for its colour.
    await page.evaluate("Promise.all(document.getAnimations().map(({ finished }) => finished.catch(() => {})))")
    assert await axe_finds(page) == []
    assert await overflow(page) == 0


@pytest.mark.parametrize(("scheme", "size"), [("light", PHONE), ("dark", WIDE)], ids=["phone", "desktop"])
async def test_every_state_of_the_dialog(visitors: Visitors, server: Server, scheme: str, size: dict[str, Any]) -> None:
    # axe is not of the page
    owner = await visitors.member("ann", ALL, color_scheme=scheme, bypass_csp=True, **size)
    page = await visitors.open("plan", page=owner)
    await page.write(PLAN)
    await page.says("saved")
    await fits(owner)
    share = await ShareDialog.open(owner)
    await fits(owner)
    await link(owner, server, name=LONG, password="sesame", expires="2100-01-01T00:00:00Z", maxUses=1000)
    await link(owner, server)
    await share.dialog.get_by_label("Add a person").fill("auth0|" + "5f7c8ec7c33c6c00" * 8)
    await share.dialog.get_by_role("button", name="Add", exact=True).click()
    await expect(share.dialog.locator("[data-subject]")).to_have_count(2)
    await share.dialog.get_by_role("tab", name="Access").focus()
    await owner.keyboard.press("ArrowRight")
    await expect(share.dialog.get_by_role("tab", name="Activity")).to_be_focused()
    await fits(owner)
    await owner.keyboard.press("ArrowRight")
    await expect(share.link(LONG)).to_be_visible()
    await fits(owner)
    await share.choose("Link", "Revoke")
    await expect(share.dialog.get_by_role("button", name="Keep it")).to_be_focused()
    await fits(owner)
    await owner.keyboard.press("Enter")
    await expect(share.link("Link").get_by_role("button")).to_be_focused()
    await share.choose(LONG, "Change")
    await fits(owner)
    # Escape leaves the form first, and the dialog after it.
    await owner.keyboard.press("Escape")
    await expect(share.dialog.get_by_role("tab", name="Access")).to_be_focused()
    await share.dialog.get_by_role("button", name="New link").click()
    await share.front.get_by_label("Ends").select_option(label="At a time…")
    await share.front.get_by_label("Until").fill("2001-01-01T00:00")
    await share.front.get_by_label("Name", exact=True).press("Enter")
    await expect(share.front.get_by_role("alert")).to_have_text("Choose a time that is still to come.")
    await expect(share.front.get_by_label("Until")).to_be_focused()
    await fits(owner)
    await share.front.get_by_label("Ends").select_option(label="In a week")
    await share.front.get_by_label("Lets in at most").fill("none")
    await owner.keyboard.press("Enter")
    await expect(share.front.get_by_label("Lets in at most")).to_be_focused()
    await share.front.get_by_label("Lets in at most").fill("")
    await owner.keyboard.press("Enter")
    await expect(share.front.get_by_role("button", name="Done")).to_be_visible()
    await fits(owner)
    await share.front.get_by_role("button", name="Done").click()
    await expect(share.dialog.get_by_text("expires in 7 days")).to_be_visible()
    await share.close()
    await expect(owner.get_by_role("button", name="Share", exact=True)).to_be_focused()


@pytest.mark.parametrize(("scheme", "size"), [("dark", PHONE), ("light", WIDE)], ids=["phone", "desktop"])
async def test_every_state_of_the_door(visitors: Visitors, server: Server, scheme: str, size: dict[str, Any]) -> None:
    owner = await visitors.open("plan", page=await visitors.member("ann", ALL))
    await owner.write(PLAN)
    await owner.says("saved")
    guest = await visitors.stranger(color_scheme=scheme, bypass_csp=True, **size)
    await guest.goto(f"{server.url}/s/{'A' * 40}")
    await expect(guest.get_by_role("heading")).to_be_focused()
    await fits(guest)
    url = await link(owner.page, server, password="sesame", role="viewer")
    await come_in(guest, url, "x" * 60, "simsala")
    await expect(guest.get_by_role("alert")).to_have_text("That is not the password of this link.")
    await fits(guest)
    await guest.goto(await link(owner.page, server, role="viewer"))
    await expect(guest.get_by_label("Your name")).to_be_focused()
    await fits(guest)
    await guest.keyboard.type("Dora")
    await guest.keyboard.press("Enter")
    page = DocumentPage(guest)
    await page.says("viewing")
    await expect(guest.get_by_title("Rename")).to_have_count(0)
    await fits(guest)
