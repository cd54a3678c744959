"""Long documents, written by somebody who types: real Yjs updates, in the order they were made."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from pycrdt import Doc, Text

from collab.storage.base import Store
from tests.storage.samples import NOON, batch, change


@dataclass(frozen=True, slots=True)
class Writing:
    """A log, and what it comes to."""

    log: tuple[bytes, ...]
    text: str


class Typist:
    """Somebody who types in the text ``default``: mostly onwards, at times elsewhere, and takes some of it back."""

    def __init__(self, client: int = 1, *, seed: int = 1) -> None:
        self._chance = random.Random(seed)
        self._doc: Doc[Text] = Doc(client_id=client)
        self._text = self._doc.get("default", type=Text)
        self._made: list[bytes] = []
        self._heard = self._doc.observe(lambda event: self._made.append(event.update))
        self._at = 0
        self._length = 0

    def type(self, edits: int, *, piece: int = 1) -> Writing:
        """So many edits more, each of about ``piece`` letters; the log is of these alone, the text is all of it."""
        chance = self._chance
        self._made.clear()
        for _ in range(edits):
            if chance.random() < 0.02:
                self._at = chance.randint(0, self._length)
            if self._at > piece and chance.random() < 0.1:
                del self._text[self._at - piece : self._at]
                self._at -= piece
                self._length -= piece
            else:
                self._text.insert(self._at, "".join(chance.choices("abcdefgh ", k=piece)))
                self._at += piece
                self._length += piece
        return Writing(tuple(self._made), str(self._text))


def text_of(updates: Sequence[bytes]) -> str:
    """What someone reads who opens these updates."""
    doc: Doc[Text] = Doc()
    for update in updates:
        doc.apply_update(update)
    return str(doc.get("default", type=Text))


async def keep(
    store: Store,
    name: str,
    log: Sequence[bytes],
    *,
    each: int = 1,
    at_once: int = 5000,
    actor: str | None = "alice",
    time: int = NOON,
) -> None:
    """Append a log to a document, ``each`` so many updates as one change, ``at_once`` so many changes a commit."""
    made = [change(*log[start : start + each], actor=actor, time=time) for start in range(0, len(log), each)]
    for start in range(0, len(made), at_once):
        await store.append([batch(name, *made[start : start + at_once])])
