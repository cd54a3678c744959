"""Moments, and the four ways in which one is spelt where it is asked for.

17                         the state after the change of this number; 0 is the empty document before everything
2026-01-02T03:04:05Z       the last moment at or before a time (RFC 3339)
v-mfrggzdfmztwq2lk         the moment of a version
now                        the newest there is
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from collab.errors import InvalidRequest

VERSION_ID = re.compile(r"v-[a-z2-7]{16}")
_NUMBER = re.compile(r"[0-9]{1,15}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9:.]{8,19}([Zz]|[+-][0-9]{2}:[0-9]{2})")


@dataclass(frozen=True, slots=True)
class Moment:
    """The state of a document after a change."""

    number: int
    time: int
    """Of the change, in milliseconds since the epoch."""


@dataclass(frozen=True, slots=True)
class ByNumber:
    """The moment after a change."""

    number: int


@dataclass(frozen=True, slots=True)
class ByTime:
    """The last moment at or before a time, in milliseconds since the epoch."""

    time: int


@dataclass(frozen=True, slots=True)
class ByVersion:
    """The moment of a version."""

    id: str


@dataclass(frozen=True, slots=True)
class Now:
    """The newest moment."""


Spelling = ByNumber | ByTime | ByVersion | Now


def read_moment(text: str, where: str | None = None) -> Spelling:
    """What ``text`` spells. Raises ``InvalidRequest``; ``where`` says which part of the request it is."""
    if text == "now":
        return Now()
    if _NUMBER.fullmatch(text):
        return ByNumber(int(text))
    if VERSION_ID.fullmatch(text):
        return ByVersion(text)
    if _TIME.fullmatch(text):
        try:
            when = datetime.fromisoformat(text.upper())
            return ByTime(round((when - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1000))
        except (ValueError, OverflowError):
            pass
    raise InvalidRequest(
        "a moment is a number, a time as RFC 3339 spells it (2026-01-02T03:04:05Z), the id of a version, or `now`",
        where=where,
    )
