"""Being let in, and not: links, and every way in which a server says no."""

from __future__ import annotations

import sqlite3

import pytest
from playwright.async_api import Page, expect

from collab.protocol.messages import Close, Denied
from tests.browser.pages import DocumentPage, Visitors, axe_finds, owner_link, welcomed
from tests.browser.wire import Interloper
from tests.servers import Server

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]

ALL = ("**", "owner")


async def test_a_link_lets_in_and_leaves_no_trace_in_the_address(visitors: Visitors, server: Server) -> None:
    page = await visitors.stranger()
    link = owner_link(server)
    await page.goto(link)
    await welcomed(page)
    assert page.url == f"{server.url}/"
    assert await page.evaluate("history.length") == 2  # the blank page it began with, and this one
    # Another click on the same link still opens the page for whoever is in.
    await page.goto("about:blank")
    await page.goto(link)
    await welcomed(page)


async def test_a_link_works_once(visitors: Visitors, server: Server) -> None:
    link = owner_link(server)
    first, second = await visitors.stranger(), await visitors.stranger()
    await first.goto(link)
    await welcomed(first)
    await second.goto(link)
    await expect(second.get_by_role("heading")).to_have_text("This link does not work any more")
    # A fresh link, pasted into the page that is open, changes only the fragment.
    await second.goto(owner_link(server))
    await welcomed(second)


@pytest.mark.parametrize("path", ["/", "/documents/plan"])
async def test_without_a_link_nobody_is_let_in(visitors: Visitors, server: Server, path: str) -> None:
    page = await visitors.stranger()
    await page.goto(server.url + path)
    await expect(page.get_by_role("heading")).to_have_text("You need a link to come in")


async def _ask(page: Page, server: Server, method: str, path: str) -> int:
    """What the REST side answers to an owner, as a status."""
    headers = {"Authorization": f"Bearer {server.token('boss', '**:owner')}"}
    answer = await page.request.fetch(f"{server.url}/api/v1/documents/{path}", method=method, headers=headers)
    return answer.status


async def test_a_deleted_document_says_so_and_its_owner_brings_it_back(visitors: Visitors, server: Server) -> None:
    owner = await visitors.member("ann", ALL, bypass_csp=True)  # axe is not of the page
    page = await visitors.open("plan", page=owner)
    await page.write("It was here.")
    await page.says("saved")
    guest = await visitors.member("ben", ("plan", "editor"))
    theirs = await visitors.open("plan", page=guest)
    await theirs.shows("It was here.")
    assert await _ask(owner, server, "DELETE", "plan") == 204
    # Who has it open keeps what was written, to look at and to copy.
    for each in (page, theirs):
        await expect(each.page.get_by_role("alert")).to_contain_text("was deleted")
        await expect(each.editor).to_have_text("It was here.")
        await expect(each.editor).to_have_attribute("contenteditable", "false")
    assert await axe_finds(owner) == []
    # Who comes now is told; what to do about it is offered to whoever may.
    for each in (page, theirs):
        await each.page.reload()
        await expect(each.page.get_by_role("heading")).to_have_text("This document was deleted")
        await expect(each.page.get_by_role("heading")).to_be_focused()
    await expect(guest.get_by_role("button", name="Restore it")).to_have_count(0)
    assert await axe_finds(owner) == []
    await owner.get_by_role("button", name="Restore it").click()
    await page.shows("It was here.")
    await page.write(" And is.")
    await page.says("saved")
    await guest.reload()
    await theirs.shows("It was here. And is.")


async def test_a_document_of_nobody_and_one_of_others_are_told_apart(visitors: Visitors, server: Server) -> None:
    page = await visitors.member("ben", ("notes/*", "viewer"), bypass_csp=True)
    for name, title in [("notes/none", "There is no such document"), ("plan", "You cannot open this document")]:
        await page.goto(f"{server.url}/documents/{name}")
        await expect(page.get_by_role("heading")).to_have_text(title)
        await expect(page.get_by_role("link", name="All documents")).to_be_visible()
        assert await axe_finds(page) == []


async def test_a_damaged_document_is_told_from_one_that_may_not_be_read(visitors: Visitors, server: Server) -> None:
    member = await visitors.member("ann", ALL)
    page = await visitors.open("plan", page=member)
    await page.write("Text.")
    await page.says("saved")
    await member.goto("about:blank")
    await server.kill()
    database = sqlite3.connect(server.database)
    with database:
        database.execute("UPDATE changes SET payload = zeroblob(length(payload))")
        database.execute("DELETE FROM checkpoints")
    database.close()
    await server.start()
    stranger = await visitors.member("ben", ALL)
    await stranger.goto(f"{server.url}/documents/plan")
    await expect(stranger.get_by_role("heading")).to_have_text("This document cannot be read")
    await expect(stranger.get_by_role("button", name="Try again")).to_be_visible()


async def test_a_full_document_can_be_shortened_and_goes_on(visitors: Visitors, server: Server) -> None:
    await server.stop()
    server.flags = ("--max-document-bytes", "2KiB")
    await server.start()
    page = await visitors.open("plan", page=await visitors.member("ann", ALL, bypass_csp=True))
    await page.write("Little.")
    await page.says("saved")
    await page.page.keyboard.insert_text("much " * 500)
    await page.says("refused")
    card = page.page.get_by_role("complementary", name="Document full")
    await expect(card).to_contain_text("Your last changes are not saved")
    assert await axe_finds(page.page) == []
    await page.page.keyboard.press("Control+a")
    await page.page.keyboard.type("Short.")
    await card.get_by_role("button", name="Try again").click()
    await page.says("saved")
    await expect(card).to_have_count(0)


async def test_a_server_that_has_no_room_says_so_and_is_asked_again(visitors: Visitors, server: Server) -> None:
    await server.stop()
    server.flags = ("--max-connections", "1")
    await server.start()
    first = await visitors.open("plan", page=await visitors.member("ann", ALL))
    await first.write("Text.")
    await first.says("saved")
    second = await visitors.member("ben", ALL, bypass_csp=True)
    await second.goto(f"{server.url}/documents/plan")
    card = second.get_by_role("complementary", name="Connection")
    await expect(card).to_contain_text("The document opens as soon as the server answers.", timeout=15_000)
    await expect(card).to_contain_text("The server said:")
    assert await axe_finds(second) == []
    await first.page.close()
    await card.get_by_role("button", name="Try now").click()
    await DocumentPage(second).shows("Text.")
    await expect(card).to_have_count(0)


@pytest.mark.parametrize(
    ("code", "title"),
    [
        (4403, "Your access to this document has ended"),
        (4404, "There is no such document"),
        (4410, "This document was deleted"),
    ],
)
async def test_a_final_close_is_explained(visitors: Visitors, code: int, title: str) -> None:
    interloper = Interloper("plan")
    owner = await visitors.owner()
    await interloper.watch(owner)
    page = await visitors.open("plan", page=owner)
    await page.write("Kept.")
    await page.says("saved")
    await interloper.close(code, "the reason")
    alert = page.page.get_by_role("alert")
    await expect(alert).to_contain_text(title)
    await expect(page.editor).to_have_text("Kept.")
    await expect(page.editor).to_have_attribute("contenteditable", "false")


async def test_a_token_that_ended_is_replaced_and_a_reader_who_is_out_stays_out(visitors: Visitors) -> None:
    interloper = Interloper("plan")
    owner = await visitors.owner()
    await interloper.watch(owner)
    page = await visitors.open("plan", page=owner)
    await page.write("Kept.")
    await page.says("saved")
    await page.record_lights()
    # As after a laptop's sleep: the page comes back with a fresh token, by itself.
    await interloper.close(4401, "the token has expired")
    await page.says("offline")
    await page.says("saved")
    await expect(page.page.get_by_role("alert")).to_have_count(0)
    # Turned away again and again, it does not try for ever.
    await interloper.close(4401, "the token has expired")
    await expect(page.page.get_by_role("alert")).to_contain_text("You are signed out")
    assert await page.text() == "Kept."


@pytest.mark.parametrize("message", [Denied("the ink is out"), Close("the ink is out")])
async def test_a_denial_of_one_document_is_explained(visitors: Visitors, message: Denied | Close) -> None:
    interloper = Interloper("plan")
    owner = await visitors.owner()
    await interloper.watch(owner)
    page = await visitors.open("plan", page=owner)
    await page.says("saved")
    interloper.say(message)
    await expect(page.page.get_by_role("alert")).to_contain_text("The ink is out.")


async def test_a_passing_close_is_no_refusal(visitors: Visitors) -> None:
    interloper = Interloper("plan")
    owner = await visitors.owner()
    await interloper.watch(owner)
    page = await visitors.open("plan", page=owner)
    await page.says("saved")
    await page.record_lights()
    await interloper.close(1013, "try again later")
    await page.says("offline")
    await page.says("saved")
    assert (await page.lights())[0] == "saved"
    await expect(page.page.get_by_role("alert")).to_have_count(0)


async def test_a_session_that_ended_shows_at_the_next_connection(visitors: Visitors, server: Server) -> None:
    page = await visitors.open("plan")
    await page.write("Kept.")
    await page.says("saved")
    await page.page.context.clear_cookies()
    await server.kill()
    await page.says("offline")
    await page.write(" Unsaved.")
    await server.start()
    await page.is_told_of_a_network()
    alert = page.page.get_by_role("alert")
    await expect(alert).to_contain_text("You are signed out", timeout=30_000)
    await expect(alert).to_contain_text("Your last changes are not saved")
    assert await page.text() == "Kept. Unsaved."
