"""Looking back: who wrote what when, what stood there before, and putting it back, while others go on writing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.browser.pages import DocumentPage, HistoryPage, Visitors
from tests.servers import Server

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]

NAME = "notes/plan"


async def person(visitors: Visitors, subject: str, role: str = "editor", **profile: Any) -> DocumentPage:
    """The document, open in the browser of someone with this role."""
    page = await visitors.member(subject, ("**", role), **profile)
    return await visitors.open(NAME, page=page)


async def two_in_turns(visitors: Visitors, **profile: Any) -> tuple[DocumentPage, DocumentPage]:
    """Alice begins a document and Bob goes on; all of it is saved."""
    alice, bob = await person(visitors, "alice", "owner", **profile), await person(visitors, "bob")
    await alice.write("Alice begins. ")
    await bob.shows("Alice begins.")
    await alice.says("saved")
    await bob.write("Bob goes on. ")
    await alice.shows("Bob goes on.")
    await bob.says("saved")
    return alice, bob


async def test_an_old_moment_is_seen_compared_and_restored_and_the_other_page_changes_at_once(
    visitors: Visitors,
) -> None:
    alice, bob = await two_in_turns(visitors)
    history = HistoryPage(alice.page)
    await history.open()
    await expect(history.sittings).to_have_count(1)
    await expect(history.sittings).to_contain_text("Alice and Bob")
    await expect(history.sittings.locator(".avatar")).to_have_count(2)

    # The document as it was before Bob came; the live one is still there, and still Alice's.
    await history.choose()
    await history.go_back_until("B")
    await expect(history.text).to_contain_text("Alice begins.")
    await expect(alice.editor.first).to_be_hidden()
    await expect(history.text).to_have_attribute("contenteditable", "false")

    # What has come since then is Bob's, and drawn so.
    await history.see("Since then")
    added = history.drawn.locator("ins")
    await expect(added.first).to_be_visible()
    assert "Bob goes on." in "".join(await added.all_text_contents()).replace("\xa0", " ")
    await expect(added.first).to_have_attribute("title", re.compile("^Added by Bob"))
    await expect(history.past.get_by_role("list", name="Who changed it since then")).to_have_text(re.compile("Bob"))
    # And up to there it was all Alice's.
    await history.see("Changes")
    await expect(history.drawn.locator("ins").first).to_have_attribute("title", re.compile("^Added by Alice"))
    await expect(history.past.get_by_role("list", name="Who changed it")).not_to_contain_text("Bob")

    await history.restore()
    await expect(history.toast).to_contain_text("Restored")
    await expect(bob.editor).not_to_contain_text("Bob goes on")
    await bob.shows("Alice begins.")
    await alice.shows("Alice begins.")
    await expect(history.sittings.first).to_contain_text("Alice restored an earlier moment")

    # Restoring is a change like any other: it is undone by restoring the moment before it.
    await history.toast.get_by_role("button", name="Undo").click()
    for page in (alice, bob):
        await page.shows("Bob goes on.")
    assert await alice.text() == await bob.text()


async def test_while_one_looks_back_the_document_goes_on(visitors: Visitors) -> None:
    alice, bob = await two_in_turns(visitors)
    history = HistoryPage(alice.page)
    await history.open()
    await history.choose()
    await history.go_back_until("Bob goes on")
    await bob.write("And on. ")
    await bob.says("saved")
    await expect(history.text).not_to_contain_text("And on.")
    await alice.page.get_by_role("button", name="Back to now").click()
    await expect(history.past).to_be_hidden()
    # It was received meanwhile: there is nothing to wait for, and nothing to open anew.
    assert "And on." in await alice.text()
    await alice.write("Alice is back. ")
    await bob.shows("Alice is back.")
    await history.button.click()
    await expect(history.panel).to_be_hidden()


async def test_moments_are_named_renamed_and_their_names_taken_back(visitors: Visitors) -> None:
    alice, _ = await two_in_turns(visitors)
    page = alice.page
    history = HistoryPage(page)
    await history.open()
    await history.panel.get_by_role("button", name="Name this version").click()
    await page.keyboard.press("Enter")
    await expect(history.dialog.get_by_role("alert")).to_have_text("Give the version a name.")
    await page.keyboard.type("For review")
    await page.keyboard.press("Enter")
    await expect(history.versions).to_have_text("For review")

    actions = page.get_by_role("button", name="Actions for the version")
    await history.versions.hover()
    await actions.click()
    await page.get_by_role("menuitem", name="Rename").click()
    await expect(history.dialog.get_by_label("Name")).to_have_value("For review")
    await page.keyboard.type("As it was sent")
    await page.keyboard.press("Enter")
    await expect(history.versions).to_have_text("As it was sent")

    await history.versions.click()
    await expect(history.text).to_contain_text("Bob goes on.")
    await actions.click()
    await page.get_by_role("menuitem", name="Delete the name").click()
    await expect(history.versions).to_have_count(0)
    await history.toast.filter(has_text="is no version").get_by_role("button", name="Undo").click()
    await expect(history.versions).to_have_text("As it was sent")
    await page.reload()
    await history.open()
    await expect(history.versions).to_have_text("As it was sent")
    await history.panel.get_by_text("Versions", exact=True).click()
    await expect(history.sittings).to_have_count(0)
    await history.versions.click()
    await expect(history.text).to_contain_text("Bob goes on.")


async def test_who_wrote_a_selection(visitors: Visitors) -> None:
    alice, _ = await two_in_turns(visitors)
    page = alice.page
    await alice.blocks.first.click()
    await page.keyboard.press("Control+a")
    await page.get_by_role("button", name="Who wrote this").click()
    told = page.get_by_role("complementary", name="Who wrote this")
    pieces = told.get_by_role("list").get_by_role("listitem")
    await expect(pieces).to_have_count(2)
    await expect(pieces.nth(0)).to_contain_text(re.compile(r"Alice.*today.*Alice begins\."))
    await expect(pieces.nth(1)).to_contain_text(re.compile(r"Bob.*today.*Bob goes on\."))
    await page.keyboard.press("Escape")
    await expect(told).to_be_hidden()
    await expect(alice.editor).to_be_focused()


async def test_a_keyboard_is_enough(visitors: Visitors) -> None:
    alice, _ = await two_in_turns(visitors)
    page = alice.page
    history = HistoryPage(page)
    await history.button.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="History")).to_be_focused()
    await expect(history.sittings).to_have_count(1)
    await history.now.focus()
    await page.keyboard.press("ArrowDown")
    await expect(history.sittings.first).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(history.text).to_contain_text("Bob goes on.")
    await history.slider.focus()
    await page.keyboard.press("Home")
    await expect(history.slider).to_have_attribute("aria-valuetext", "before all of this")
    await expect(history.past).to_contain_text("Nothing stood here yet.")
    await page.keyboard.press("Escape")
    await expect(history.past).to_be_hidden()
    await expect(history.now).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(history.panel).to_be_hidden()
    await expect(history.button).to_be_focused()


async def test_only_those_who_may_look_back_are_offered_it(visitors: Visitors) -> None:
    alice, _ = await two_in_turns(visitors)
    await expect(HistoryPage(alice.page).button).to_be_visible()
    carol = await person(visitors, "carol", "commenter")
    await carol.shows("Bob goes on.")
    await expect(HistoryPage(carol.page).button).to_be_hidden()


async def test_the_server_says_who_may_look_back(browser: Browser, tmp_path: Path) -> None:
    """Here readers may, and there only owners."""
    for least, offered in (("viewer", True), ("owner", False)):
        async with Server(tmp_path / least, "--history-role", least) as server:
            visitors = Visitors(browser, server)
            alice = await person(visitors, "alice", "owner")
            await alice.write("Alice begins. ")
            await alice.says("saved")
            await expect(HistoryPage(alice.page).button).to_be_visible()
            other = await person(visitors, "bob", "viewer" if offered else "editor")
            await other.shows("Alice begins.")
            history = HistoryPage(other.page)
            if offered:
                await history.open()
                await expect(history.sittings).to_have_count(1)
            else:
                await expect(history.button).to_be_hidden()
            await visitors.leave()
            assert visitors.complaints == []


async def test_versions_that_came_by_themselves_are_listed_and_can_be_named(visitors: Visitors, server: Server) -> None:
    alice, _ = await two_in_turns(visitors)
    await server.stop()  # which ends the sitting
    await server.start()
    await alice.is_told_of_a_network()
    await alice.says("saved")
    history = HistoryPage(alice.page)
    await history.open()
    await expect(history.sittings).to_have_count(1)
    await expect(history.versions).to_have_count(0)
    await history.panel.get_by_text("Versions", exact=True).click()
    await expect(history.versions).to_have_text("End of a sitting")
    await history.versions.click()
    await expect(history.text).to_contain_text("Bob goes on.")
    await alice.page.get_by_role("button", name="Actions for the version").click()
    await alice.page.get_by_role("menuitem", name="Name it").click()
    await alice.page.keyboard.type("Kept")
    await alice.page.keyboard.press("Enter")
    await expect(history.versions).to_have_text("Kept")
    await expect(alice.page.locator(".version")).to_have_attribute("data-automatic", "false")


async def test_while_the_server_is_away_nothing_is_claimed_and_it_is_asked_again(
    visitors: Visitors, server: Server
) -> None:
    alice, _ = await two_in_turns(visitors)
    history = HistoryPage(alice.page)
    await server.kill()
    await alice.says("offline")
    await history.open()
    await expect(history.panel.get_by_role("alert")).to_contain_text("did not arrive")
    await server.start()
    await alice.is_told_of_a_network()
    await expect(history.sittings).to_have_count(1)
    await history.choose()
    await expect(history.text).to_contain_text("Bob goes on.")

    await server.kill()
    await alice.says("offline")
    await expect(history.panel.get_by_role("alert")).to_contain_text("may be missing")
    await history.see("Since then")
    await expect(history.past.get_by_role("alert")).to_contain_text("cannot be reached")
    await server.start()
    await alice.is_told_of_a_network()
    await expect(history.past).to_contain_text("nothing has changed that can be seen")
    for place in (history.past, history.panel):
        await expect(place.get_by_role("alert")).to_have_count(0)
