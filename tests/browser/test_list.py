"""The list of documents: found, made, renamed, deleted and brought back, by whoever may."""

from __future__ import annotations

import re
from collections.abc import Iterable

import aiohttp
import pytest
from playwright.async_api import expect

from tests.browser.pages import Visitors
from tests.servers import Server

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]

SHORT = 20
"""Seconds: so little that the page asks for a new token before each request."""


async def make(server: Server, *documents: tuple[str, str]) -> None:
    """Make documents of these names and titles, the last one newest."""
    headers = {"Authorization": f"Bearer {server.token('maker', '**:owner')}"}
    async with aiohttp.ClientSession(server.url, headers=headers) as session:
        for name, title in documents:
            async with session.post("/api/v1/documents", json={"name": name, "title": title}) as response:
                assert response.status == 201, await response.text()


async def titles(server: Server, *, deleted: bool = False) -> dict[str, str]:
    """What the server has, by name."""
    headers = {"Authorization": f"Bearer {server.token('reader', '**:owner')}"}
    query = {"deleted": str(deleted).lower(), "limit": "200"}
    async with (
        aiohttp.ClientSession(server.url, headers=headers) as session,
        session.get("/api/v1/documents", params=query) as response,
    ):
        documents: Iterable[dict[str, str]] = (await response.json())["documents"]
        return {document["name"]: document["title"] for document in documents}


async def test_the_life_of_a_document(visitors: Visitors, server: Server) -> None:
    first = await visitors.documents()
    page = first.page
    await expect(page.get_by_role("heading", level=2, name="A clean desk")).to_be_visible()

    # A title is enough; the same title again makes another document.
    for name in ("plan-für-märz", "plan-für-märz-2"):
        await first.begin("Plan für März")
        await expect(first.dialog).to_contain_text("Its name will be plan-für-märz")
        await page.keyboard.press("Enter")
        await expect(page.locator(".bn-editor")).to_be_visible()
        await expect(page).to_have_title(re.compile("Plan für März"))
        assert await page.evaluate("decodeURIComponent(location.pathname)") == f"/documents/{name}"
        await page.get_by_role("link", name="All documents").click()
    await first.shows("plan-für-märz-2", "plan-für-märz")
    assert await titles(server) == {"plan-für-märz": "Plan für März", "plan-für-märz-2": "Plan für März"}

    # Renamed where it stands, and the focus stays with it.
    await first.choose("plan-für-märz", "Rename")
    await page.keyboard.type("The plan")
    await page.keyboard.press("Enter")
    link = first.row("plan-für-märz").get_by_role("link")
    await expect(link).to_be_focused()
    await expect(link).to_contain_text("The plan")
    # Escape leaves it as it is.
    await page.keyboard.press("F2")
    await page.keyboard.type("No plan")
    await page.keyboard.press("Escape")
    await expect(link).to_be_focused()
    await expect(link).to_contain_text("The plan")
    await page.reload()
    await first.shows("plan-für-märz", "plan-für-märz-2")
    assert (await titles(server))["plan-für-märz"] == "The plan"

    # Deleted, and back, with the keyboard alone.
    await link.focus()
    await page.keyboard.press("Delete")
    await first.shows("plan-für-märz-2")
    await expect(first.row("plan-für-märz-2").get_by_role("link")).to_be_focused()
    await expect(page.get_by_role("status").filter(has_text="“The plan” deleted")).to_be_visible()
    assert list(await titles(server, deleted=True)) == ["plan-für-märz"]
    await page.keyboard.press("Control+z")
    await first.shows("plan-für-märz", "plan-für-märz-2")
    await expect(link).to_be_focused()
    assert await titles(server, deleted=True) == {}
    await expect(first.toast).to_have_count(0)

    # Deleted, and restored from among the deleted.
    await first.choose("plan-für-märz", "Delete")
    await expect(first.toast.get_by_role("button", name="Undo")).to_be_visible()
    await page.get_by_role("link", name="Deleted", exact=True).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Deleted")
    await first.shows("plan-für-märz")
    await page.get_by_role("button", name="Restore The plan").click()
    await expect(page.get_by_role("heading", level=2)).to_have_text("Nothing is deleted")
    await page.get_by_role("button", name="Open", exact=True).click()
    await expect(page.locator(".bn-editor")).to_be_visible()
    await page.get_by_role("link", name="All documents").click()
    await first.shows("plan-für-märz", "plan-für-märz-2")


async def test_search_follows_the_typing_and_stands_in_the_address(visitors: Visitors, server: Server) -> None:
    first = await visitors.documents()
    page = first.page
    await make(server, ("a", "Übersicht"), ("notes/today", ""), ("b", "Notes of March"), ("c", "Other"))
    # What others did is there when one looks at the page again.
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await first.shows("c", "b", "notes/today", "a")
    await page.keyboard.press("/")
    await expect(first.search).to_be_focused()
    await page.keyboard.type("NOTES")
    await first.shows("b", "notes/today")
    await expect(page).to_have_url(f"{server.url}/?q=NOTES")
    await expect(page.get_by_role("status").filter(has_text="2 documents")).to_be_attached()
    # It stays: over a reload, and over a visit to what was found.
    await page.reload()
    await expect(first.search).to_have_value("NOTES")
    await first.shows("b", "notes/today")
    await first.search.focus()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowDown")
    await expect(first.row("notes/today").get_by_role("link")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator(".bn-editor")).to_be_visible()
    await page.go_back()
    await expect(first.search).to_have_value("NOTES")
    await first.shows("b", "notes/today")
    # Enter opens the first of what is found.
    await first.search.fill("übers")
    await first.shows("a")
    await first.search.press("Enter")
    await expect(page).to_have_url(f"{server.url}/documents/a")
    # What is not there can be made.
    await page.go_back()
    await first.search.fill("Nobody wrote this")
    await page.get_by_role("button", name="Create “Nobody wrote this”").click()
    await expect(first.dialog.get_by_label("Title")).to_have_value("Nobody wrote this")
    await page.keyboard.press("Escape")
    await first.search.press("Escape")
    await first.shows("c", "b", "notes/today", "a")
    await expect(page).to_have_url(f"{server.url}/")
    # In another order.
    await page.get_by_role("button", name="Order: Recently changed").click()
    await page.get_by_role("menuitemradio", name="By name").click()
    await first.shows("a", "b", "c", "notes/today")


async def test_a_long_list_comes_as_it_is_needed_and_is_kept(visitors: Visitors, server: Server) -> None:
    await make(server, *((f"doc-{number:03}", f"Number {number}") for number in range(120)))
    first = await visitors.documents()
    await expect(first.rows).to_have_count(50)
    for count in (100, 120):
        await first.rows.last.scroll_into_view_if_needed()
        await expect(first.rows).to_have_count(count)
    await first.rows.last.scroll_into_view_if_needed()
    names = await first.rows.evaluate_all("rows => rows.map(row => row.dataset.document)")
    assert names == [f"doc-{number:03}" for number in reversed(range(120))]
    # Back from a document, the reader is where they were.
    row = first.row("doc-003")
    await row.get_by_role("link").click()
    await expect(first.page.locator(".bn-editor")).to_be_visible()
    await first.page.go_back()
    await expect(row).to_be_in_viewport()
    await expect(first.rows).to_have_count(120)


async def test_nobody_is_offered_what_they_may_not_do(visitors: Visitors, server: Server) -> None:
    await make(server, ("notes/a", "A"), ("plan", "Plan"), ("secret", "Secret"))
    reader = await visitors.documents(
        page=await visitors.member("reader", ("plan", "viewer"), ("notes/**", "commenter"))
    )
    await reader.shows("plan", "notes/a")
    await expect(reader.page.get_by_role("link", name="Plan")).to_be_visible()
    for name in ("New document", "Actions for Plan", "Actions for A"):
        await expect(reader.page.get_by_role("button", name=name)).to_have_count(0)
    await expect(reader.page.get_by_role("link", name="Deleted")).to_have_count(0)
    await reader.row("plan").get_by_role("link").focus()
    await reader.page.keyboard.press("Delete")
    await reader.page.keyboard.press("F2")
    await expect(reader.page.get_by_role("textbox")).to_have_count(0)
    await reader.shows("plan", "notes/a")

    writer = await visitors.documents(page=await visitors.member("writer", ("notes/**", "editor"), ("plan", "viewer")))
    await writer.shows("plan", "notes/a")
    await writer.row("notes/a").get_by_role("button").click()
    await expect(writer.page.get_by_role("menuitem")).to_have_text([re.compile("Rename")])
    await writer.page.keyboard.press("Escape")
    # What they make gets a name that they may make.
    await writer.begin("What I think", name="plans/mine")
    await writer.page.keyboard.press("Enter")
    await expect(writer.dialog.get_by_role("alert")).to_contain_text("You may not make a document with this name.")
    await writer.page.reload()
    await writer.begin("What I think")
    await writer.page.keyboard.press("Enter")
    await expect(writer.page).to_have_url(f"{server.url}/documents/notes/what-i-think")

    # Whose grants only spell names out has to choose one.
    helper = await visitors.documents(page=await visitors.member("helper", ("plan-b", "editor")))
    await helper.page.get_by_role("button", name="Make a document").click()
    await expect(helper.dialog).to_contain_text("You may choose plan-b.")
    await helper.dialog.get_by_label("Name", exact=True).fill("plan-b")
    await helper.page.keyboard.press("Enter")
    await expect(helper.page).to_have_url(f"{server.url}/documents/plan-b")

    nobody = await visitors.documents(page=await visitors.member("nobody", ("elsewhere/**", "viewer")))
    await expect(nobody.page.get_by_role("heading", level=2)).to_have_text("Nothing here yet")


async def test_a_name_that_is_taken_is_told_and_can_be_opened(visitors: Visitors, server: Server) -> None:
    await make(server, ("plan", "Plan"), ("old", "Old"))
    first = await visitors.documents()
    await first.choose("old", "Delete")
    await first.shows("plan")
    await first.begin("New", name="old")
    await first.page.keyboard.press("Enter")
    await expect(first.dialog.get_by_role("alert")).to_contain_text("A deleted document has this name.")
    await first.dialog.get_by_label("Name", exact=True).fill("plan")
    await first.page.keyboard.press("Enter")
    await expect(first.dialog.get_by_label("Title")).to_have_value("New")
    await first.dialog.get_by_role("link", name="Open it").click()
    await expect(first.page).to_have_url(f"{server.url}/documents/plan")
    assert await titles(server) == {"plan": "Plan"}


async def test_while_the_server_is_away_nothing_is_lost_and_nothing_is_claimed(
    visitors: Visitors, server: Server
) -> None:
    await make(server, ("a", "Alpha"), ("b", "Beta"))
    first = await visitors.documents()
    page = first.page
    await first.shows("b", "a")
    await server.kill()
    await first.choose("a", "Rename")
    await page.keyboard.type("What I typed")
    await page.keyboard.press("Enter")
    field = page.get_by_label("Title of a")
    await expect(field).to_have_value("What I typed")
    await expect(field).to_have_attribute("aria-invalid", "true")
    await expect(first.row("a").get_by_role("alert")).to_contain_text("cannot be reached")
    await first.choose("b", "Delete")
    await expect(first.toast).to_contain_text("“Beta” was not deleted.")
    await first.shows("b", "a")
    await first.search.fill("alp")
    await expect(page.get_by_role("alert").filter(has_text="may be old")).to_be_visible()
    await first.begin("What else I typed")
    await page.keyboard.press("Enter")
    await expect(first.dialog.get_by_role("alert")).to_contain_text("cannot be reached")

    await server.start()
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{server.url}/documents/what-else-i-typed")
    await page.go_back()
    await first.shows("a")
    await expect(page.get_by_role("alert")).to_have_count(0)
    assert await titles(server) == {"a": "Alpha", "b": "Beta", "what-else-i-typed": "What else I typed"}


async def test_rights_that_end_in_the_middle_take_nothing_with_them(visitors: Visitors, server: Server) -> None:
    await make(server, ("a", "Alpha"), ("b", "Beta"))
    page = await visitors.stranger()
    await visitors.sign_in(page, "alice", ("**", "owner"), lifetime=SHORT)
    first = await visitors.documents(page=page)
    await first.shows("b", "a")
    # Fewer rights than the rows still say: what was shown is taken back, and told.
    await visitors.sign_in(page, "alice", ("**", "viewer"), lifetime=SHORT)
    await first.choose("a", "Delete")
    await expect(first.toast).to_contain_text("“Alpha” was not deleted. You are not allowed to do this.")
    await first.shows("b", "a")
    assert await titles(server) == {"a": "Alpha", "b": "Beta"}
    # None at all: what was typed waits until the reader is back.
    await visitors.sign_in(page, "alice", ("**", "owner"), lifetime=SHORT)
    await page.reload()
    await first.begin("What I typed")
    await page.context.clear_cookies()
    await page.keyboard.press("Enter")
    told = page.get_by_role("dialog", name="You are signed out")
    await expect(told).to_be_visible()
    await page.keyboard.press("Escape")
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Go on").click()
    await expect(told).to_be_visible()
    await visitors.sign_in(page, "alice", ("**", "owner"))
    await page.get_by_role("button", name="Go on").click()
    await expect(told).not_to_be_visible()
    await expect(first.dialog.get_by_label("Title")).to_have_value("What I typed")
    await first.dialog.get_by_role("button", name="Create").click()
    await expect(page).to_have_url(f"{server.url}/documents/what-i-typed")
