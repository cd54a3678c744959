"""How much one address, and one subject, may ask for: connections, requests, and tokens that are not good.

An office behind one address is many people, so the allowances are wide: they bound what a broken or hostile client costs,
and nobody notices them otherwise. This machine itself is not limited (see ``forwarders``).
"""

from __future__ import annotations

from collections.abc import Callable

from collab.auth.allowances import Allowance
from collab.auth.forwarders import is_here, limited_as
from collab.config import Protection

BURST = 20
"""How many seconds' worth of each may come at once."""


class Guard:
    """The allowances of this server. ``clock`` is monotonic, in seconds."""

    def __init__(self, limits: Protection, clock: Callable[[], float]) -> None:
        def allow(setting: str, what: str) -> Allowance:
            rate: float = getattr(limits, setting)
            return Allowance(rate, rate * BURST, clock, what=what, setting=setting)

        self._connections = allow("connection_rate", "connections from this address")
        self._requests = allow("request_rate", "requests")
        self._failures = allow("auth_failure_rate", "tokens from this address that are not good")

    def connecting(self, address: str) -> None:
        """A socket is being opened. Raises TooMany."""
        if not is_here(address):
            self._connections.take(limited_as(address))

    def asking(self, address: str) -> None:
        """A request has come. Raises TooMany, also where too many tokens were not good."""
        if not is_here(address):
            self._requests.take(limited_as(address))
            self.trying(address)

    def asking_as(self, subject: str, address: str) -> None:
        """Whose it is, is known now. Raises TooMany."""
        if not is_here(address):
            self._requests.take(f"subject {subject}")

    def trying(self, address: str) -> None:
        """A token is about to be looked at. Raises TooMany."""
        if not is_here(address):
            self._failures.check(limited_as(address))

    def failed(self, address: str) -> None:
        """It was not good."""
        if not is_here(address):
            self._failures.charge(limited_as(address))
