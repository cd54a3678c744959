"""Credentials: random, found by their id, compared by a digest."""

from __future__ import annotations

import pytest

from collab.auth import Credential


def test_a_credential_comes_back_from_its_text() -> None:
    made = Credential.make()
    assert Credential.parse(made.text) == made
    assert made.matches(made.digest)
    assert made.secret not in repr(made)
    assert len({Credential.make().text for _ in range(100)}) == 100
    assert len(made.secret) == 32, "192 bits"


def test_another_is_another() -> None:
    made, other = Credential.make(), Credential.make()
    assert not made.matches(other.digest)
    assert not made.matches(None)
    assert not made.matches(bytes(32))
    assert not made.matches(b"")


@pytest.mark.parametrize("text", ["", "a", "A" * 48, "a" * 16 + "é" * 32, "a" * 49, "a" * 16 + "A" * 31 + "\n"])
def test_what_is_none(text: str) -> None:
    assert Credential.parse(text) is None


def test_a_key_is_its_id_and_its_secret() -> None:
    made = Credential.make()
    assert Credential.parse_key(f"{made.id}:{made.secret}") == made
    for text in (made.text, f"{made.id[:8]}:{made.id[8:]}{made.secret}", f":{made.text}", f"{made.id}:", ":", ""):
        assert Credential.parse_key(text) is None
