"""From an owner link to a cookie to socket tokens: each step once, each for its own use."""

from __future__ import annotations

import pytest

from collab.auth import CODE_LIFETIME, Access, Authority, Purpose, Role, Sessions, owner_code
from collab.auth.tokens import LEEWAY
from collab.errors import StorageUnavailable, Unauthenticated
from collab.storage.access.memory import MemoryAccessStore
from collab.storage.memory import MemoryStore
from tests.auth.forge import NOW, OTHER_SECRET, SECRET

DAY = 86400


class Spent:
    """The store's part: a set, and what was said about when it may be forgotten."""

    def __init__(self) -> None:
        self.codes: dict[str, int] = {}

    async def spend(self, code: str, expires: int) -> bool:
        if code in self.codes:
            return False
        self.codes[code] = expires
        return True


class Browser:
    """A server and its clock."""

    def __init__(self) -> None:
        self.now = float(NOW)
        self.authority = Authority(SECRET, clock=lambda: self.now)
        self.spent = Spent()
        self.access = Access(MemoryAccessStore(MemoryStore()), self.authority)
        self.sessions = Sessions(self.access, self.spent.spend, lifetime=30 * DAY, token_lifetime=600)


@pytest.fixture
def browser() -> Browser:
    return Browser()


async def test_a_link_becomes_a_cookie_becomes_tokens(browser: Browser) -> None:
    cookie = await browser.sessions.exchange(owner_code(browser.authority))
    browser.now += 29 * DAY
    made = await browser.sessions.socket_token(cookie)
    assert browser.authority.verify(made.token) == made.principal
    assert made.principal.role_for("any/document") is Role.OWNER
    assert (made.principal.subject, made.principal.name) == ("owner", "Owner")
    assert made.principal.expires == browser.now + 600


async def test_a_code_is_good_once(browser: Browser) -> None:
    code = owner_code(browser.authority)
    await browser.sessions.exchange(code)
    with pytest.raises(Unauthenticated, match=r"used before.*collab link"):
        await browser.sessions.exchange(code)


async def test_a_code_is_good_for_a_quarter_of_an_hour(browser: Browser) -> None:
    code = owner_code(browser.authority)
    browser.now += CODE_LIFETIME + LEEWAY
    with pytest.raises(Unauthenticated, match="expired"):
        await browser.sessions.exchange(code)
    assert not browser.spent.codes


async def test_a_spent_code_is_remembered_for_as_long_as_it_would_be_taken(browser: Browser) -> None:
    code = owner_code(browser.authority)
    await browser.sessions.exchange(code)
    (forgotten,) = browser.spent.codes.values()
    browser.now = forgotten / 1000
    with pytest.raises(Unauthenticated, match="expired"):
        await browser.sessions.exchange(code)


async def test_a_code_of_another_server_is_refused(browser: Browser) -> None:
    with pytest.raises(Unauthenticated, match="signed"):
        await browser.sessions.exchange(owner_code(Authority(OTHER_SECRET, clock=lambda: NOW)))
    assert not browser.spent.codes


async def test_no_cookie_without_the_store(browser: Browser) -> None:
    async def broken(code: str, expires: int) -> bool:
        raise StorageUnavailable("the disk is full")

    sessions = Sessions(browser.access, broken, lifetime=DAY, token_lifetime=600)
    with pytest.raises(StorageUnavailable):
        await sessions.exchange(owner_code(browser.authority))


async def test_a_session_and_its_tokens_are_revoked_as_one(browser: Browser) -> None:
    code = owner_code(browser.authority)
    cookie = await browser.sessions.exchange(code)
    session = browser.authority.verify(cookie, Purpose.SESSION)
    tokens = [(await browser.sessions.socket_token(cookie)).principal.token_id for _ in range(2)]
    assert tokens == [session.token_id, session.token_id]
    assert session.token_id != browser.authority.verify(code, Purpose.CODE).token_id


async def test_a_token_does_not_outlive_its_session(browser: Browser) -> None:
    cookie = await browser.sessions.exchange(owner_code(browser.authority))
    browser.now += 30 * DAY - 5
    assert (await browser.sessions.socket_token(cookie)).principal.expires == NOW + 30 * DAY
    browser.now += 5 + LEEWAY
    with pytest.raises(Unauthenticated, match="expired"):
        await browser.sessions.socket_token(cookie)


async def test_codes_tokens_and_cookies_do_not_stand_in_for_one_another(browser: Browser) -> None:
    code = owner_code(browser.authority)
    cookie = await browser.sessions.exchange(code)
    token = (await browser.sessions.socket_token(cookie)).token
    for wrong in (cookie, token):
        with pytest.raises(Unauthenticated, match="audience"):
            await browser.sessions.exchange(wrong)
    for wrong in (code, token):
        with pytest.raises(Unauthenticated, match="audience"):
            await browser.sessions.socket_token(wrong)
    for wrong in (code, cookie):
        with pytest.raises(Unauthenticated, match="audience"):
            browser.authority.verify(wrong)
