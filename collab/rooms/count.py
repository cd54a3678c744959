"""Which frames a client counts as unsaved, so that it gets exactly as many receipts as it counts, and no light lies.

A Hocuspocus provider adds one for each Update it makes and takes one off for each receipt. With each Step1 it begins
anew, at one, which stands for the Step2 it will answer ours with. What it made offline waits in a queue that it sends in
one go on the first word from us, after its Step1: counted before, and not any more. So on the wire stand

    Step1   what was typed since   the queue   what was typed since   Step2   …
            counted                not         counted                counted: one receipt

- The Step2 that answers the Step1 we sent for its Step1 gets one receipt, one that answers another question none.
- An Update that its Step1 knew was queued: none. One that its Step1 did not know was typed since: one.
- An Update that came before our first word was typed since: the queue waits for that word.
- An Update that only deletes is in doubt: nothing in it tells when it was made.
- A provider that knows pings answers one right after it has sent its queue. From there on everything is counted.
- What stays in doubt gets its receipt when the client has been quiet and all else is saved: then a light that waits for
  it goes out, and one that does not has nothing left to take off. Not so in version 2, which counts on below nothing and
  would take a later edit for saved; it is known by nothing but that it knows no pings. There what is in doubt was most
  likely queued, and has no receipt: a light that waits for one nevertheless waits until the next connection.
"""

from __future__ import annotations

from collab.crdt import Limits, StateVector, parsing
from collab.protocol.messages import Step2, Update
from collab.rooms.breathe import breathe

QUIET = 5.0
"""Seconds without an edit after which the receipts in doubt are sent."""


class Count:
    """What one client counts. Times are of a monotonic clock, in seconds."""

    __slots__ = ("_asked", "_doubtful", "_is_flushed", "_quiet_since", "_said", "forgives", "generation", "is_unheard")

    def __init__(self) -> None:
        self.generation = 0
        """Goes up when the client begins anew: receipts of an earlier count are void."""
        self.forgives = True
        """A receipt too many does no harm: its counter stops at nothing."""
        self.is_unheard = False
        """What it says now it said before it heard a word of ours."""
        self._is_flushed = False  # whether it has sent what it had queued
        self._said: StateVector | None = None  # what its last Step1 knew, as long as that tells the queue apart
        self._asked: list[bool] = []  # our Step1s that are not answered; whether the answer is counted
        self._doubtful = 0  # frames of which it cannot be known
        self._quiet_since: float | None = None

    def begin(self, said: StateVector) -> None:
        """The client has sent its Step1, knowing ``said``."""
        self.generation += 1
        self._said = None if self._is_flushed else said
        self._doubtful = 0

    def ask(self, *, counted: bool) -> None:
        """We send our Step1; ``counted``: the client counts its answer."""
        self._asked.append(counted)

    @property
    def is_asked(self) -> bool:
        """Whether the client still has a Step1 of ours to answer."""
        return bool(self._asked)

    @property
    def said(self) -> StateVector | None:
        """What an Update has to be held against; None: every Update is counted."""
        return None if self.is_unheard else self._said

    def flushed(self) -> None:
        """The client has sent all that it had queued."""
        self._is_flushed = True
        self._said = None

    def answered(self) -> int:
        """A Step2 has come: how many receipts are due for it."""
        if self._asked and not self._asked.pop(0):
            return 0
        self._said = None
        return 1

    def updated(self, *, has_structs: bool, has_unsaid: bool) -> int:
        """An Update has come while there is something to hold it against: how many receipts are due for it.

        ``has_structs``: it does more than delete; ``has_unsaid``: some of its structs were not known to ``said``.
        """
        if has_unsaid:
            return 1
        if not has_structs:
            self._doubtful += 1
        return 0

    def heard(self) -> None:
        """The client is not quiet."""
        self._quiet_since = None

    def settle(self, now: float) -> int:
        """How many receipts in doubt are to be sent now that all else is saved."""
        if not self._doubtful or not self.forgives:
            return 0
        if self._quiet_since is None:
            self._quiet_since = now
        if now - self._quiet_since < QUIET:
            return 0
        due, self._doubtful = self._doubtful, 0
        return due


async def receipts_due(count: Count, message: Update | Step2, limits: Limits) -> int:
    """How many receipts are due for a frame of the client that ``count`` is of. Errors: ``MalformedUpdate``, ``TooLarge``."""
    if isinstance(message, Step2):
        return count.answered()
    said = count.said
    if said is None:
        return 1
    sections = (await breathe(parsing(message.update, limits=limits))).sections
    has_unsaid = any(structs[-1].end > said.get(client, 0) for client, structs in sections.items())
    return count.updated(has_structs=bool(sections), has_unsaid=has_unsaid)
