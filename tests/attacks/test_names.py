"""Document names that want to be something else: each is a key and nothing more, and no two of them are one (row 39)."""

from __future__ import annotations

import unicodedata
from urllib.parse import quote

import pytest

from collab.protocol.messages import Authenticate, Denied, Step2, Update
from tests.attacks.clients import Client, YClient
from tests.attacks.wire import Refused
from tests.protocol.frames import vb
from tests.rooms.house import Writer
from tests.servers import Server

pytestmark = pytest.mark.asyncio(loop_scope="module")

KEYS = [
    "..",
    ".",
    "../collab",
    "../../etc/passwd",
    "/etc/passwd",
    "/",
    "//",
    "a/b",
    "a//b",
    "a/./b",
    "a/../b",
    "a\\b",
    "%2e",
    "%2e%2e%2f",
    "a%2Fb",
    "a%252Fb",
    "%00",
    "a?b",
    "a#b",
    "a b",
    " a",
    "a ",
    "A",
    "a",
    "ä",
    "Ω",
    "ﬁ",
    "ß",
    "ss",
    "İ",
    "\N{RIGHT-TO-LEFT OVERRIDE}abc",
    "\N{ZERO WIDTH SPACE}",
    "😀",
    "'; drop table documents; --",
    "<script>alert(1)</script>",
    "${jndi:ldap://x}",
    "COM1",
    "x" * 255,
    "é" * 127,
]
"""Names that are allowed: their documents are all different ones."""

DECOMPOSED = unicodedata.normalize("NFD", "ä")

REFUSED = {
    "decomposed": (DECOMPOSED.encode(), "normal form"),
    "Kelvin, which is the letter K": ("\N{KELVIN SIGN}".encode(), "normal form"),
    "NUL at its beginning": (b"\0session", "blank"),
    "a line": (b"a\nb", "control"),
    "delete": (b"a\x7fb", "control"),
    "a C1 control": ("a\x85b".encode(), "control"),
    "blank": (b"   ", "blank"),
    "not UTF-8": (b"a\xffb", "UTF-8"),
    "half a surrogate pair": (b"\xed\xa0\x80", "UTF-8"),
    "an overlong slash": (b"\xc0\xaf", "UTF-8"),
    "256 bytes": (b"x" * 256, "255"),
    "256 bytes of UTF-8": (("é" * 128).encode(), "255"),
}


async def test_every_name_is_a_document_of_its_own(server: Server) -> None:
    async with await Client.open(server) as alice:
        for number, key in enumerate(KEYS):
            await alice.enter(key, server.token("alice"))
            alice.edit(key, Writer(number + 1).type(f"document {number}"))
        for key in KEYS:
            await alice.until(lambda key=key: alice.acks(key) == 2)  # type: ignore[misc]
    async with await Client.open(server) as newcomer:
        for number, key in enumerate(KEYS):
            await newcomer.enter(key, server.token("newcomer", "**:viewer"))
            assert newcomer.sees(key) == f"document {number}", key


async def test_every_name_is_the_same_document_in_a_url(server: Server) -> None:
    keys = [f"in a url/{key}" for key in KEYS if len(key.encode()) < 240]
    async with await Client.open(server) as alice:
        for number, key in enumerate(keys):
            await alice.enter(key, server.token("alice"))
            alice.edit(key, Writer(number + 1).type(f"document {number}"))
            await alice.until(lambda key=key: alice.acks(key) == 2)  # type: ignore[misc]
            async with await YClient.join(server, quote(key, safe=""), server.token("bob", "**:viewer")) as bob:
                bob.say("", Update(b"\0\0"))
                bob.socket.send(b"\0\0\1\0")
                await bob.until(lambda bob=bob: bool(bob.all_of("", Step2)))  # type: ignore[misc]
                assert bob.sees("") == f"document {number}", key


@pytest.mark.parametrize(("key", "why"), REFUSED.values(), ids=REFUSED)
async def test_what_is_no_name_is_denied_with_the_reason(server: Server, key: bytes, why: str) -> None:
    async with await Client.open(server) as alice:
        alice.socket.send(vb(key) + b"\2\0" + vb(server.token("alice")))
        address = key.decode(errors="backslashreplace")
        await alice.until(lambda: bool(alice.all_of(address, Denied)))
        assert why in alice.all_of(address, Denied)[0].reason
    try:
        async with await YClient.join(server, quote(key, safe=""), server.token("alice")) as bob:
            closed = await bob.ended()
            assert closed.code == 4400
            if not key.startswith(b"\0"):
                assert why in bob.all_of("", Denied)[0].reason
    except Refused as refused:
        assert refused.status == 400  # noqa: PT017 - either is a refusal


async def test_a_name_of_a_megabyte_is_refused_before_any_work(server: Server) -> None:
    async with await Client.open(server) as alice:
        alice.socket.send(vb(b"x" * 10**6) + b"\2\0" + vb(server.token("alice")))
        closed = await alice.ended()
        assert (closed.code, "1024" in closed.reason) == (4400, True)
    with pytest.raises(Refused) as refused:
        await YClient.join(server, "x" * 2**20, server.token("alice"))
    assert 400 <= refused.value.status < 500


async def test_a_grant_for_one_folder_opens_no_other_by_a_detour(server: Server) -> None:
    token = server.token("alice", "mine/*:editor")
    async with await Client.open(server) as alice:
        for key in ("mine/../theirs", "mine/a/b", "mine/", "theirs", "Mine/a", "mine%2Fa", "mine", "/mine/a"):
            alice.say(key, Authenticate(token))
        alice.say("mine/..", Authenticate(token))
        alice.say("mine/a", Authenticate(token))
        await alice.until(lambda: len(alice.heard) == 10)
        assert {key for key, heard in alice.heard.items() if not isinstance(heard[0], Denied)} <= {
            "mine/..",
            "mine/a",
            "mine/",
        }
        assert isinstance(alice.heard["mine/../theirs"][0], Denied)
