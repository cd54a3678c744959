"""How much one address, and one subject, may ask for: connections, messages, requests, and tokens that are not good.

An office behind one address is many people, so the allowances are wide: they bound what a broken or hostile client costs,
and nobody notices them otherwise. What is too much passes, so whoever is refused is told to come again later. Who brings a
good token is never refused for the bad ones of a neighbour. This machine itself is not limited (see ``forwarders``).
"""

from __future__ import annotations

from collections.abc import Callable

from collab.auth.allowances import BURST, Allowance
from collab.auth.crowds import Crowd, Crowds
from collab.auth.forwarders import HERE
from collab.config import Protection
from collab.errors import RateLimited, TooMany, Unauthenticated

MOST_TOLD = 100
"""Sockets above a limit, of an address or of all, that are opened all the same, to be told so before they are closed: others
are not even opened. They take no place of those that are let in."""

_MOST_SUBJECTS = 100
"""Subjects that may be let in on one socket, one after the other or at once."""


class Visitor:
    """A socket from this machine, which nothing is asked of."""

    address = HERE
    refusal: RateLimited | None = None
    """Why it is not to be let in, where it was one too many from the beginning."""

    def known_as(self, subject: str) -> None:
        """Somebody was let in on it. Raises TooMany, RateLimited, and then it does not count for them."""

    def spoke(self, messages: int = 1) -> float:  # noqa: ARG002 - this machine may say what it likes
        """A message has come, or what counts as several: seconds it is to wait before it is looked at."""
        return 0.0

    def gone(self) -> None:
        """The socket is closed."""


class CountedVisitor(Visitor):
    """A socket from elsewhere."""

    def __init__(self, address: str, connections: Allowance, addresses: Crowds, subjects: Crowds) -> None:
        """Raises RateLimited where ``addresses`` have no place for it."""
        self.address = address
        self._connections = connections
        self._addresses = addresses
        self._subjects = subjects
        self._from = addresses.join(address)
        self._as: dict[str, Crowd] = {}

    def known_as(self, subject: str) -> None:
        """It counts for this subject, too. Raises TooMany, RateLimited."""
        if subject in self._as:
            return
        if len(self._as) >= _MOST_SUBJECTS:
            raise TooMany(f"{_MOST_SUBJECTS} subjects on one socket, which is the limit", limit=_MOST_SUBJECTS)
        self._connections.take(f"subject {subject}")
        self._as[subject] = self._subjects.join(subject)

    def spoke(self, messages: int = 1) -> float:
        """A message of the address, and of everybody who was let in."""
        waits = self._from.spoke(messages)
        for crowd in self._as.values():
            waits = max(waits, crowd.spoke(messages))
        return waits

    def gone(self) -> None:
        """It counts for nobody any more."""
        self._addresses.leave(self._from)
        for crowd in self._as.values():
            self._subjects.leave(crowd)


class Guard:
    """The allowances of this server. ``clock`` is monotonic, in seconds."""

    def __init__(self, limits: Protection, clock: Callable[[], float]) -> None:
        def allow(setting: str, what: str) -> Allowance:
            rate: float = getattr(limits, setting)
            return Allowance(rate, rate * BURST, clock, what=what, setting=setting)

        def crowds(whose: str, what: str) -> Crowds:
            setting = f"max_connections_per_{whose}"
            most, rate = getattr(limits, setting), getattr(limits, f"message_rate_per_{whose}")
            return Crowds(most, rate, clock, what=what, setting=setting)

        self._connections = allow("connection_rate", "connections")
        self._requests = allow("request_rate", "requests")
        self._failures = allow("auth_failure_rate", "tokens from this address that are not good")
        self._addresses = crowds("address", "from this address")
        self._told = crowds("address", "from this address")
        self._told.most = MOST_TOLD
        self._subjects = crowds("subject", "of this subject")

    def connecting(self, address: str) -> Visitor:
        """A socket is being opened. It counts until it is gone; where it is refused, among those that have to be told so.

        Raises RateLimited where these are so many that another is not even opened.
        """
        if address == HERE:
            return Visitor()
        try:
            self._connections.take(address)
            return CountedVisitor(address, self._connections, self._addresses, self._subjects)
        except RateLimited as error:
            refusal = error
        try:
            visitor = CountedVisitor(address, self._connections, self._told, self._subjects)
        except RateLimited:
            raise refusal from None
        visitor.refusal = refusal
        return visitor

    def asking(self, address: str) -> None:
        """A request has come. Raises RateLimited."""
        if address != HERE:
            self._requests.take(address)

    def asking_as(self, subject: str, address: str) -> None:
        """Whose it is, is known now. Raises RateLimited."""
        if address != HERE:
            self._requests.take(f"subject {subject}")

    def failed(self, address: str, error: Unauthenticated) -> None:
        """A token was not good. Raises RateLimited after too many: that is what whoever brought it is told instead."""
        if address != HERE and error.tried:
            self._failures.take(address)
