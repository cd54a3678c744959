"""What a person sees and does on a page."""

from __future__ import annotations

import os
import re
from typing import Any
from urllib.parse import quote

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, expect

from collab.auth import SESSION_COOKIE, Authority, owner_code
from collab.auth.secret import FILE as SECRET_FILE
from collab.auth.tokens import Grant, Purpose
from tests.parts import ROOT, require
from tests.servers import Server

# A server that is down, and an answer that says no, are in Chromium's console too: they are what the tests are about.
_EXPECTED = re.compile(
    r"net::ERR_|Service Worker registration blocked by Playwright|WebSocket connection to|the server responded with a status of (4|503)"
)

_RECORD_LIGHTS = """
() => {
    const light = document.querySelector(".save-light");
    window.lights = [light.dataset.light];
    new MutationObserver(() => {
        if (window.lights.at(-1) !== light.dataset.light) window.lights.push(light.dataset.light);
    }).observe(light, { attributes: true, attributeFilter: ["data-light"] });
}
"""


def chromium() -> dict[str, Any]:
    """How Playwright launches Chromium; skips or fails where there is none."""
    arguments = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
    # As root, which continuous integration is, Chromium's sandbox does not start.
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    # The shell draws no window that nobody sees, and takes half the CPU for the same pages.
    path = require("Chromium", "chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    return {"executable_path": path, "args": [*arguments, *sandbox]}


def authority(server: Server) -> Authority:
    """What signs the server's tokens."""
    return Authority((server.data_dir / SECRET_FILE).read_text().strip())


def owner_link(server: Server) -> str:
    """A fresh owner link, as ``collab link`` prints it."""
    return f"{server.url}/#code={owner_code(authority(server))}"


async def axe_finds(page: Page) -> list[str]:
    """What is wrong with a page for some of its readers, by the ids of axe's rules. The page was made with ``bypass_csp``."""
    if not await page.evaluate("'axe' in window"):
        axe = require("axe", ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js").read_text()
        await page.evaluate(axe)
    found: list[str] = await page.evaluate(
        """axe.run().then(({ violations }) => violations.flatMap(
            ({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target}`)))"""
    )
    return found


async def overflow(page: Page) -> int:
    """How many pixels of a page lie to the right of its window."""
    pixels: int = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return pixels


async def welcomed(page: Page) -> None:
    """Wait until the first page shows that the reader is signed in."""
    await expect(page.get_by_role("heading", level=1)).to_have_text("Documents")


class ListPage:
    """A page with the list of documents."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.rows = page.locator(".row[data-document]")
        self.titles = page.locator(".row .row-title")
        self.search = page.get_by_role("searchbox")
        self.toast = page.locator(".toast")
        self.dialog = page.get_by_role("dialog")

    def row(self, name: str) -> Locator:
        """The row of the document of this name."""
        return self.page.locator(f'.row[data-document="{name}"]')

    async def shows(self, *names: str) -> None:
        """Wait until these are the rows, in this order."""
        await expect(self.rows).to_have_count(len(names))
        for place, name in enumerate(names):
            await expect(self.rows.nth(place)).to_have_attribute("data-document", name)

    async def begin(self, title: str, *, name: str | None = None) -> None:
        """Fill in the dialog for a new document; Enter would make it. ``name`` None leaves it to be made of the title."""
        await self.page.get_by_role("button", name="New document").click()
        await self.dialog.get_by_label("Title").fill(title)
        if name is not None:
            await self.dialog.get_by_role("button", name="Change").click()
            await self.dialog.get_by_label("Name", exact=True).fill(name)

    async def choose(self, name: str, action: str) -> None:
        """Choose an entry of the menu of a document's row."""
        row = self.row(name)
        await row.hover()
        await row.get_by_role("button", name="Actions for").click()
        await self.page.get_by_role("menuitem", name=action).click()


class DocumentPage:
    """A page with a document open in it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.editor = page.locator(".bn-editor")
        self.blocks = page.locator(".bn-block-content")
        self.light = page.locator(".save-light")
        self.cursors = page.locator(".bn-collaboration-cursor__label")
        self.people = page.get_by_role("list", name="Here now").get_by_role("listitem")

    async def write(self, text: str) -> None:
        """Type at the end of the document."""
        # Control+End would go on to the empty line below, and begin a block there.
        await self.blocks.last.click()
        await self.page.keyboard.press("End")
        await self.page.keyboard.type(text)

    async def text(self) -> str:
        """The document's text, without others' cursors in it."""
        blocks = await self.blocks.evaluate_all(
            """blocks => blocks.map(block => {
                const copy = block.cloneNode(true);
                for (const cursor of copy.querySelectorAll(".bn-collaboration-cursor__base")) cursor.remove();
                return copy.textContent;
            })"""
        )
        return "\n".join(blocks)

    async def shows(self, text: str) -> None:
        """Wait until ``text`` is in the document."""
        await expect(self.editor).to_contain_text(text, timeout=20_000)

    async def says(self, light: str) -> None:
        """Wait until the light says this."""
        # Longer than the longest pause between two attempts to connect.
        await expect(self.light).to_have_attribute("data-light", light, timeout=30_000)

    async def is_told_of_a_network(self) -> None:
        """What a browser tells its pages when it has a network again: they need not wait for their next attempt."""
        await self.page.evaluate("window.dispatchEvent(new Event('online'))")

    async def record_lights(self) -> None:
        """Remember every light from now on."""
        await self.page.evaluate(_RECORD_LIGHTS)

    async def lights(self) -> list[str]:
        """The lights there were, in order, since ``record_lights``."""
        seen: list[str] = await self.page.evaluate("window.lights")
        return seen


class HistoryPage:
    """The history of a document: the list beside it, and the moment in its place."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.panel = page.get_by_role("complementary", name="History")
        self.button = page.get_by_role("button", name="History", exact=True)
        self.sittings = page.locator(".sitting > .past-row")
        self.versions = page.locator(".version .past-who")
        self.now = page.locator(".now-row")
        self.past = page.locator(".past")
        self.slider = page.get_by_role("slider", name="Moment")
        self.text = page.locator(".past-body .bn-editor")
        """The document as it was."""
        self.drawn = page.locator(".drawn")
        """The differences."""
        self.toast = page.locator(".toast")
        self.dialog = page.get_by_role("dialog")

    async def open(self) -> None:
        """Open the list."""
        await self.button.click()
        await expect(self.panel).to_be_visible()

    async def choose(self, place: int = 0) -> None:
        """Look at the end of a sitting, the newest being the first."""
        await self.sittings.nth(place).click()
        await expect(self.past).to_be_visible()

    async def see(self, sight: str) -> None:
        """Choose how the moment is shown, by its words."""
        await self.past.get_by_text(sight, exact=True).click()

    async def go_back_until(self, text: str) -> None:
        """Step back through the moments until the document as it was has no ``text`` any more."""
        await expect(self.text).to_contain_text(text)
        while text in (await self.text.text_content() or ""):
            place = int(await self.slider.input_value())
            assert place > 0, f"{text!r} was there before everything"
            await self.page.get_by_role("button", name="The moment before").click()
            await expect(self.slider).to_have_value(str(place - 1))
            await expect(self.page.locator(".past-body")).to_have_attribute("aria-busy", "false")

    async def restore(self) -> None:
        """Bring back the moment that is looked at."""
        await self.past.get_by_role("button", name="Restore this").click()
        await self.dialog.get_by_role("button", name="Restore", exact=True).click()
        await expect(self.dialog).to_be_hidden()


class Visitors:
    """Makes people: each has a browser profile of their own."""

    def __init__(self, browser: Browser, server: Server) -> None:
        self._browser = browser
        self._server = server
        self._contexts: list[BrowserContext] = []
        self.complaints: list[str] = []
        """Errors of scripts and refusals of the content security policy, on any page."""

    async def stranger(self, **profile: Any) -> Page:
        """A page at no address yet, of someone whom the server does not know."""
        # The worker fetches the whole page once for each of them, and only matters where the server is away.
        context = await self._browser.new_context(**{"service_workers": "block", **profile})
        self._contexts.append(context)
        page = await context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._listen)
        return page

    async def owner(self, **profile: Any) -> Page:
        """A page at no address yet, of someone who came in by an owner link. That the page takes it is for a test to show."""
        page = await self.stranger(**profile)
        code = owner_code(authority(self._server))
        assert (await page.request.post(f"{self._server.url}/api/v1/session", data={"code": code})).ok
        return page

    async def documents(self, *, page: Page | None = None, path: str = "/", **profile: Any) -> ListPage:
        """The list of documents, on a new owner's page or on the given one."""
        page = page or await self.owner(**profile)
        await page.goto(self._server.url + path)
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
        return ListPage(page)

    async def member(self, subject: str, *grants: tuple[str, str], **profile: Any) -> Page:
        """A page at no address yet, of someone who came in with these grants: globs and roles."""
        page = await self.stranger(**profile)
        await self.sign_in(page, subject, *grants)
        return page

    async def sign_in(self, page: Page, subject: str, *grants: tuple[str, str], lifetime: float = 3600) -> None:
        """Make ``page``'s browser that of ``subject``, whosever it was. ``lifetime`` is in seconds.

        The page renews a token that has less than half a minute to live, so with a shorter one it shows its cookie
        before everything it asks for.
        """
        parsed = tuple(Grant.parse(*grant) for grant in grants)
        cookie = authority(self._server).issue(
            subject, subject.capitalize(), parsed, lifetime=lifetime, purpose=Purpose.SESSION
        )
        await page.context.add_cookies([{"name": SESSION_COOKIE, "value": cookie, "url": self._server.url}])

    async def open(self, name: str, *, page: Page | None = None, **profile: Any) -> DocumentPage:
        """A document, on a new owner's page or on the given one."""
        page = page or await self.owner(**profile)
        await page.goto(f"{self._server.url}/documents/{quote(name)}")
        opened = DocumentPage(page)
        await expect(opened.editor).to_be_visible()
        return opened

    async def leave(self) -> None:
        """Everyone closes their browser."""
        for context in self._contexts:
            await context.close()

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not _EXPECTED.search(message.text):
            self.complaints.append(message.text)
