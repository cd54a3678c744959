"""The history fits its reader: in light and dark, on a phone, for whoever does not see it, and with a thousand sittings."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.async_api import Route, expect

from tests.browser.pages import HistoryPage, Visitors, axe_finds, overflow
from tests.browser.test_history import two_in_turns

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]

WIDE: dict[str, Any] = {"viewport": {"width": 1280, "height": 860}}
PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True}


@pytest.mark.parametrize(("scheme", "size"), [("light", PHONE), ("dark", WIDE)])
async def test_every_state_of_the_history(visitors: Visitors, scheme: str, size: dict[str, Any]) -> None:
    look = {"color_scheme": scheme, "bypass_csp": True, **size}  # axe is not of the page
    alice, _ = await two_in_turns(visitors, **look)
    page = alice.page
    history = HistoryPage(page)

    async def fits() -> None:
        # What is on its way in is half transparent, which axe takes for its colour.
        await page.evaluate("Promise.all(document.getAnimations().map(({ finished }) => finished.catch(() => {})))")
        assert await axe_finds(page) == []
        assert await overflow(page) == 0

    await history.open()
    await expect(history.sittings).to_have_count(1)
    await fits()
    await history.choose()
    await expect(history.text).to_contain_text("Bob goes on.")
    await fits()
    await history.see("Changes")
    await expect(history.drawn.locator("ins").first).to_be_visible()
    await fits()
    await history.past.get_by_role("button", name="The next change").click()
    await expect(history.drawn.locator("[data-changed]").first).to_be_focused()
    await history.past.get_by_role("button", name="Name this version").click()
    await page.keyboard.type("For review")
    await fits()
    await page.keyboard.press("Enter")
    await expect(history.dialog).to_be_hidden()
    await history.past.get_by_role("button", name="Restore this").click()
    await expect(history.dialog).to_contain_text("a new change like any other")
    await fits()
    await history.dialog.get_by_role("button", name="Cancel").click()
    await page.get_by_role("button", name="Back to now").click()
    await expect(alice.editor).to_be_visible()
    await alice.blocks.first.click()
    await page.keyboard.press("Control+a")
    await page.get_by_role("button", name="Who wrote this").click()
    await expect(page.get_by_role("complementary", name="Who wrote this").get_by_role("listitem")).to_have_count(2)
    await fits()


async def test_on_a_phone_the_list_and_the_moment_take_turns(visitors: Visitors) -> None:
    alice, _ = await two_in_turns(visitors, **PHONE)
    page = alice.page
    history = HistoryPage(page)
    await history.open()
    # What it covers cannot be reached.
    assert await page.evaluate("document.getElementById('root').inert")
    await history.choose()
    await expect(history.panel).to_be_hidden()
    await expect(history.text).to_contain_text("Bob goes on.")
    await page.get_by_role("button", name="All moments").click()
    await expect(history.panel).to_be_visible()
    await expect(history.sittings.first).to_be_focused()
    await history.now.click()
    await expect(history.panel).to_be_hidden()
    await expect(history.past).to_be_hidden()
    await expect(alice.editor).to_be_visible()
    await expect(history.button).to_be_focused()


def _sitting(number: int) -> dict[str, object]:
    """One of many sittings, an hour apart."""
    hour = f"2026-{1 + number // 672:02}-{1 + number // 24 % 28:02}T{number % 24:02}"
    people = [{"subject": f"p{number % 7}", "name": f"Person {number % 7}", "inserted": number, "deleted": number % 3}]
    return {
        "moment": 10 * number + 10,
        "before": 10 * number,
        "from": f"{hour}:00:00.000Z",
        "to": f"{hour}:20:00.000Z",
        "steps": 10,
        "people": people,
        "restored": [],
        "versions": [],
    }


async def test_a_thousand_sittings_are_scrolled_through_without_a_wait(visitors: Visitors) -> None:
    """The list of the server is replaced by one of a thousand: that many hours of writing take too long."""
    alice, _ = await two_in_turns(visitors)
    page = alice.page
    every = [_sitting(number) for number in reversed(range(1000))]

    async def answer(route: Route) -> None:
        query = parse_qs(urlsplit(route.request.url).query)
        start, limit = int(query.get("cursor", ["0"])[0]), int(query["limit"][0])
        more = str(start + limit) if start + limit < len(every) else None
        body = {"sittings": every[start : start + limit], "next": more}
        await route.fulfill(status=200, content_type="application/json", body=json.dumps(body))

    await page.route("**/history?*", answer)
    history = HistoryPage(page)
    await history.open()
    while not await page.get_by_text("This is where the history begins.").is_visible():
        count = await history.sittings.count()
        await page.evaluate("list => list.scrollTo(0, list.scrollHeight)", await page.query_selector(".history-list"))
        if count < len(every):
            await expect(history.sittings).not_to_have_count(count)
    await expect(history.sittings).to_have_count(1000)
    # What is not on the screen costs nothing: the whole list is laid out anew within a blink.
    # A machine has other things to do; a list that lays out everything does so each time.
    took = await page.evaluate(
        """() => {
            const list = document.querySelector(".history-list");
            const layOut = () => {
                const began = performance.now();
                list.style.width = "300px";
                void list.scrollHeight;
                list.style.width = "";
                void list.scrollHeight;
                return performance.now() - began;
            };
            return Math.min(layOut(), layOut(), layOut());
        }"""
    )
    assert took < 250, f"{took:.0f} ms"
