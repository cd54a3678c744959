"""Writing without the server: kept in the browser, sent when it is back, and never mixed with another document."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.pages import DocumentPage, Visitors, chromium
from tests.browser.wire import Cable
from tests.servers import Server

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]

ALL = ("**", "owner")

_COPIES = """
() => new Promise((resolve, reject) => {
    const opening = indexedDB.open("collab");
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
        const database = opening.result;
        const transaction = database.transaction(["documents", "updates"], "readonly");
        const documents = transaction.objectStore("documents").getAll();
        const updates = transaction.objectStore("updates").getAll();
        transaction.oncomplete = () => {
            database.close();
            const left = updates.result.map(({ document }) => document[1]);
            resolve([...new Set([...documents.result.map(({ key }) => key[1]), ...left])].sort());
        };
    };
})
"""

_AGE = """
days => new Promise(resolve => {
    const opening = indexedDB.open("collab");
    opening.onsuccess = () => {
        const database = opening.result;
        const transaction = database.transaction("documents", "readwrite");
        const documents = transaction.objectStore("documents");
        documents.openCursor().onsuccess = ({ target: { result: cursor } }) => {
            if (cursor === null) return;
            cursor.update({ ...cursor.value, opened: Date.now() - days * 86_400_000 });
            cursor.continue();
        };
        transaction.oncomplete = () => { database.close(); resolve(); };
    };
})
"""


async def _copies(page: Page) -> list[str]:
    """The documents of which the browser keeps anything, by name."""
    names: list[str] = await page.evaluate(_COPIES)
    return names


async def _another_page(page: DocumentPage) -> Page:
    """A second window of the same browser; the first one is closed, as a tab is, without a question."""
    context = page.page.context
    other = await context.new_page()
    await page.page.close(run_before_unload=True)
    return other


def _wipe(server: Server, name: str) -> None:
    """Remove a document from the database, as if it had never been, while the server is down."""
    database = sqlite3.connect(server.database)
    with database:
        (number,) = database.execute("SELECT id FROM documents WHERE name = ?", (name,)).fetchone()
        for table in ("changes", "checkpoints"):
            database.execute(f"DELETE FROM {table} WHERE document = ?", (number,))
        database.execute("DELETE FROM documents WHERE id = ?", (number,))
    database.close()


async def test_what_is_written_offline_outlives_the_tab_and_is_sent_when_it_opens_again(
    visitors: Visitors, server: Server
) -> None:
    page = await visitors.open("plan", page=await visitors.member("ann", ALL))
    await page.write("Online. ")
    await page.says("saved")
    await server.kill()
    await page.says("offline")
    await page.write("Offline.")
    await page.says("kept")
    again = await _another_page(page)
    await server.start()
    # Someone else has not seen it yet, and writes meanwhile.
    other = await visitors.open("plan", page=await visitors.member("ben", ALL))
    await other.shows("Online.")
    await expect(other.editor).not_to_contain_text("Offline.")
    await other.write("Meanwhile.")
    await other.says("saved")
    page = await visitors.open("plan", page=again)
    await page.says("saved")
    for each in (page, other):
        await each.shows("Offline.")
        await each.shows("Meanwhile.")
    assert await page.text() == await other.text()


async def test_what_is_written_offline_outlives_a_browser_that_is_killed(
    visitors: Visitors, browser: Browser, server: Server, tmp_path: Path
) -> None:
    profile = tmp_path / "profile"

    async def launch() -> Page:
        context = await browser.browser_type.launch_persistent_context(profile, **chromium())
        page = await context.new_page()
        await visitors.sign_in(page, "ann", ALL)
        return page

    page = await visitors.open("plan", page=await launch())
    await page.write("Online. ")
    await page.says("saved")
    await server.kill()
    await page.says("offline")
    await page.write("Offline.")
    await page.says("kept")
    gone = asyncio.Event()
    page.page.context.on("close", lambda _: gone.set())
    _kill(profile)
    await asyncio.wait_for(gone.wait(), 30)
    for lock in profile.glob("Singleton*"):
        lock.unlink()
    await server.start()
    page = await visitors.open("plan", page=await launch())
    await page.shows("Online. Offline.")
    await page.says("saved")
    await page.page.context.close()


def _kill(profile: Path) -> None:
    """Kill the browser of this profile, in the middle of whatever it does."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended meanwhile
            if f"--user-data-dir={profile}".encode() in (process / "cmdline").read_bytes().split(b"\0"):
                os.kill(int(process.name), signal.SIGKILL)


async def test_a_copy_is_shown_before_the_server_answers_and_can_be_written_in(
    visitors: Visitors, server: Server
) -> None:
    member = await visitors.member("ann", ALL)
    page = await visitors.open("plan", page=member)
    await page.write("Online. ")
    await page.says("saved")
    await member.route("**/api/v1/documents/plan", lambda route: route.abort())
    await member.reload()
    await page.shows("Online.")
    await page.write("Offline.")
    await expect(member.get_by_role("complementary")).to_contain_text("kept on this device")
    await member.unroute("**/api/v1/documents/plan")
    await member.get_by_role("button", name="Try now").click()
    await page.says("saved")
    other = await visitors.open("plan", page=await visitors.member("ben", ALL))
    await other.shows("Online. Offline.")


async def test_both_write_while_one_is_cut_off_and_both_end_with_the_same(visitors: Visitors, server: Server) -> None:
    async with Cable(server.port) as cable:
        ann = await visitors.member("ann", ALL)
        await ann.goto(f"{cable.url}/documents/plan")
        one, other = DocumentPage(ann), await visitors.open("plan", page=await visitors.member("ben", ALL))
        await expect(one.editor).to_be_visible()
        await one.write("Both. ")
        await other.shows("Both.")
        await one.says("saved")
        cable.pull()
        await one.says("offline")
        await expect(other.people).to_have_count(1)
        await one.write("One. ")
        await other.write("Other. ")
        await other.says("saved")
        await one.says("kept")
        card = ann.get_by_role("complementary", name="Connection")
        await expect(card).to_contain_text("kept on this device")
        await one.record_lights()
        cable.plug()
        await card.get_by_role("button", name="Try now").click()
        await one.says("saved")
        await expect(card).to_have_count(0)
        for page in (one, other):
            await page.shows("One.")
            await page.shows("Other.")
        assert await one.text() == await other.text()
        lights = await one.lights()
        assert lights[0] == "kept"
        assert "saved" not in lights[:-1]
        # Nothing is left to send: the next opening brings no second one of it.
        await ann.reload()
        await one.says("saved")
        assert (await one.text()).count("One.") == 1


async def test_a_document_that_was_wiped_and_made_again_is_not_mixed_with_its_copy(
    visitors: Visitors, server: Server
) -> None:
    ann = await visitors.member("ann", ALL, permissions=["clipboard-read", "clipboard-write"])
    page = DocumentPage(ann)
    for name in ("notes", "plan"):
        await visitors.open(name, page=ann)
        await page.write("Of the first. ")
        await page.says("saved")
    await server.kill()
    await page.says("offline")
    await page.write("Never saved.")
    await page.says("kept")
    for name in ("notes", "plan"):
        _wipe(server, name)
    await server.start()
    await page.is_told_of_a_network()
    # Ann's window comes back, and finds nothing; Ben begins the documents anew.
    alert = ann.get_by_role("alert")
    await expect(alert).to_contain_text("This is not the document any more", timeout=30_000)
    await expect(alert).to_contain_text("Your last changes are not saved")
    other = DocumentPage(await visitors.member("ben", ALL))
    for name in ("notes", "plan"):
        await visitors.open(name, page=other.page)
        await other.write("Of the second.")
        await other.says("saved")
    # The old one stays readable, over a reload too, until Ann gives it up.
    await ann.reload()
    await expect(alert).to_contain_text("This is not the document any more")
    await page.shows("Of the first. Never saved.")
    await expect(page.editor).to_have_attribute("contenteditable", "false")
    await ann.get_by_role("button", name="Copy unsaved text").click()
    await expect(ann.get_by_role("button", name="Copied")).to_be_visible()
    assert await ann.evaluate("navigator.clipboard.readText()") == "Of the first. Never saved."
    await ann.get_by_role("button", name="Give changes up").click()
    await ann.get_by_role("button", name="Really give them up?").click()
    await page.shows("Of the second.")
    await page.says("saved")
    assert await page.text() == await other.text() == "Of the second."
    # Where nothing was unsaved there is nothing to choose: the copy gives way.
    await visitors.open("notes", page=ann)
    await page.shows("Of the second.")
    await page.says("saved")
    await expect(alert).to_have_count(0)
    assert await page.text() == "Of the second."


async def test_another_person_in_the_same_browser_sees_and_sends_none_of_it(visitors: Visitors, server: Server) -> None:
    browser = await visitors.member("ann", ALL)
    page = await visitors.open("plan", page=browser)
    await page.write("Online. ")
    await page.says("saved")
    await server.kill()
    await page.says("offline")
    await page.write("Only Ann's.")
    await page.says("kept")
    await visitors.sign_in(browser, "ben", ALL)
    await server.start()
    await page.is_told_of_a_network()
    await expect(browser.get_by_role("alert")).to_contain_text("Somebody else is signed in now", timeout=30_000)
    await browser.reload()
    await page.says("saved")
    assert (await page.text()).strip() == "Online."
    await visitors.sign_in(browser, "ann", ALL)
    await browser.reload()
    await page.shows("Only Ann's.")
    await page.says("saved")
    assert await page.text() == "Online. Only Ann's."


async def _make(page: Page, server: Server, *names: str) -> None:
    """Documents of somebody else's: whoever makes one owns it, whatever their token says later."""
    for name in names:
        headers = {"Authorization": f"Bearer {server.token('zoe')}"}
        made = await page.request.post(f"{server.url}/api/v1/documents", data={"name": name}, headers=headers)
        assert made.status == 201


async def test_a_copy_goes_when_its_reader_may_not_have_it_any_more(visitors: Visitors, server: Server) -> None:
    ann = await visitors.member("ann", ALL)
    page = DocumentPage(ann)
    await _make(ann, server, "plan", "notes")
    for name in ("plan", "notes"):
        await visitors.open(name, page=ann)
        await page.write("Text.")
        await page.says("saved")
    assert await _copies(ann) == ["notes", "plan"]
    await visitors.sign_in(ann, "ann", ("notes", "editor"))
    await ann.goto(f"{server.url}/documents/plan")
    await expect(ann.get_by_role("heading")).to_have_text("You cannot open this document")
    await expect(page.editor).to_have_count(0)
    assert await _copies(ann) == ["notes"]


async def test_what_is_unsaved_outlives_the_end_of_the_access(visitors: Visitors, server: Server) -> None:
    ann = await visitors.member("ann", ALL)
    await _make(ann, server, "plan")
    page = await visitors.open("plan", page=ann)
    await page.write("Online. ")
    await page.says("saved")
    await server.kill()
    await page.says("offline")
    await page.write("Offline.")
    await page.says("kept")
    await visitors.sign_in(ann, "ann", ("plan", "viewer"))
    await server.start()
    await page.is_told_of_a_network()
    alert = ann.get_by_role("alert")
    await expect(alert).to_contain_text("You can only read this document now", timeout=30_000)
    await expect(alert).to_contain_text("Your last changes are not saved")
    await visitors.sign_in(ann, "ann", ("notes", "editor"))
    await ann.reload()
    await expect(alert).to_contain_text("You cannot open this document")
    await page.shows("Online. Offline.")
    # With the access come the changes.
    await visitors.sign_in(ann, "ann", ALL)
    await ann.get_by_role("button", name="Try again").click()
    await page.says("saved")
    other = await visitors.open("plan", page=await visitors.member("ben", ALL))
    await other.shows("Online. Offline.")


async def test_without_the_server_a_reload_shows_the_page_and_what_it_keeps(visitors: Visitors, server: Server) -> None:
    ann = await visitors.member("ann", ALL, service_workers="allow")
    page = await visitors.open("plan", page=ann)
    await page.write("Online. ")
    await page.says("saved")
    await ann.wait_for_function("navigator.serviceWorker.controller !== null")
    kept: list[str] = await ann.evaluate(
        """async () => {
            const caches_ = await Promise.all((await caches.keys()).map(name => caches.open(name)));
            const requests = await Promise.all(caches_.map(cache => cache.keys()));
            return requests.flat().map(({ url }) => new URL(url).pathname);
        }"""
    )
    assert "/" in kept
    assert all(path == "/" or path.startswith("/assets/") for path in kept)
    await server.kill()
    await ann.reload()
    await page.shows("Online.")
    await page.says("offline")
    await page.write("Offline.")
    await page.says("kept")
    await ann.reload()
    await page.shows("Online. Offline.")
    await page.says("kept")
    await ann.get_by_role("link", name="All documents").click()
    await expect(ann.get_by_role("heading")).to_have_text("The server does not answer")
    await ann.go_back()
    await page.shows("Online. Offline.")
    await server.start()
    await page.is_told_of_a_network()
    await page.says("saved")
    other = await visitors.open("plan", page=await visitors.member("ben", ALL))
    await other.shows("Online. Offline.")


async def test_old_copies_are_dropped_and_unsaved_ones_are_not(visitors: Visitors, server: Server) -> None:
    ann = await visitors.member("ann", ALL)
    page = DocumentPage(ann)
    for name in ("forgotten", "unsent"):
        await visitors.open(name, page=ann)
        await page.write("Text. ")
        await page.says("saved")
    await server.kill()
    await page.says("offline")
    await page.write("Unsent.")
    await page.says("kept")
    again = await _another_page(page)
    await server.start()
    await again.goto(f"{server.url}/healthz")  # the same origin, and no page that would tidy up
    await again.evaluate(_AGE, 31)
    assert await _copies(again) == ["forgotten", "unsent"]
    await visitors.open("today", page=again)
    await again.wait_for_function("copies => eval(copies)().then(names => !names.includes('forgotten'))", arg=_COPIES)
    assert "unsent" in await _copies(again)
    unsent = await visitors.open("unsent", page=again)
    await unsent.says("saved")
    await unsent.shows("Unsent.")


async def test_many_updates_are_kept_as_few(visitors: Visitors) -> None:
    ann = await visitors.member("ann", ALL)
    page = await visitors.open("plan", page=ann)
    text = "".join(str(number % 10) for number in range(260))
    await page.write(text)
    await page.says("saved")
    count: Any = """() => new Promise(resolve => {
        indexedDB.open("collab").onsuccess = ({ target: { result: database } }) => {
            const request = database.transaction("updates").objectStore("updates").count();
            request.onsuccess = () => { database.close(); resolve(request.result); };
        };
    })"""
    assert await ann.evaluate(count) <= 201
    await ann.reload()
    await page.shows(text)
