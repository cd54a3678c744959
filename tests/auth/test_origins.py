"""Which pages may speak to the server (FAULTS §4 row 34, DESIGN §2 Origins)."""

from __future__ import annotations

import pytest

from collab.auth import check_origin, own_origins
from collab.errors import OriginNotAllowed

OWN = own_origins(None, "docs.example.org:8080")
ALLOWED = ("https://wiki.example.org",)
EVIL = ["https://evil.example", "null", "", "*", "http://docs.example.org", "http://docs.example.org:8080.evil.example",
        "http://evil.example/http://docs.example.org:8080", "http://docs.example.org:8080@evil.example", "docs.example.org:8080",
        "http://docs.example.org:8080, https://evil.example", "https://wiki.example.org.evil.example",
        "http://wiki.example.org", "https://evil-wiki.example.org", "ws://docs.example.org:8080"]  # fmt: skip


def allows(origin: str | None, *, allowed: tuple[str, ...], cookie: bool) -> bool:
    try:
        check_origin(origin, own=OWN, allowed=allowed, cookie=cookie)
    except OriginNotAllowed:
        return False
    return True


@pytest.mark.parametrize("allowed", [(), ALLOWED])
@pytest.mark.parametrize("cookie", [True, False])
def test_the_servers_own_page_always_may(*, allowed: tuple[str, ...], cookie: bool) -> None:
    assert allows("http://docs.example.org:8080", allowed=allowed, cookie=cookie)
    assert allows("https://docs.example.org:8080", allowed=allowed, cookie=cookie), "a proxy may have ended TLS"


@pytest.mark.parametrize("cookie", [True, False])
def test_a_listed_page_may(*, cookie: bool) -> None:
    assert allows("https://wiki.example.org", allowed=ALLOWED, cookie=cookie)


@pytest.mark.parametrize("origin", EVIL)
def test_a_cookie_counts_only_with_a_known_origin(origin: str) -> None:
    assert not allows(origin, allowed=(), cookie=True)
    assert not allows(origin, allowed=ALLOWED, cookie=True)


def test_a_cookie_without_an_origin_does_not_count() -> None:
    assert not allows(None, allowed=(), cookie=True)
    assert not allows(None, allowed=ALLOWED, cookie=True)


def test_a_token_needs_no_origin() -> None:
    assert allows(None, allowed=(), cookie=False)
    assert allows(None, allowed=ALLOWED, cookie=False)


@pytest.mark.parametrize("origin", EVIL)
def test_a_list_limits_browsers_with_tokens_too(origin: str) -> None:
    assert allows(origin, allowed=(), cookie=False)
    assert not allows(origin, allowed=ALLOWED, cookie=False)


def test_origins_are_compared_in_one_spelling() -> None:
    own = own_origins(None, "Docs.Example.org")
    check_origin("https://docs.example.org:443", own=own, allowed=(), cookie=True)
    check_origin("HTTP://DOCS.example.org", own=own, allowed=(), cookie=True)


def test_a_public_url_is_the_only_own_origin() -> None:
    own = own_origins("https://docs.example.org", "127.0.0.1:8080")
    check_origin("https://docs.example.org", own=own, allowed=(), cookie=True)
    with pytest.raises(OriginNotAllowed, match="--allowed-origins"):
        check_origin("http://127.0.0.1:8080", own=own, allowed=(), cookie=True)


@pytest.mark.parametrize("host", ["", "a b", "a/b", "u@a", "a:b", "a, b"])
def test_what_is_no_host_owns_nothing(host: str) -> None:
    assert own_origins(None, host) == frozenset()


def test_the_refusal_does_not_repeat_the_origin() -> None:
    with pytest.raises(OriginNotAllowed) as caught:
        check_origin("https://evil.example", own=OWN, allowed=(), cookie=True)
    assert "evil" not in str(caught.value)
