"""The light tells the truth: saved only after the server's receipt, however the network behaves."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Dialog, Route, expect

from tests.browser.pages import Visitors
from tests.browser.wire import Receipts, until
from tests.servers import Server

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]

LONG = 0.8
"""Seconds in which a light that is about to lie would have done so: the page delays good news for half of it."""


async def test_typing_goes_from_saving_to_saved(visitors: Visitors) -> None:
    page = await visitors.open("plan")
    await page.says("saved")
    await page.record_lights()
    await page.write("One word.")
    await page.says("saved")
    assert await page.lights() == ["saved", "saving", "saved"]


async def test_saved_waits_for_the_last_receipt(visitors: Visitors) -> None:
    receipts = Receipts()
    owner = await visitors.owner()
    await receipts.watch(owner)
    page = await visitors.open("plan", page=owner)
    await page.write("a")
    await page.says("saved")
    receipts.hold()
    for key in "bcd":
        await page.write(key)
    await until(lambda: receipts.held == 3)
    await page.says("saving")
    receipts.release(2)
    await asyncio.sleep(LONG)
    await page.says("saving")
    receipts.release_all()
    await page.says("saved")


async def test_edits_typed_while_offline_are_saved_only_when_all_of_them_are(
    visitors: Visitors, server: Server
) -> None:
    receipts = Receipts()
    owner = await visitors.owner()
    await receipts.watch(owner)
    page = await visitors.open("plan", page=owner)
    await page.write("Online. ")
    await page.says("saved")
    await server.kill()
    await page.says("offline")
    await expect(page.light).to_have_text("Offline")
    await page.record_lights()
    await page.write("Offline.")
    await page.says("kept")
    await expect(page.light).to_have_text("Offline, kept on this device")
    receipts.hold()
    await server.start()
    await page.says("saving")
    await until(lambda: receipts.held == 1)  # for all that was typed offline, together
    await page.write("!")
    await until(lambda: receipts.held == 2)
    receipts.release(1)
    await asyncio.sleep(LONG)
    await page.says("saving")
    receipts.release_all()
    await page.says("saved")
    lights = await page.lights()
    assert lights[0] == "offline"
    assert set(lights[1:-2]) == {"keeping", "kept"}
    assert lights[-2:] == ["saving", "saved"]


async def test_without_a_network_the_light_says_so_at_once(visitors: Visitors) -> None:
    page = await visitors.open("notes/plan")
    await page.write("Here. ")
    await page.says("saved")
    await page.page.context.set_offline(True)
    await page.write("Alone.")
    # A socket finds out by itself only when nothing was heard for half a minute.
    await expect(page.light).to_have_attribute("data-light", "kept", timeout=10_000)
    await page.page.context.set_offline(False)
    await page.says("saved")


async def test_edits_typed_while_the_token_is_fetched_are_saved_too(visitors: Visitors, server: Server) -> None:
    page = await visitors.open("plan")
    await page.write("Before. ")
    await page.says("saved")
    asked, answer = asyncio.Event(), asyncio.Event()

    async def slowly(route: Route) -> None:
        asked.set()
        await answer.wait()
        await route.continue_()

    await page.page.route("**/api/v1/session", slowly)
    await server.kill()
    await page.says("offline")
    await server.start()
    await asyncio.wait_for(asked.wait(), 30)  # the socket is open, and nobody is let in yet
    await page.write("Meanwhile.")
    await page.says("saving")
    answer.set()
    await page.says("saved")
    await server.kill()
    await server.start()
    other = await visitors.open("plan")
    await other.shows("Before. Meanwhile.")


async def test_where_the_browser_keeps_nothing_edits_are_called_unsaved_and_leaving_is_asked_about(
    visitors: Visitors, server: Server
) -> None:
    owner = await visitors.owner()
    await owner.add_init_script("Object.defineProperty(window, 'indexedDB', { value: undefined })")
    page = await visitors.open("plan", page=owner)
    await page.write("Saved.")
    await page.says("saved")
    await server.kill()
    await page.says("offline")
    await page.write(" Not saved.")
    await expect(page.light).to_have_text("Offline, not saved")
    await page.says("offline")
    asked: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def stay(dialog: Dialog) -> None:
        asked.set_result(dialog.type)
        await dialog.dismiss()

    page.page.once("dialog", stay)
    await page.page.close(run_before_unload=True)
    assert await asyncio.wait_for(asked, 10) == "beforeunload"
    await page.shows("Not saved.")


async def test_edits_outlive_the_view_they_were_made_in(visitors: Visitors, server: Server) -> None:
    page = await visitors.open("plan")
    await page.write("Online. ")
    await page.says("saved")
    await server.kill()
    await page.says("offline")
    await page.write("Offline.")
    home = page.page.get_by_role("link", name="All documents")
    await home.click()
    # Whoever comes back finds them, and whoever does not has not lost them.
    await page.page.go_back()
    await page.shows("Online. Offline.")
    await page.says("kept")
    await home.click()
    await server.start()
    other = await visitors.open("plan")
    await other.shows("Online. Offline.")


async def test_trouble_and_its_end_are_told_to_screen_readers(visitors: Visitors, server: Server) -> None:
    page = await visitors.open("plan")
    await page.write("Saved.")
    await page.says("saved")
    told = page.page.get_by_role("banner").get_by_role("status")
    await expect(told).to_have_text("")
    await server.kill()
    await expect(told).to_contain_text("Offline")
    await server.start()
    await expect(told).to_have_text("Connected again. Everything is saved.", timeout=30_000)
