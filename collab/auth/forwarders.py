"""Under which address a request is counted, where proxies stand in between: the rule, apart from any socket.

Each proxy adds to ``X-Forwarded-For`` whom it heard. So the list is read from its end, as long as whoever added an entry is
trusted; what stands before that anybody may have written. This machine itself is nobody to be held to a limit; but only
where it connects for itself: an address that somebody passes on is one like any other, whatever it says.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Network = IPv4Network | IPv6Network


HERE = ""
"""Who comes from this machine, for itself."""


def client_address(peer: str | None, forwarded: Sequence[str], trusted: Iterable[Network]) -> str:
    """What the address that is responsible is counted as, or ``HERE``. ``forwarded``: every such header, in order.

    One household's share of IPv6, a /64, is as one address of IPv4.
    """
    address = _parse(peer or "")
    if address is None or (address.is_loopback and not forwarded):
        return HERE
    networks = tuple(trusted)
    chain = [entry for header in forwarded for entry in header.split(",")]
    while chain and any(_is_in(address, network) for network in networks):
        before = _parse(chain.pop().strip())
        if before is None:
            break
        address = before
    return str(IPv6Network((address, 64), strict=False) if isinstance(address, IPv6Address) else address)


def _parse(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.removeprefix("[").removesuffix("]"))
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _is_in(address: IPv4Address | IPv6Address, network: Network) -> bool:
    return address.version == network.version and address in network
