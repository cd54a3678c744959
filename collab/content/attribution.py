"""Who wrote which clocks, and who deleted which: as history tells it, to be asked of items."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from collab.content.items import Item
from collab.crdt import Span

_LAST = 253_402_300_799_999
"""The last millisecond of the year 9999; a damaged row may say a later one."""


class Share(NamedTuple):
    """What somebody did to a range of clocks, and when, in milliseconds since 1970. Nobody is None: a clean-up."""

    client: int
    start: int
    end: int
    subject: str | None
    time: int


class Deed(NamedTuple):
    """Who did something, and when; None where it is not known."""

    subject: str | None = None
    time: int | None = None

    @property
    def moment(self) -> str | None:
        """The time as RFC 3339 says it."""
        if self.time is None:
            return None
        seconds, rest = divmod(min(max(self.time, 0), _LAST), 1000)
        moment = datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest * 1000)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


UNKNOWN = Deed()


class Attribution:
    """Answers who wrote an item and who deleted it. Shares of one kind do not overlap."""

    def __init__(self, written: Iterable[Share] = (), deleted: Iterable[Share] = ()) -> None:
        self._written = _by_client(written)
        self._deleted = _by_client(deleted)

    def spans(self) -> Iterator[Span]:
        """All ranges; whoever asks about an item has cut it at their ends."""
        for shares in (*self._written.values(), *self._deleted.values()):
            for share in shares:
                yield share.client, share.start, share.end

    def author(self, item: Item) -> Deed:
        """Who wrote an item."""
        return _find(self._written, item)

    def remover(self, item: Item) -> Deed:
        """Who deleted an item by name."""
        return _find(self._deleted, item)


def _by_client(shares: Iterable[Share]) -> dict[int, list[Share]]:
    found: dict[int, list[Share]] = {}
    for share in shares:
        found.setdefault(share.client, []).append(share)
    for each in found.values():
        each.sort(key=lambda share: share.start)
    return found


def _find(shares: dict[int, list[Share]], item: Item) -> Deed:
    client, clock = item.id
    theirs = shares.get(client)
    if theirs is None:
        return UNKNOWN
    index = bisect_right(theirs, clock, key=lambda share: share.start) - 1
    if index < 0 or theirs[index].end <= clock:
        return UNKNOWN
    return Deed(theirs[index].subject, theirs[index].time)
