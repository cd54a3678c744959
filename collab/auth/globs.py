"""Globs over document names: ``*`` within one ``/`` segment, ``**`` anything, nothing else special, case matters.

A glob is run as a non-deterministic automaton whose states are bits of one integer: bit *i* is set while the first
*i* parts of the glob can have matched what was read so far. A character moves all states at once, so a name costs its
length, whatever the glob: there is no backtracking that a hostile glob could make explode.

    read a character c:   states = (states ∧ takes[c]) ≪ 1  ∨  (states ∧ stays[c])
    a star may be empty:  states = states ∨ (states ∧ stars) ≪ 1

One shift does for the second line, since no two stars are neighbours: a run of two or more is ``**``.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Self

from collab.errors import InvalidRequest

MAX_GLOB_BYTES = 1024
_PARTS = re.compile(r"\*+|[^*]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Glob:
    """A parsed glob. Equal when written equal; ``str()`` gives it back as written."""

    pattern: str
    _takes: dict[str, int] = field(repr=False, compare=False)
    _within: int = field(repr=False, compare=False)
    """The states at a ``*``."""
    _across: int = field(repr=False, compare=False)
    """The states at a ``**``."""
    _end: int = field(repr=False, compare=False)

    @classmethod
    def parse(cls, pattern: str) -> Self:
        """Raises InvalidRequest when it is empty, not NFC (it could match no name), or above 1,024 bytes of UTF-8."""
        if not pattern:
            raise InvalidRequest("a document glob is not empty")
        if len(pattern) > MAX_GLOB_BYTES or len(pattern.encode(errors="replace")) > MAX_GLOB_BYTES:
            raise InvalidRequest(f"a document glob has at most {MAX_GLOB_BYTES} bytes")
        if not unicodedata.is_normalized("NFC", pattern):
            raise InvalidRequest("a document glob is written in Unicode's normal form C")
        takes: dict[str, int] = {}
        within = across = 0
        state = 1
        for part in _PARTS.findall(pattern):
            if part == "*":
                within |= state
            elif part.startswith("*"):
                across |= state
            else:
                takes[part] = takes.get(part, 0) | state
            state <<= 1
        return cls(pattern, takes, within, across, state)

    @property
    def prefix(self) -> str:
        """What every name begins with that is matched; may be empty."""
        return self.pattern.partition("*")[0]

    @property
    def is_prefix(self) -> bool:
        """Whether every name that begins so is matched."""
        stars = self.pattern.removeprefix(self.prefix)
        return len(stars) > 1 and not stars.strip("*")

    def matches(self, name: str) -> bool:
        """Whether the whole of ``name`` is matched."""
        stars = self._within | self._across
        states = 1 | (1 & stars) << 1
        for character in name:
            stays = self._across if character == "/" else stars
            states = (states & self._takes.get(character, 0)) << 1 | states & stays
            if not states:
                return False
            states |= (states & stars) << 1
        return bool(states & self._end)

    def __str__(self) -> str:
        return self.pattern
