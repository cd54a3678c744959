"""How an owner shares a document on its page, and how a guest comes in."""

from __future__ import annotations

import re
from typing import Self

from playwright.async_api import Locator, Page, expect


class ShareDialog:
    """The share dialog over the page of a document. Use it as ``await ShareDialog.open(page)``."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.dialog = page.get_by_role("dialog", name="Share")
        self.front = page.get_by_role("dialog")
        """The dialog, whatever stands in it."""

    @classmethod
    async def open(cls, page: Page) -> Self:
        """Open it, and wait until links and people are there."""
        await page.get_by_role("button", name="Share", exact=True).click()
        dialog = cls(page)
        await expect(dialog.dialog.get_by_role("heading", name="Links")).to_be_visible()
        return dialog

    def link(self, name: str) -> Locator:
        """The row of a link."""
        return self.dialog.locator(".share-row[data-standing]").filter(has_text=name)

    def person(self, subject: str) -> Locator:
        """The row of a person."""
        return self.dialog.locator(f'[data-subject="{subject}"]')

    async def make(
        self, role: str, *, name: str = "", password: str = "", ends: str | None = None, uses: str = ""
    ) -> str:
        """Make a link; its address. ``role`` and ``ends`` are what the fields say."""
        await self.dialog.get_by_role("button", name="New link").click()
        await self.front.get_by_label("Whoever has the link").select_option(label=role)
        await self.front.get_by_label("Name", exact=True).fill(name)
        await self.front.get_by_label("Password", exact=True).fill(password)
        if ends is not None:
            await self.front.get_by_label("Ends").select_option(label=ends)
        await self.front.get_by_label("Lets in at most").fill(uses)
        await self.page.keyboard.press("Enter")
        url = await self.front.get_by_role("textbox", name=re.compile("^The link")).input_value()
        await self.front.get_by_role("button", name="Done").click()
        await expect(self.dialog).to_be_visible()
        return url

    async def choose(self, link: str, action: str) -> None:
        """Choose an entry of a link's menu."""
        await self.link(link).get_by_role("button", name="Actions for").click()
        await self.page.get_by_role("menuitem", name=action).click()

    async def change(self, link: str, *, role: str) -> None:
        """Give a link another role."""
        await self.choose(link, "Change")
        await self.front.get_by_label("Whoever has the link").select_option(label=role)
        await self.front.get_by_role("button", name="Save").click()
        await expect(self.link(link)).to_contain_text(role)

    async def revoke(self, link: str) -> None:
        """Revoke a link."""
        await self.choose(link, "Revoke")
        await self.dialog.get_by_role("button", name="Revoke", exact=True).click()
        await expect(self.dialog.get_by_text("Revoked (")).to_be_visible()

    async def close(self) -> None:
        """Close it with the keyboard."""
        await self.page.keyboard.press("Escape")
        await expect(self.dialog).to_be_hidden()


async def come_in(page: Page, url: str, name: str, password: str | None = None) -> None:
    """Open a link, and come in by it as a guest."""
    await page.goto(url)
    await page.get_by_label("Your name").fill(name)
    if password is not None:
        await page.get_by_label("Password").fill(password)
    await page.keyboard.press("Enter")
