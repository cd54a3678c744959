"""The example pages: built as they are, opened by two people in real browsers, on the real server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest
from aiohttp import web
from playwright.async_api import Page, expect

from tests.apps import KINDS, PASSWORDS, App, Kind
from tests.browser.conftest import shared
from tests.browser.pages import Visitors
from tests.parts import ROOT, require
from tests.servers import Server

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.asyncio(loop_scope="package")]

EXAMPLES = ROOT / "examples"


@dataclass(frozen=True)
class Example:
    """Where on the page is what. ``light`` is what its light says when all is well."""

    name: str
    text: str
    """What shows the text."""
    caret: str
    """What shows where someone else writes."""
    light: str


EXAMPLES_BY_NAME = {
    example.name: example
    for example in (
        Example("codemirror", ".cm-content", ".cm-ySelectionCaret", "saved"),
        Example("tiptap", ".tiptap", ".collaboration-carets__caret", "saved"),
        Example("lexical", "[contenteditable]", "#cursors span", "saved"),
        Example("quill", ".ql-editor", ".ql-cursor", "connected"),
        Example("monaco", ".view-lines", ".yRemoteSelectionHead", "connected"),
    )
}

_SHOWN = """([text, caret]) => {
    const copy = document.querySelector(text).cloneNode(true);
    for (const other of copy.querySelectorAll(caret)) other.remove();
    return copy.textContent.replaceAll("\\u00a0", " ").replaceAll(/[\\u2060\\ufeff]/g, "");
}"""

_NAMES = """caret => [...document.querySelectorAll(caret)].map(
    (other) => other.textContent + getComputedStyle(other, "::after").content)"""


@shared(scope="package")
async def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the built examples."""
    vite = require("an npm package of the examples", EXAMPLES / "node_modules" / "vite" / "bin" / "vite.js")
    target = Path(tmp_path_factory.mktemp("examples"))
    build = await asyncio.create_subprocess_exec(
        *(require("Node", "node"), vite, "build", "--outDir", target, "--logLevel", "error"), cwd=EXAMPLES
    )
    assert await build.wait() == 0
    return target


@shared(scope="package")
async def origin(built: Path) -> AsyncIterator[str]:
    """Where the built examples are served: an origin that the server knows nothing of."""
    app = web.Application()
    app.router.add_static("/", built)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


class Window:
    """An example in somebody's browser."""

    def __init__(self, page: Page, example: Example) -> None:
        self.page = page
        self.example = example
        self.light = page.locator("output")

    async def write(self, text: str) -> None:
        """Type at the end."""
        await self.page.locator(self.example.text).click()
        await self.page.keyboard.press("Control+End")
        await self.page.keyboard.type(text)

    async def shows(self, text: str) -> None:
        """Wait until this is the whole text."""
        selectors = [self.example.text, self.example.caret]
        await self.page.wait_for_function(f"([given, text]) => ({_SHOWN})(given) === text", arg=[selectors, text])

    async def shows_caret_of(self, name: str) -> None:
        """Wait until someone's caret is in the text, with their name."""
        await self.page.wait_for_function(
            f"([caret, name]) => ({_NAMES})(caret).some((one) => one.includes(name))", arg=[self.example.caret, name]
        )


@dataclass(frozen=True)
class Street:
    """Opens windows."""

    visitors: Visitors
    server: Server
    origin: str

    async def window(self, example: Example, document: str, name: str) -> Window:
        page = await self.visitors.stranger()
        token = self.server.token(name, f"{document}:editor")
        asked = {"server": f"ws://127.0.0.1:{self.server.port}", "document": document, "token": token, "name": name}
        await page.goto(f"{self.origin}/{example.name}.html#{urlencode(asked)}")
        window = Window(page, example)
        await expect(window.light).to_have_text(example.light)
        return window


@shared
async def street(visitors: Visitors, server: Server, origin: str) -> Street:
    return Street(visitors, server, origin)


@pytest.mark.parametrize("name", EXAMPLES_BY_NAME)
async def test_two_write_together(street: Street, name: str) -> None:
    example = EXAMPLES_BY_NAME[name]
    document = f"examples/{name} ü"
    alice = await street.window(example, document, "Alice")
    await alice.write("Alice was here")
    bob = await street.window(example, document, "Bob")
    await bob.shows("Alice was here")
    await bob.write(", and so was Bob")
    await alice.shows("Alice was here, and so was Bob")
    await alice.shows_caret_of("Bob")
    await alice.write("!")
    await bob.shows("Alice was here, and so was Bob!")
    await bob.shows_caret_of("Alice")
    await expect(alice.light).to_have_text(example.light)
    await street.visitors.leave()

    carol = await street.window(example, document, "Carol")
    await carol.shows("Alice was here, and so was Bob!")


async def test_two_editors_of_one_text(street: Street) -> None:
    """CodeMirror on one client and Monaco on the other: the same type under the same name is the same text."""
    alice = await street.window(EXAMPLES_BY_NAME["codemirror"], "examples/text", "Alice")
    bob = await street.window(EXAMPLES_BY_NAME["monaco"], "examples/text", "Bob")
    await alice.write("from CodeMirror")
    await bob.shows("from CodeMirror")
    await bob.write(" and from Monaco")
    await alice.shows("from CodeMirror and from Monaco")


async def test_the_form_says_where_to(street: Street) -> None:
    """Without a token in the address the page asks for one; who has a bad one is told why."""
    page = await street.visitors.stranger()
    await page.goto(f"{street.origin}/codemirror.html")
    await page.get_by_label("server").fill(f"ws://127.0.0.1:{street.server.port}")
    await page.get_by_label("token").fill("nonsense")
    await page.get_by_role("button", name="Open").click()
    await expect(page.locator("output")).to_have_text("the token is not a JWT")
    await page.get_by_label("token").fill(street.server.token("alice"))
    await page.get_by_role("button", name="Open").click()
    await expect(page.locator("output")).to_have_text("saved")


@pytest.mark.parametrize("kind", KINDS, ids=[kind.name for kind in KINDS])
async def test_two_write_together_in_an_app(
    visitors: Visitors, server: Server, built: Path, tmp_path: Path, kind: Kind
) -> None:
    """The page is the app's own, and so is the sign-in; the documents are here."""
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "dist").symlink_to(built)
    example = Example("app", ".cm-content", ".cm-ySelectionCaret", "saved")
    async with App(kind, server, folder) as app:

        async def window(who: str) -> Window:
            has_form = kind.name != "fastapi"
            known = {} if has_form else {"http_credentials": {"username": who, "password": PASSWORDS[who]}}
            page = await visitors.stranger(**known)
            await page.goto(f"{app.url}/app.html?document=teams/{kind.teams[1]}/plan")
            if has_form:
                await page.locator("[name=username]").fill(who)
                await page.locator("[name=password]").fill(PASSWORDS[who])
                await page.get_by_role("button", name="Sign in").click()
            await expect(page.locator("output")).to_have_text("saved")
            return Window(page, example)

        alice = await window("alice")
        await alice.write("Alice was here")
        await expect(alice.light).to_have_text("saved")
        bob = await window("bob")
        await bob.shows("Alice was here")
        await bob.write(", and so was Bob")
        await alice.shows("Alice was here, and so was Bob")
        await visitors.leave()
