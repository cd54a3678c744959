"""Reading without writing, and seeing who else is here."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp
import pytest
from playwright.async_api import expect

from collab.crdt.awareness import AwarenessEntry, encode_awareness
from collab.protocol import ywebsocket
from collab.protocol.messages import Authenticated, Awareness, SyncStatus
from tests.browser.pages import DocumentPage, Visitors, axe_finds, overflow
from tests.browser.wire import Receipts, until
from tests.servers import Server

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]

ALL = ("**", "owner")
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 780}, "is_mobile": True, "has_touch": True}


async def test_a_reader_sees_the_document_and_those_who_write_and_nothing_to_write_with(
    visitors: Visitors, server: Server
) -> None:
    writer = await visitors.open("plan", page=await visitors.member("ann", ALL))
    await writer.write("# Title")
    await writer.page.keyboard.press("Enter")
    await writer.says("saved")
    member = await visitors.member("ben", ("plan", "viewer"), bypass_csp=True)  # axe is not of the page
    reader = await visitors.open("plan", page=member)
    await reader.says("viewing")
    await expect(reader.light).to_have_text("View only")
    await expect(reader.editor).to_have_attribute("contenteditable", "false")
    await expect(member.get_by_role("heading", name="plan")).to_be_visible()
    await expect(member.get_by_title("Rename")).to_have_count(0)
    # The empty line at the end asks nobody to write in it, and no handle appears beside a block.
    hint: str = await reader.blocks.last.evaluate("block => getComputedStyle(block, '::after').content")
    assert hint == "none"
    await reader.blocks.first.hover()
    await expect(member.locator(".bn-side-menu")).to_have_count(0)
    await writer.write("Written before their eyes.")
    await reader.shows("Written before their eyes.")
    await expect(reader.cursors).to_have_text("Ann")
    await expect(writer.people).to_have_count(2)
    assert await axe_finds(member) == []
    # A reload shows the copy, which is as little to be written in.
    await member.reload()
    await reader.says("viewing")
    await reader.shows("Written before their eyes.")
    await expect(reader.editor).to_have_attribute("contenteditable", "false")


async def test_a_reader_without_a_connection_is_promised_nothing(visitors: Visitors, server: Server) -> None:
    writer = await visitors.open("plan", page=await visitors.member("ann", ALL))
    await writer.write("Text.")
    await writer.says("saved")
    member = await visitors.member("ben", ("plan", "viewer"))
    reader = await visitors.open("plan", page=member)
    await reader.says("viewing")
    await server.kill()
    await reader.says("offline")
    card = member.get_by_role("complementary", name="Connection")
    await expect(card).to_contain_text("Others may have gone on writing since.", timeout=15_000)
    await expect(card.get_by_role("button", name="Copy unsaved text")).to_have_count(0)
    await server.start()
    await card.get_by_role("button", name="Try now").click()
    await reader.says("viewing")
    await expect(card).to_have_count(0)


async def test_a_role_that_changes_is_seen_at_once_and_what_is_under_way_is_answered_for(
    visitors: Visitors, server: Server
) -> None:
    receipts = Receipts()
    member = await visitors.member("ann", ALL, bypass_csp=True)
    await receipts.watch(member)
    page = await visitors.open("plan", page=member)
    await page.write("Text.")
    await page.says("saved")
    toast = member.locator(".toast")
    receipts.hold()
    await page.write(" On its way.")
    await until(lambda: receipts.held > 0)
    # Only to read from now on; whether the last words were taken before that is not known yet.
    receipts.say("plan", Authenticated(True))
    await expect(page.editor).to_have_attribute("contenteditable", "false")
    await expect(toast).to_contain_text("You can only read this document now.")
    await page.says("saving")
    assert await axe_finds(member) == []
    receipts.release_all()
    await page.says("viewing")
    await expect(member.get_by_role("alert")).to_have_count(0)
    receipts.say("plan", SyncStatus(False))  # what a reader's editor tidied up is nobody's work
    receipts.say("plan", Authenticated(False))
    await expect(toast.last).to_contain_text("You can write in this document now.")
    await page.says("saved")
    await page.write(" And on.")
    await page.says("saved")
    # This time the server says that they came too late.
    receipts.hold()
    await page.write(" Too late.")
    await until(lambda: receipts.held > 0)
    receipts.say("plan", Authenticated(True))
    receipts.say("plan", SyncStatus(False))
    alert = member.get_by_role("alert")
    await expect(alert).to_contain_text("You can only read this document now")
    await expect(alert).to_contain_text("Your last changes are not saved")
    await expect(member.get_by_role("button", name="Copy unsaved text")).to_be_visible()
    assert await axe_finds(member) == []


@pytest.mark.parametrize(("look", "faces"), [({}, 4), (PHONE, 2)], ids=["desktop", "phone"])
async def test_a_crowd_finds_room(visitors: Visitors, server: Server, look: dict[str, Any], faces: int) -> None:
    member = await visitors.member("ann", ALL, bypass_csp=True, **look)
    page = await visitors.open("plan", page=member)
    await page.write("Text.")
    await page.says("saved")
    names = [f"Person {number}" for number in range(30)]
    crowd = [
        AwarenessEntry(number, 1, json.dumps({"user": {"id": name, "name": name, "color": "#ffee00"}}).encode())
        for number, name in enumerate(names, start=1)
    ]
    url = f"{server.url}/yjs/plan?token={server.token('crowd', '**:viewer')}"
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
        frame = ywebsocket.encode(Awareness(encode_awareness(crowd)))
        assert frame is not None
        await socket.send_bytes(frame)
        more = member.get_by_role("button", name=f"and {31 - faces} more")
        await expect(more).to_be_visible()
        await expect(page.people).to_have_count(faces + 1)
        assert await overflow(member) == 0
        await expect(page.light).to_be_in_viewport()
        await more.focus()
        await member.keyboard.press("Enter")
        everyone = member.get_by_role("dialog", name="Everyone who is here")
        await expect(everyone.get_by_role("listitem")).to_have_count(31)
        await expect(everyone).to_contain_text("Ann (you)")
        assert await axe_finds(member) == []
        await member.keyboard.press("Escape")
        await expect(everyone).to_be_hidden()
        await expect(more).to_be_focused()
    await expect(page.people).to_have_count(1)


async def test_an_editor_renames_the_document_in_the_bar(visitors: Visitors, server: Server) -> None:
    member = await visitors.member("ann", ALL)
    page = await visitors.open("plan", page=member)
    await page.write("Text.")
    await page.says("saved")
    await member.get_by_title("Rename").click()
    await member.keyboard.type("The plan for spring")
    await member.keyboard.press("Enter")
    await expect(member).to_have_title("The plan for spring · collab")
    await expect(member.get_by_role("heading", level=1)).to_contain_text("The plan for spring")
    # It is kept with the copy, and so is there when the server is not.
    await member.route("**/api/v1/documents/plan", lambda route: route.abort())
    await asyncio.gather(member.reload(), member.wait_for_event("load"))
    await expect(member.get_by_role("heading", level=1)).to_contain_text("The plan for spring")
    await DocumentPage(member).shows("Text.")
