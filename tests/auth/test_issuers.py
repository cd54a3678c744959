"""Tokens that others signed: what is taken, a table of what is not, and published keys (FAULTS §4 row 35)."""

from __future__ import annotations

import asyncio
from typing import Any

import jwt
import pytest

from collab.auth import Access, Authority, Purpose, Role
from collab.auth.issuers import AGAIN, FRESH, STALE, Issuers, Published
from collab.auth.keyring import read_pem
from collab.errors import Unauthenticated
from collab.storage.access.memory import MemoryAccessStore
from collab.storage.memory import MemoryStore
from tests.auth.forge import NOW, SECRET, claims, encode, forge
from tests.auth.keys import EC, ED, ISSUER, OTHERS, PRIVATE, RSA, jwk, jwks, pem, sign

AUTHORITY = Authority(SECRET, issuer=ISSUER, clock=lambda: NOW)


def access_with(published: Published | None = None, keys: bytes = b"", authority: Authority = AUTHORITY) -> Access:
    issuers = Issuers(authority, read_pem(keys) if keys else (), published)
    return Access(MemoryAccessStore(MemoryStore()), authority, issuers)


@pytest.fixture
def access() -> Access:
    return access_with(keys=pem(RSA) + pem(EC) + pem(ED))


@pytest.mark.parametrize("algorithm", PRIVATE)
@pytest.mark.parametrize("changed", [{}, {"aud": ["collab", "wiki"]}], ids=str)
async def test_what_is_taken(access: Access, algorithm: str, changed: dict[str, Any]) -> None:
    principal = await access.identify(sign(algorithm, **changed))
    assert (principal.subject, principal.token_id) == ("alice", "t1")
    assert principal.role_for("notes/a") is Role.EDITOR
    assert (await access.identify(forge(claims(iss=ISSUER)))).subject == "alice", "and our own as ever"


def confused(key: Any) -> str:
    """HS256 with the public key for its secret; PyJWT will not make it, so it is made by hand."""
    return forge(secret=pem(key).decode())


FORGERIES: dict[str, tuple[str, str]] = {
    **{f"{name} of another": (sign(name, OTHERS[name]), "signed") for name in PRIVATE},
    "HS256 with the public key": (confused(RSA), "signed"),
    "HS256 with the public EC key": (confused(EC), "signed"),
    "RS256 signed, called ES256": (
        ".".join([encode('{"alg":"ES256","typ":"JWT"}'), *sign("RS256").split(".")[1:]]),
        "signed",
    ),
    "RS512": (jwt.encode({"sub": "a"}, RSA, algorithm="RS512"), "signed"),
    "PS256": (jwt.encode({"sub": "a"}, RSA, algorithm="PS256"), "signed"),
    "alg none": (forge(header={"alg": "none"}).rpartition(".")[0] + ".", "signed"),
    "no signature": (sign("RS256").rpartition(".")[0] + ".", "signed"),
    "an empty ES256 signature": (sign("ES256").rpartition(".")[0] + "." + encode(bytes(64)), "signed"),
    "a key of its own": (
        sign("RS256", OTHERS["RS256"], headers={"jwk": jwk("RS256")}),
        "signed",
    ),
    "a key elsewhere": (sign("RS256", OTHERS["RS256"], headers={"jku": "http://127.0.0.1:1/keys"}), "signed"),
    "a certificate elsewhere": (sign("RS256", OTHERS["RS256"], headers={"x5u": "http://127.0.0.1:1/x"}), "signed"),
    "kid that is a path": (sign("RS256", OTHERS["RS256"], headers={"kid": "../../../dev/null"}), "signed"),
    "crit unknown": (sign("RS256", headers={"crit": ["b64"], "b64": True}), "not a JWT"),
    "aud of another service": (sign("RS256", aud="wiki"), "audience"),
    "aud of a session": (sign("RS256", aud="collab/session"), "audience"),
    "aud missing": (sign("RS256", aud=...), "audience"),
    "aud a dict": (sign("RS256", aud={"collab": 1}), "audience"),
    "iss of another": (sign("RS256", iss="https://evil.example"), "issuer"),
    "iss missing": (sign("RS256", iss=...), "issuer"),
    "iss almost": (sign("EdDSA", iss=ISSUER + "/"), "issuer"),
    "expired": (sign("ES256", exp=NOW - 11), "expired"),
    "not before": (sign("ES256", nbf=NOW + 11), "not valid yet"),
    "no exp": (sign("ES256", exp=...), "exp is not a time"),
    "a guest": (sign("EdDSA", sub="guest:aaaaaaaaaaaaaaaa:0", share="aaaaaaaaaaaaaaaa"), "only this server"),
    "a guest's subject": (sign("EdDSA", sub="guest:aaaaaaaaaaaaaaaa:0"), "only this server"),
    "the owner's subject": (sign("EdDSA", sub="owner"), "owner link"),
    "the owner's subject, with all that is the owner's": (
        sign("EdDSA", sub="owner", grants=[{"document": "**", "role": "owner"}]),
        "owner link",
    ),
    "a key's subject": (sign("EdDSA", sub="key:aaaaaaaaaaaaaaaa"), "only this server"),
    "oversized": (sign("RS256", padding="x" * 8192), "longer than 8192"),
}


@pytest.mark.parametrize("kind", FORGERIES)
async def test_forgeries(access: Access, kind: str) -> None:
    token, says = FORGERIES[kind]
    with pytest.raises(Unauthenticated, match=says):
        await access.identify(token)


@pytest.mark.parametrize("purpose", [Purpose.SESSION, Purpose.CODE, Purpose.PASS])
async def test_others_sign_tokens_only(access: Access, purpose: Purpose) -> None:
    with pytest.raises(Unauthenticated):
        await access.identify(sign("RS256", aud=purpose.value), purpose)


async def test_without_keys_nobody_elses_token_is_good() -> None:
    access = Access(MemoryAccessStore(MemoryStore()), AUTHORITY)
    for algorithm in PRIVATE:
        with pytest.raises(Unauthenticated, match="signed"):
            await access.identify(sign(algorithm))


async def test_an_issuer_is_asked_for_where_one_is_set() -> None:
    access = access_with(keys=pem(RSA), authority=Authority(SECRET, clock=lambda: NOW))
    assert (await access.identify(sign("RS256", iss=...))).subject == "alice"


async def test_an_audience_of_ones_own_is_asked_for_instead() -> None:
    access = access_with(keys=pem(RSA), authority=Authority(SECRET, audience="docs", clock=lambda: NOW))
    assert (await access.identify(sign("RS256", aud="docs"))).subject == "alice"
    for audience in ("collab", ..., ["collab", "wiki"]):
        with pytest.raises(Unauthenticated, match="audience"):
            await access.identify(sign("RS256", aud=audience))


# ---- published keys -------------------------------------------------------------------------------------------------


class Provider:
    """Publishes keys, on a clock of its own."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.served = jwks(jwk("RS256", "one"))
        self.fetches = 0
        self.fails = False
        self.open = asyncio.Event()
        self.open.set()
        self.published = Published(self.fetch, lambda: self.now)
        self.access = access_with(self.published)

    async def fetch(self) -> bytes:
        self.fetches += 1
        await self.open.wait()
        if self.fails:
            raise OSError("no route")
        return self.served

    async def takes(self, algorithm: str, kid: str | None) -> bool:
        headers = None if kid is None else {"kid": kid}
        try:
            await self.access.identify(sign(algorithm, headers=headers))
        except Unauthenticated:
            return False
        return True


@pytest.fixture
def provider() -> Provider:
    return Provider()


async def test_keys_are_fetched_once(provider: Provider) -> None:
    assert await provider.takes("RS256", "one")
    assert await provider.takes("RS256", "one")
    assert await provider.takes("RS256", None)
    assert provider.fetches == 1


async def test_many_at_once_fetch_once(provider: Provider) -> None:
    provider.open.clear()
    asking = [asyncio.create_task(provider.takes("RS256", "one")) for _ in range(20)]
    await asyncio.sleep(0.01)
    provider.open.set()
    assert all(await asyncio.gather(*asking))
    assert provider.fetches == 1


async def test_an_unknown_key_is_looked_for_now_and_then(provider: Provider) -> None:
    assert await provider.takes("RS256", "one")
    provider.served = jwks(jwk("RS256", "one"), jwk("ES256", "two"))
    for _ in range(5):
        assert not await provider.takes("ES256", "two")
    assert provider.fetches == 1, "it was fetched a moment ago"
    provider.now += AGAIN
    assert await provider.takes("ES256", "two")
    for number in range(20):
        assert not await provider.takes("ES256", f"nonsense {number}")
    assert provider.fetches == 2


async def test_a_key_that_is_not_published_any_more_is_not_believed(provider: Provider) -> None:
    assert await provider.takes("RS256", "one")
    provider.served = jwks(jwk("ES256", "two"))
    provider.now += FRESH + 1
    await provider.takes("RS256", "one")  # nobody waits for the renewal
    await asyncio.sleep(0.01)
    assert not await provider.takes("RS256", "one")


async def test_an_outage_is_survived_for_a_day(provider: Provider) -> None:
    assert await provider.takes("RS256", "one")
    provider.fails = True
    provider.now += STALE - 1
    assert await provider.takes("RS256", "one")
    await asyncio.sleep(0.01)
    provider.now += 2
    assert not await provider.takes("RS256", "one")
    provider.fails = False
    provider.now += AGAIN
    assert await provider.takes("RS256", "one")


async def test_an_outage_at_the_start_is_survived(provider: Provider) -> None:
    provider.fails = True
    assert not await provider.takes("RS256", "one")
    assert not await provider.takes("RS256", "one")
    assert provider.fetches == 1
    provider.fails = False
    provider.now += AGAIN
    assert await provider.takes("RS256", "one")


async def test_nonsense_instead_of_keys_changes_nothing(provider: Provider) -> None:
    assert await provider.takes("RS256", "one")
    provider.served = b"<html>"
    provider.now += FRESH + 1
    assert await provider.takes("RS256", "one")
    await asyncio.sleep(0.01)
    assert await provider.takes("RS256", "one")


async def test_secrets_are_changed_without_a_break() -> None:
    old, new = Authority(SECRET, clock=lambda: NOW), "a new secret, as long as a secret has to be"
    both = Authority(new, accepted=[SECRET], clock=lambda: NOW)
    assert both.verify(old.issue("a", "A", (), lifetime=60)).subject == "a"
    made = both.issue("a", "A", (), lifetime=60)
    assert both.verify(made).subject == "a"
    with pytest.raises(Unauthenticated, match="signed"):
        old.verify(made)
    with pytest.raises(Unauthenticated, match="signed"):
        Authority(new, clock=lambda: NOW).verify(old.issue("a", "A", (), lifetime=60))
