"""Under which address a request is counted, where proxies stand in between."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from collab.auth.forwarders import HERE, client_address

TRUSTED = [ip_network("10.0.0.0/8"), ip_network("fd00::/8"), ip_network("127.0.0.1")]


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("203.0.113.7", [], "203.0.113.7"),
        ("203.0.113.7", ["198.51.100.1"], "203.0.113.7"),  # whoever is not trusted may write what they like
        ("10.1.2.3", ["198.51.100.1"], "198.51.100.1"),
        ("10.1.2.3", ["6.6.6.6, 198.51.100.1"], "198.51.100.1"),  # the first one is the client's own word
        ("10.1.2.3", ["6.6.6.6", "198.51.100.1"], "198.51.100.1"),
        ("10.1.2.3", ["198.51.100.1, 10.9.9.9"], "198.51.100.1"),  # two proxies of ours
        ("10.1.2.3", ["10.9.9.9"], "10.9.9.9"),
        ("10.1.2.3", ["6.6.6.6, nonsense"], "10.1.2.3"),
        ("10.1.2.3", [""], "10.1.2.3"),
        ("::ffff:10.1.2.3", ["[2001:db8::1]"], "2001:db8::/64"),
        ("fd00::1", ["198.51.100.1"], "198.51.100.1"),
        ("127.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("127.0.0.1", ["nonsense"], "127.0.0.1"),
        (None, ["198.51.100.1"], HERE),
        ("", [], HERE),
    ],
)
def test_the_list_is_read_from_its_end(peer: str | None, forwarded: list[str], address: str) -> None:
    assert client_address(peer, forwarded, TRUSTED) == address


def test_nobody_is_trusted_unless_named() -> None:
    assert client_address("10.1.2.3", ["198.51.100.1"], ()) == "10.1.2.3"


def test_a_household_is_one_address() -> None:
    one, other, elsewhere = (client_address(peer, [], ()) for peer in ("2001:db8::4", "2001:db8::5:6", "2001:db8:1::4"))
    assert one == other != elsewhere


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
def test_this_machine_is_not_limited(peer: str) -> None:
    assert client_address(peer, [], TRUSTED) == HERE
    assert client_address(peer, [], ()) == HERE


@pytest.mark.parametrize(
    "claimed", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "10.0.0.2, 127.0.0.1", "127.0.0.1, 127.0.0.1"]
)
@pytest.mark.parametrize("peer", ["10.1.2.3", "127.0.0.1", "198.51.100.1"])
def test_nobody_becomes_this_machine_by_saying_so(peer: str, claimed: str) -> None:
    """Not through a proxy either that is on this machine, be it named or not."""
    for trusted in (TRUSTED, [], [ip_network("10.0.0.0/8")]):
        assert client_address(peer, [claimed], trusted) != HERE
