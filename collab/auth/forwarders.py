"""Which address a request comes from, where proxies stand in between: the rule, apart from any socket.

Each proxy adds to ``X-Forwarded-For`` whom it heard. So the list is read from its end, as long as whoever added an entry is
trusted; what stands before that anybody may have written.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Network = IPv4Network | IPv6Network


def client_address(peer: str | None, forwarded: Sequence[str], trusted: Iterable[Network]) -> str:
    """The address that is responsible; "" for who comes over a local socket. ``forwarded``: every such header, in order."""
    address = _parse(peer or "")
    if address is None:
        return ""
    networks = tuple(trusted)
    chain = [entry for header in forwarded for entry in header.split(",")]
    while chain and any(_is_in(address, network) for network in networks):
        before = _parse(chain.pop().strip())
        if before is None:
            break
        address = before
    return str(address)


def is_here(address: str) -> bool:
    """Whether it is this machine: a proxy that is not named as one, or a tool; that is nobody to be held to a limit."""
    parsed = _parse(address)
    return parsed is None or parsed.is_loopback


def limited_as(address: str) -> str:
    """Under what an address is counted: one household's share of IPv6 is as one address of IPv4."""
    parsed = _parse(address)
    return str(IPv6Network((parsed, 64), strict=False)) if isinstance(parsed, IPv6Address) else address


def _parse(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.removeprefix("[").removesuffix("]"))
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _is_in(address: IPv4Address | IPv6Address, network: Network) -> bool:
    return address.version == network.version and address in network
