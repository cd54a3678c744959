"""Which address a request comes from, where proxies stand in between."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from collab.auth.forwarders import client_address, is_here, limited_as

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
        ("::ffff:10.1.2.3", ["[2001:db8::1]"], "2001:db8::1"),
        ("fd00::1", ["198.51.100.1"], "198.51.100.1"),
        (None, ["198.51.100.1"], ""),
        ("", [], ""),
    ],
)
def test_the_list_is_read_from_its_end(peer: str | None, forwarded: list[str], address: str) -> None:
    assert client_address(peer, forwarded, TRUSTED) == address


def test_nobody_is_trusted_unless_named() -> None:
    assert client_address("10.1.2.3", ["198.51.100.1"], ()) == "10.1.2.3"


def test_a_household_is_one_address() -> None:
    assert limited_as("2001:db8:1:2:3::4") == limited_as("2001:db8:1:2::ffff") != limited_as("2001:db8:1:3::")
    assert limited_as("203.0.113.7") == "203.0.113.7"


@pytest.mark.parametrize(("address", "here"), [("127.0.0.1", True), ("::1", True), ("", True), ("10.0.0.1", False)])
def test_this_machine_is_not_limited(address: str, here: bool) -> None:
    assert is_here(address) is here
