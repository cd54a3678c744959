"""The page fits its reader: a phone, a desktop, light and dark, a keyboard."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.pages import Visitors, axe_finds, overflow
from tests.servers import Server

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]

PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True}
LONG_NAME = "a folder with a long name/another one/" + "and a document with a very long name " * 4


async def test_nothing_is_wider_than_a_phone(visitors: Visitors, server: Server) -> None:
    page = await visitors.open(LONG_NAME.strip(), **PHONE)
    await page.write("word " * 60 + "x" * 200)
    await page.says("saved")
    assert await overflow(page.page) == 0
    await expect(page.light).to_be_in_viewport()
    await page.page.goto(server.url)
    await expect(page.page.get_by_role("link", name=LONG_NAME.strip())).to_be_visible()
    assert await overflow(page.page) == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_page_follows_the_readers_colours(visitors: Visitors, scheme: str) -> None:
    page = await visitors.open("plan", color_scheme=scheme)
    lightness = await page.page.evaluate(
        """() => ["backgroundColor", "color"].map(name => {
            const parts = getComputedStyle(document.body)[name].match(/\\d+/g).map(Number);
            return parts.slice(0, 3).reduce((sum, part) => sum + part) / 3;
        })"""
    )
    assert (lightness[0] > lightness[1]) is (scheme == "light")
    editor = await page.editor.evaluate("element => element.closest('[data-color-scheme]').dataset.colorScheme")
    assert editor == scheme


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing(visitors: Visitors, server: Server, scheme: str) -> None:
    look: dict[str, Any] = {"color_scheme": scheme, "bypass_csp": True}  # axe is not of the page

    stranger = await visitors.stranger(**look)
    await stranger.goto(server.url)
    await expect(stranger.get_by_role("heading")).to_be_visible()
    assert await axe_finds(stranger) == []
    page = await visitors.open("notes/plan", **look)
    await page.write("# Title")
    await page.says("saved")
    assert await axe_finds(page.page) == []
    await page.page.goto(server.url)
    await expect(page.page.get_by_role("link", name="notes/plan")).to_be_visible()
    assert await axe_finds(page.page) == []


async def test_a_keyboard_is_enough(visitors: Visitors) -> None:
    page = (await visitors.documents()).page
    for _ in range(2):  # past the way home, to the button
        await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.keyboard.type("Plan")  # the field has the focus
    await page.keyboard.press("Enter")
    editor = page.locator(".bn-editor")
    await expect(editor).to_be_visible()
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="All documents")).to_be_focused()
    for _ in range(4):  # past the title, and what else the bar holds
        await page.keyboard.press("Tab")
        if await editor.evaluate("element => element === document.activeElement"):
            break
    await expect(editor).to_be_focused()
    await page.keyboard.type("# Title")
    await page.keyboard.press("Enter")
    await page.keyboard.type("text")
    await expect(editor.get_by_role("heading", level=1)).to_have_text("Title")
    await expect(page.locator(".save-light")).to_have_attribute("data-light", "saved")


async def test_a_name_that_cannot_be_is_explained_before_it_is_made(visitors: Visitors) -> None:
    page = await visitors.documents()
    await page.begin("Plan", name="")
    field = page.dialog.get_by_label("Name", exact=True)
    for name, fault in [("   ", "Give the document a name."), ("ü" * 128, "A name can be at most 255 bytes long.")]:
        await field.fill(name)
        await page.page.keyboard.press("Enter")
        await expect(page.dialog.get_by_role("alert")).to_have_text(fault)
        await expect(field).to_have_attribute("aria-invalid", "true")
        await expect(field).to_be_focused()


async def test_above_a_phones_keyboard_one_sees_what_one_writes(visitors: Visitors) -> None:
    page = await visitors.open("notes/plan", **PHONE)
    await page.write("It begins.")
    await page.page.set_viewport_size({"width": 360, "height": 400})  # as a keyboard leaves it, on Android
    for number in range(10):
        await page.page.keyboard.press("Enter")
        await page.page.keyboard.type(f"Line {number}.")
    tools = page.page.locator(".bn-formatting-toolbar")
    await expect(tools).to_be_visible()
    written, covered = await page.blocks.filter(has_text="Line 9.").bounding_box(), await tools.bounding_box()
    assert written is not None
    assert covered is not None
    assert covered["height"] < 60, "one row"
    assert written["y"] + written["height"] <= covered["y"], "the line that is typed stands above the tools"
    await tools.get_by_role("button").first.click()
    menu = page.page.get_by_role("menu")
    await expect(menu.get_by_role("menuitem", name="Quote")).to_be_visible()
    opened = await menu.bounding_box()
    assert opened is not None
    assert opened["y"] >= 0
    assert opened["y"] + opened["height"] <= covered["y"]
    assert opened["height"] > 150, "more than a strip of it"


async def test_the_menu_of_blocks_opens_where_there_is_room(visitors: Visitors) -> None:
    page = await visitors.open("notes/plan")
    menu = page.page.locator(".bn-suggestion-menu")
    await page.write("It begins.")
    for number in range(40):
        await page.page.keyboard.press("Enter")
        await page.page.keyboard.insert_text(f"Line {number}.")
    await page.page.keyboard.press("Enter")
    # So near the lower edge that a word that it waits fits below, and the blocks do not.
    await page.blocks.nth(41).evaluate("block => scrollBy(0, block.getBoundingClientRect().bottom - innerHeight + 110)")
    await page.page.keyboard.type("/")
    await expect(menu.get_by_role("option").first).to_be_visible()
    written, opened = await page.blocks.filter(has_text="/").bounding_box(), await menu.bounding_box()
    assert written is not None
    assert opened is not None
    assert opened["y"] + opened["height"] <= written["y"], "above the last line, which stands at the lower edge"
    assert opened["height"] > 300
    await page.page.keyboard.type("quote")
    await page.page.keyboard.press("Enter")
    await expect(page.page.locator("[data-content-type='quote']")).to_have_count(1)
    await page.page.evaluate("scrollTo(0, 0)")
    await page.blocks.first.click()
    await page.page.keyboard.press("End")
    await page.page.keyboard.press("Enter")
    await page.page.keyboard.type("/")
    await expect(menu.get_by_role("option").first).to_be_visible()
    opened = await menu.bounding_box()
    assert opened is not None
    assert opened["y"] > 100, "below the second line"
