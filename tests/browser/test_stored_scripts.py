"""What somebody has put into a document, a name or a link runs in nobody's browser (FAULTS §4 row 40)."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import aiohttp
import pycrdt
import pytest
from playwright.async_api import Page, expect

from tests.browser.pages import Visitors
from tests.content.past import add_block, begin, element, words_of
from tests.servers import Server

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]

SCRIPT = "window.ran=1"
TAG = f"<img src=x onerror={SCRIPT}><script>{SCRIPT}</script>"
ADDRESSES = [
    f"javascript:{SCRIPT}",
    f"JaVaScRiPt:{SCRIPT}",
    f"java\tscript:{SCRIPT}",
    f"\x01javascript:{SCRIPT}",
    f"data:text/html,<script>opener.{SCRIPT}</script>",
    f"vbscript:{SCRIPT}",
]


def poisoned() -> bytes:
    """What no page would write, and any client can: marks, attributes and words that would be scripts."""
    doc: pycrdt.Doc[Any] = pycrdt.Doc(client_id=66)
    begin(doc, *(f"click {number}" for number in range(len(ADDRESSES))), TAG)
    for number, address in enumerate(ADDRESSES):
        text = words_of(doc, number)
        text.format(0, len(str(text)), {"link": {"href": address, "target": "_self"}})
    (group,) = doc.get("document-store", type=pycrdt.XmlFragment).children
    for tag in ("image", "video", "audio", "file"):
        container = element("blockContainer", id=f"of {tag}")
        group.children.append(container)
        container.children.append(element(tag, url=ADDRESSES[0], name=TAG, caption=TAG, backgroundColor=TAG))
    add_block(group, "last", "The end.")
    return doc.get_update()


async def runs_nothing(page: Page) -> None:
    """Nothing has run, and nothing that a click or a frame would go to has an address that would run.

    A picture may have such an address: no browser runs it there, and the policy has it not even looked at.
    """
    assert await page.evaluate("typeof window.ran") == "undefined"
    addresses: list[str] = await page.evaluate(
        """[...document.querySelectorAll("[href], [action], iframe, embed, object")].flatMap(each =>
            [each.href, each.action, each.src, each.data].filter(address => typeof address === "string"))"""
    )
    schemes = {address.partition(":")[0].lower() for address in addresses if address}
    assert not schemes & {"javascript", "vbscript"}, addresses
    assert await page.locator("[onerror], [onclick], [onload]").count() == 0


async def test_scripts_in_marks_links_and_names_run_nowhere(visitors: Visitors, server: Server) -> None:
    mallory = {"Authorization": f"Bearer {server.token('mallory', '**:owner', name=TAG)}"}
    async with aiohttp.ClientSession(server.url, headers=mallory) as session:
        async with session.post("/api/v1/documents", json={"name": "plan", "title": TAG}) as answer:
            assert answer.status == 201
        binary = {"Content-Type": "application/octet-stream"}
        async with session.post("/api/v1/documents/plan/updates", data=poisoned(), headers=binary) as answer:
            assert answer.status == 200, await answer.text()
        async with session.post("/api/v1/documents/plan/shares", json={"role": "editor", "name": TAG}) as answer:
            assert answer.status == 201
        async with session.post("/api/v1/documents/plan/versions", json={"name": TAG}) as answer:
            assert answer.status == 201
    page = await visitors.member("ann", ("**", "owner"))
    await page.goto(server.url)
    await expect(page.get_by_text(TAG).first).to_be_visible()
    await runs_nothing(page)
    document = await visitors.open(quote("plan"), page=page)
    await document.shows("The end.")
    await expect(page.get_by_text("click 0")).to_be_visible()
    for number in range(len(ADDRESSES)):
        await page.get_by_text(f"click {number}").click(modifiers=["ControlOrMeta"])
        await page.get_by_text(f"click {number}").click()
    await runs_nothing(page)
    await page.get_by_role("button", name="History", exact=True).click()
    await expect(page.get_by_role("complementary", name="History")).to_contain_text(TAG)
    await runs_nothing(page)
    assert page.url.startswith(f"{server.url}/documents/plan")
    assert visitors.complaints
    assert all("violates the following Content Security Policy" in words for words in visitors.complaints)
    visitors.complaints.clear()
