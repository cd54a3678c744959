"""Sharing a document, and coming in by a link: an owner in one browser profile, guests in others."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Page, expect

from tests.browser.pages import DocumentPage, Visitors
from tests.browser.sharing import ShareDialog, come_in
from tests.browser.wire import Receipts, until
from tests.servers import Server

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]

ALL = ("**", "owner")
PLAN = "The plan for spring."


async def plan(visitors: Visitors) -> DocumentPage:
    """A document with something in it, open at its owner's."""
    page = await visitors.open("plan", page=await visitors.member("ann", ALL))
    await page.write(PLAN)
    await page.says("saved")
    return page


async def link(page: Page, server: Server, **terms: object) -> str:
    """Make a link over REST; its address."""
    headers = {"Authorization": f"Bearer {server.token('ann', '**:owner')}"}
    url = f"{server.url}/api/v1/documents/plan/shares"
    answer = await page.request.post(url, headers=headers, data={"role": "editor", **terms})
    assert answer.status == 201, await answer.text()
    made: str = (await answer.json())["url"]
    return made


async def change(page: Page, server: Server, **terms: object) -> None:
    """Change the only link over REST."""
    headers = {"Authorization": f"Bearer {server.token('ann', '**:owner')}"}
    url = f"{server.url}/api/v1/documents/plan/shares"
    (share,) = (await (await page.request.get(url, headers=headers)).json())["shares"]
    answer = await page.request.patch(f"{url}/{share['id']}", headers=headers, data=terms)
    assert answer.ok, await answer.text()


async def test_a_link_with_a_password_lets_a_guest_write_until_it_does_not(visitors: Visitors, server: Server) -> None:
    owner = await plan(visitors)
    share = await ShareDialog.open(owner.page)
    url = await share.make("Can edit", name="Review", password="sesame", uses="5")
    await expect(share.link("Review")).to_contain_text("Can edit · password · 0 of 5 used")
    await share.close()

    # The link alone tells nothing of the document, and a wrong password lets nobody in.
    guest = await visitors.stranger()
    await come_in(guest, url, "Dora", "simsala")
    await expect(guest.get_by_role("heading")).to_have_text("A document was shared with you")
    await expect(guest.get_by_role("alert")).to_have_text("That is not the password of this link.")
    await expect(guest.get_by_label("Password")).to_be_focused()
    await guest.keyboard.type("sesame")
    await guest.keyboard.press("Enter")

    # The document, and no secret in the address; nor a list that a guest has not.
    theirs = DocumentPage(guest)
    await theirs.shows(PLAN)
    await theirs.says("saved")
    assert guest.url == f"{server.url}/documents/plan"
    await expect(guest.get_by_role("link", name="All documents")).to_have_count(0)
    await expect(guest.get_by_role("button", name="Share", exact=True)).to_have_count(0)
    await theirs.write(" Dora was here.")
    await owner.shows("Dora was here.")
    await theirs.says("saved")
    # A reload finds the same guest, without the password and without using the link up.
    await guest.reload()
    await theirs.shows("Dora was here.")
    await theirs.says("saved")
    await expect(theirs.people).to_have_count(2)
    share = await ShareDialog.open(owner.page)
    await expect(share.link("Review")).to_contain_text("1 of 5 used")
    here = share.dialog.get_by_role("region", name="Here now")
    await expect(here.get_by_role("listitem")).to_have_text([re.compile(r"Ann \(you\)"), re.compile("Dora")])

    # Only to read from now on, and to write again: before their eyes.
    await share.change("Review", role="Can view")
    await theirs.says("viewing")
    await expect(theirs.editor).to_have_attribute("contenteditable", "false")
    await expect(guest.locator(".toast")).to_contain_text("You can only read this document now.")
    await share.change("Review", role="Can edit")
    await theirs.says("saved")
    await theirs.write(" And again.")
    await owner.shows("And again.")
    await theirs.says("saved")

    # Taken back: they are told, and what they see stays to be read.
    await share.revoke("Review")
    await expect(guest.get_by_role("alert")).to_contain_text("The link you came by does not work any more")
    await expect(theirs.editor).to_have_attribute("contenteditable", "false")
    await expect(guest.get_by_role("button", name="Copy unsaved text")).to_have_count(0)
    await share.dialog.get_by_role("tab", name="Activity").click()
    for happened in (
        "Dora opened it by the link “Review”",
        "made the link “Review” for editors",
        "changed the link “Review”, for viewers now",
        "revoked the link “Review”",
    ):
        await expect(share.dialog.get_by_role("listitem").filter(has_text=happened)).to_have_count(1)
    await share.close()
    await owner.write(" Without Dora.")
    await owner.says("saved")
    assert "Without Dora" not in await theirs.text()
    # Nor is the page left with it, wherever they come from; who comes by it now is not told what it was.
    for address in (url, f"{server.url}/documents/plan"):
        await guest.goto(address)
        await expect(guest.get_by_role("heading")).to_have_text("The link you came by does not work any more")
        await expect(theirs.editor).to_have_count(0)
    stranger = await visitors.stranger()
    await stranger.goto(url)
    await expect(stranger.get_by_role("heading")).to_have_text("This link does not work")


async def test_what_was_not_saved_when_the_link_ended_can_be_copied(visitors: Visitors, server: Server) -> None:
    owner = await plan(visitors)
    url = await link(owner.page, server, name="Review")
    guest = await visitors.stranger(permissions=["clipboard-read", "clipboard-write"])
    receipts = Receipts()
    await receipts.watch(guest)
    await come_in(guest, url, "Dora")
    theirs = DocumentPage(guest)
    await theirs.shows(PLAN)
    await theirs.says("saved")
    receipts.hold()
    await theirs.write(" On its way.")
    await until(lambda: receipts.held > 0)
    share = await ShareDialog.open(owner.page)
    await share.revoke("Review")
    alert = guest.get_by_role("alert")
    await expect(alert).to_contain_text("The link you came by does not work any more")
    await expect(alert).to_contain_text("Your last changes are not saved")
    await guest.get_by_role("button", name="Copy unsaved text").click()
    await expect(guest.get_by_role("button", name="Copied")).to_be_visible()
    assert await guest.evaluate("navigator.clipboard.readText()") == f"{PLAN} On its way."
    # A reload has it still: it goes only when it is given up.
    await guest.reload()
    await expect(alert).to_contain_text("Your last changes are not saved")
    await theirs.shows("On its way.")
    await guest.get_by_role("button", name="Give changes up").click()
    await guest.get_by_role("button", name="Really give them up?").click()
    await expect(guest.get_by_role("heading")).to_have_text("The link you came by does not work any more")


async def test_a_link_says_why_it_lets_nobody_in(visitors: Visitors, server: Server) -> None:
    owner = (await plan(visitors)).page
    once = await link(owner, server, maxUses=1, role="viewer")
    first = await visitors.stranger()
    await first.goto(once)
    await expect(first.get_by_role("heading")).to_have_text("“plan”")
    await expect(first.get_by_text("You can read it, and see others write.")).to_be_visible()
    await come_in(first, once, "First")
    await DocumentPage(first).says("viewing")
    second = await visitors.stranger()
    await second.goto(once)
    heading = second.get_by_role("heading")
    await expect(heading).to_have_text("This link has been used up")
    # Whoever came by it still comes back.
    await first.goto(once)
    await DocumentPage(first).says("viewing")

    past = (datetime.now(UTC) - timedelta(minutes=1)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    await second.goto(await link(owner, server, expires=past))
    await expect(heading).to_have_text("This link has expired")
    await second.goto(f"{server.url}/s/{'A' * 40}")
    await expect(heading).to_have_text("This link does not work")
    await second.goto(f"{server.url}/s/no.such(link)")
    await expect(heading).to_have_text("This link does not work")
    # A link that is made to ask for a password asks everybody, once their token ends.
    name = second.get_by_label("Your name")
    await second.goto(await link(owner, server, password="sesame"))
    await name.fill("Second")
    await second.keyboard.press("Enter")
    await expect(second.get_by_role("alert")).to_have_text("This link asks for a password.")
    await expect(second.get_by_label("Password")).to_be_focused()
    await name.fill(" ")
    await second.keyboard.press("Enter")
    await expect(second.get_by_role("alert")).to_have_text("Say what the others may call you.")


async def test_no_request_tells_where_a_guest_came_from(visitors: Visitors, server: Server) -> None:
    owner = (await plan(visitors)).page
    url = await link(owner, server)
    guest = await visitors.stranger()
    referers: list[str] = []
    guest.on("request", lambda request: referers.extend(filter(None, [request.headers.get("referer")])))
    await come_in(guest, url, "Dora")
    await DocumentPage(guest).says("saved")
    assert referers == []
    # Going back does not come to the link either.
    assert await guest.evaluate("history.length") == 2  # the blank page it began with, and this one
    secret = url.rsplit("/", 1)[1]
    assert secret not in guest.url
    assert secret not in server.log


async def test_whoever_may_without_the_link_comes_in_as_themselves(visitors: Visitors, server: Server) -> None:
    owner = (await plan(visitors)).page
    url = await link(owner, server, role="viewer")
    await owner.goto(url)
    page = DocumentPage(owner)
    await page.says("saved")
    await expect(page.people).to_have_text([re.compile("Ann")])
    # Someone who is signed in and may not comes as a guest, under their own name; and as themselves once they may.
    member = await visitors.member("ben", ("notes/**", "owner"))
    await member.goto(server.url)
    await expect(member.get_by_role("heading", level=1)).to_have_text("Documents")
    await member.goto(url)
    await expect(member.get_by_label("Your name")).to_have_value("Ben")
    await member.get_by_label("Your name").press("Enter")
    theirs = DocumentPage(member)
    await theirs.says("viewing")
    share = await ShareDialog.open(owner)
    await share.revoke("Link")
    await expect(member.get_by_role("alert")).to_contain_text("The link you came by does not work any more")
    await member.reload()
    await member.get_by_role("button", name="Open it without the link").click()
    await expect(member.get_by_role("heading")).to_have_text("You cannot open this document")
    await member.goto(await link(owner, server, role="viewer"))
    await member.get_by_label("Your name").press("Enter")
    await theirs.says("viewing")
    await share.dialog.get_by_label("Add a person").fill("ben")
    await share.dialog.get_by_role("button", name="Add", exact=True).click()
    await expect(share.person("ben")).to_be_visible()
    await member.reload()
    await theirs.says("saved")
    await expect(member.get_by_role("link", name="All documents")).to_be_visible()


async def test_people_are_let_in_and_out_and_find_what_is_shared_with_them(visitors: Visitors, server: Server) -> None:
    owner = await plan(visitors)
    share = await ShareDialog.open(owner.page)
    await expect(share.person("ann")).to_contain_text("(you)")
    await share.dialog.get_by_label("Add a person").fill("ben")
    await share.dialog.get_by_label("What they may do").select_option(label="Can view")
    await share.dialog.get_by_role("button", name="Add", exact=True).click()
    await expect(share.person("ben")).to_be_visible()

    member = await visitors.documents(page=await visitors.member("ben", ("notes/**", "owner")))
    await member.shows("plan")
    tabs = member.page.get_by_role("navigation", name="Documents")
    await tabs.get_by_role("link", name="Mine").click()
    await expect(member.page.get_by_role("heading", level=2)).to_be_visible()
    await member.shows()
    await tabs.get_by_role("link", name="Shared with me").click()
    await expect(member.page).to_have_url(f"{server.url}/?view=shared")
    await expect(member.page.get_by_role("heading", level=1)).to_have_text("Shared with me")
    await member.shows("plan")
    await member.row("plan").get_by_role("link").click()
    theirs = DocumentPage(member.page)
    await theirs.says("viewing")

    await (
        share.dialog.get_by_label("What ben may do")
        .or_(share.dialog.get_by_label("What Ben may do"))
        .select_option(label="Owner")
    )
    await theirs.says("saved")
    await expect(member.page.get_by_role("button", name="Share", exact=True)).to_be_visible()
    await share.person("ben").get_by_role("button", name="Remove").click()
    await share.dialog.get_by_role("button", name="Keep it").click()
    await share.person("ben").get_by_role("button", name="Remove").click()
    await share.dialog.get_by_role("button", name="Remove", exact=True).click()
    await expect(share.person("ben")).to_have_count(0)
    await expect(member.page.get_by_role("alert")).to_contain_text("Your access to this document has ended")
    # And the list of whoever made it says that it is theirs.
    await share.close()
    first = await visitors.documents(page=owner.page, path="/?view=mine")
    await first.shows("plan")


async def test_a_changed_password_is_asked_for_when_the_guest_comes_back(visitors: Visitors, server: Server) -> None:
    owner = (await plan(visitors)).page
    url = await link(owner, server)
    guest = await visitors.stranger()
    await come_in(guest, url, "Dora")
    page = DocumentPage(guest)
    await page.says("saved")
    await change(owner, server, password="sesame")
    await guest.goto("about:blank")
    await guest.goto(f"{server.url}/documents/plan")
    await expect(guest.get_by_role("heading")).to_have_text("The link you came by asks for its password")
    await come_in(guest, url, "Dora", "sesame")
    await page.says("saved")


async def test_a_guest_who_is_shut_out_is_told_and_does_not_come_back_by_themselves(
    visitors: Visitors, server: Server
) -> None:
    owner = (await plan(visitors)).page
    url = await link(owner, server)
    guest = await visitors.stranger()
    await come_in(guest, url, "Dora")
    page = DocumentPage(guest)
    await page.says("saved")
    headers = {"Authorization": f"Bearer {server.token('ann', '**:owner')}"}
    there = await owner.request.get(f"{server.url}/api/v1/documents/plan/presence", headers=headers)
    (subject,) = {each["subject"] for each in (await there.json())["people"]} - {"ann"}
    body = {"subject": subject}
    answer = await owner.request.post(f"{server.url}/api/v1/revocations", headers=headers, data=body)
    assert answer.status == 201
    ended = "Your access to this document has ended"
    await expect(guest.get_by_role("alert")).to_contain_text(ended)
    await guest.reload()
    await expect(guest.get_by_role("heading")).to_have_text(ended)
    # The link is still good: whoever has it is asked for their name again, and it is seen that they came anew.
    await guest.goto(url)
    await expect(guest.get_by_role("heading")).to_have_text("“plan”")
    await come_in(guest, url, "Dora again")
    await page.says("saved")


async def test_a_link_whose_end_is_moved_ends_in_the_middle_of_the_work(visitors: Visitors, server: Server) -> None:
    owner = (await plan(visitors)).page
    guest = await visitors.stranger()
    await come_in(guest, await link(owner, server), "Dora")
    page = DocumentPage(guest)
    await page.says("saved")
    soon = (datetime.now(UTC) + timedelta(seconds=2)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    await change(owner, server, expires=soon)
    await page.says("saved")
    await expect(guest.get_by_role("alert")).to_contain_text("The link you came by has expired")
