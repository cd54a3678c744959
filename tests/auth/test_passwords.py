"""Passwords: kept as argon2 makes of them, looked at away from the loop, and not too many at once."""

from __future__ import annotations

import asyncio

import pytest

from collab.auth import Passwords, passwords
from collab.auth.passwords import mark_of
from collab.errors import Overloaded, RateLimited


async def test_only_the_password_is_the_password() -> None:
    keeper = Passwords()
    kept = await keeper.hash("pässword", "a")
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=1$")
    assert await keeper.verify(kept, "pässword")
    for wrong in ("password", "", "pässword ", "PÄSSWORD"):
        assert not await keeper.verify(kept, wrong)
    assert not await keeper.verify("damaged", "pässword")
    assert await keeper.hash("pässword", "a") != kept, "salted"
    keeper.close()


async def test_the_loop_goes_on_meanwhile() -> None:
    keeper = Passwords()
    hashing = asyncio.create_task(keeper.hash("x", "a"))
    turns = 0
    while not hashing.done():
        await asyncio.sleep(0.001)
        turns += 1
    assert turns > 5
    keeper.close()


async def test_not_too_many_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_MOST_WAITING", 2)
    keeper = Passwords()
    outcomes = await asyncio.gather(*(keeper.hash("x", of) for of in "aabb"), return_exceptions=True)
    assert [isinstance(outcome, Overloaded) for outcome in outcomes] == [False, False, True, True]
    assert await keeper.hash("x", "a")
    keeper.close()


async def test_one_address_does_not_have_the_queue_to_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_MOST_OF_ONE", 2)
    keeper = Passwords()
    outcomes = await asyncio.gather(*(keeper.hash("x", of) for of in "aaaab"), return_exceptions=True)
    assert [isinstance(outcome, RateLimited) for outcome in outcomes] == [False, False, True, True, False]
    assert await keeper.hash("x", "a")
    keeper.close()


async def test_a_turn_is_nobody_elses() -> None:
    keeper = Passwords()
    said: list[str] = []

    async def take(of: str) -> None:
        async with keeper.turn(of):
            said.append(of)
            await keeper.verify("damaged", "x")
            await asyncio.sleep(0)
            said.append(of)

    await asyncio.gather(*map(take, "abc"))
    assert said == list("aabbcc")
    keeper.close()


def test_a_mark_changes_with_the_password() -> None:
    assert mark_of(None) == ""
    assert mark_of("a") == mark_of("a") != mark_of("b")
