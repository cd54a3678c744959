"""Two browsers write together: text, cursors, people; through a reload, a kill and a restart."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import expect

from tests.browser.pages import Visitors
from tests.servers import Server

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]


async def test_two_pages_see_each_others_text_and_cursor(visitors: Visitors) -> None:
    one, other = await visitors.open("notes/plan"), await visitors.open("notes/plan")
    await one.write("One begins. ")
    await other.shows("One begins.")
    await expect(other.cursors).to_have_text("Owner")
    await other.write("Other goes on: 😀 日本語.")
    await one.shows("Other goes on: 😀 日本語.")
    await expect(one.cursors).to_have_text("Owner")
    assert await one.text() == await other.text() == "One begins. Other goes on: 😀 日本語."


async def test_a_reload_brings_everything_back(visitors: Visitors) -> None:
    one, other = await visitors.open("notes/plan"), await visitors.open("notes/plan")
    await one.write("Before the reload.")
    await other.shows("Before the reload.")
    await one.says("saved")
    await one.page.reload()
    await one.shows("Before the reload.")
    await other.write(" After it.")
    await one.shows("Before the reload. After it.")
    await expect(one.cursors).to_have_text("Owner")
    await expect(one.people).to_contain_text("Owner (you), in 2 windows")


async def test_another_title_is_seen_by_everybody_at_once(visitors: Visitors) -> None:
    one, other = await visitors.open("notes/plan"), await visitors.open("notes/plan")
    await one.write("There is such a document. ")
    await one.says("saved")
    await one.page.get_by_title("Rename").click()
    await one.page.keyboard.type("The plan")
    await one.page.keyboard.press("Enter")
    for page in (one, other):
        await expect(page.page.get_by_title("Rename")).to_have_text("The plan")
        await expect(page.page).to_have_title("The plan · collab")
    # Whoever comes later, and whoever is told again.
    await other.page.get_by_title("Rename").click()
    await other.page.keyboard.type("Another plan")
    await other.page.keyboard.press("Enter")
    await expect(one.page.get_by_title("Rename")).to_have_text("Another plan")


async def test_a_killed_server_loses_nothing_and_pages_find_it_again(visitors: Visitors, server: Server) -> None:
    one, other = await visitors.open("notes/plan"), await visitors.open("notes/plan")
    await one.write("Saved before. ")
    await one.says("saved")
    await server.kill()
    for page in (one, other):
        await page.says("offline")
    await one.write("One, meanwhile. ")
    await other.write("Other, meanwhile. ")
    await server.start()
    for page in (one, other):
        await page.says("saved")
        await page.shows("One, meanwhile.")
        await page.shows("Other, meanwhile.")
    assert await one.text() == await other.text()
    # Cursors and people are back as well.
    await one.write("Again.")
    await other.shows("Again.")
    await expect(other.cursors).to_have_text("Owner")
    # And it is on the disk, not only in the two windows.
    await server.kill()
    text = await one.text()
    for page in (one, other):
        await page.page.close()
    await server.start()
    fresh = await visitors.open("notes/plan")
    await fresh.shows("Again.")
    assert await fresh.text() == text


async def test_pages_that_open_a_new_document_at_once_begin_it_once(visitors: Visitors) -> None:
    pages = [await visitors.owner() for _ in range(3)]
    opened = await asyncio.gather(*(visitors.open("new", page=page) for page in pages))
    for number, page in enumerate(opened):
        await page.write(f"<{number}>")
    for page in opened:
        for number in range(len(opened)):
            await page.shows(f"<{number}>")
        await page.says("saved")
    texts = [await page.text() for page in opened]
    assert len(set(texts)) == 1
    await expect(opened[0].blocks).to_have_count(1)


async def test_undo_is_a_persons_own(visitors: Visitors) -> None:
    one, other = await visitors.open("notes/plan"), await visitors.open("notes/plan")
    await one.write("mine ")
    await other.shows("mine")
    await other.write("yours ")
    await one.shows("yours")
    await one.page.keyboard.press("Control+z")
    await expect(one.editor).not_to_contain_text("mine")
    await expect(other.editor).not_to_contain_text("mine")
    assert (await one.text()).strip() == (await other.text()).strip() == "yours"


@pytest.mark.parametrize("name", ["Übersicht & mehr", "a//b", "50% sure?", "日本語/😀"])
async def test_a_document_of_any_name_opens_from_the_first_page(visitors: Visitors, name: str) -> None:
    first = await visitors.documents()
    page = first.page
    await first.begin("", name=name)
    await page.keyboard.press("Enter")
    editor = page.locator(".bn-editor")
    await expect(page.get_by_role("heading", level=1, name=name, exact=True)).to_be_visible()
    await editor.click()
    await page.keyboard.type("here")
    await expect(page.locator(".save-light")).to_have_attribute("data-light", "saved")
    other = await visitors.open(name)
    await other.shows("here")
    # It is listed on the first page from now on.
    await page.get_by_role("link", name="All documents").click()
    await page.get_by_role("link", name=name).click()
    await expect(editor).to_contain_text("here")
