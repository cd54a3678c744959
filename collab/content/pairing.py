"""Bringing a block that went together with one that came in its place.

An editor may replace a block where its user only changed it: when a paragraph becomes a heading, or is moved. BlockNote's
blocks have an id that tells. Others are held against each other by what they say, between two blocks that stayed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from difflib import SequenceMatcher
from typing import NamedTuple

from collab.content.changes import Block, Change, Piece
from collab.content.runs import joined

_ALIKE = 0.6
"""How much of two blocks must be the same, from 0 to 1."""

_MOST_PAIRS = 400
"""Pairs of blocks that are held against each other in one gap; a larger gap is one thing put in another's place."""

_SHORT = 100
"""Letters up to which blocks are held against each other letter by letter; longer ones word by word."""

_MOST_WORDS = 2_000
"""Words of a block up to which it is compared word by word."""

_BUDGET = 16_000_000
"""Comparisons of a word with a word that one call may make, about a second. What is beyond that is one thing put in
another's place: a page that was wholly rewritten would take minutes otherwise, and say no more."""

_MERGING = 3
"""What a comparison costs where words are brought together: spaces are words there, and all alike."""

_UNSPACED = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af\u0e00-\u0eff"
"""Kana, Han, Hangul, Thai and Lao: written without spaces, or in long words, so each letter stands for itself."""

_SAID = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+|[^\w\s]")
_WORD = re.compile(rf"{_SAID.pattern}|\s+")


def pair(blocks: list[Block]) -> list[Block]:
    """The same blocks, in their order, those that belong together as one in the place of the later."""
    budget = _Budget(_BUDGET)
    return _paired_by_words(_paired_by_id(blocks, budget), budget)


class _Budget:
    """What is left of it."""

    def __init__(self, left: int) -> None:
        self._left = left

    def affords(self, cost: int) -> bool:
        """Take so much, if there is so much."""
        if cost > self._left:
            return False
        self._left -= cost
        return True


class _Said(NamedTuple):
    """What a block says."""

    text: str
    words: list[str]

    @classmethod
    def by(cls, block: Block) -> _Said:
        """Of all that stands in it."""
        text = "".join(piece.text for piece in block.pieces)
        return cls(text, _SAID.findall(text))


def _paired_by_id(blocks: list[Block], budget: _Budget) -> list[Block]:
    gone = {block.id: place for place, block in enumerate(blocks) if block.id and block.change is Change.REMOVED}
    partners: dict[int, int] = {}
    for place, block in enumerate(blocks):
        if block.change is Change.ADDED and block.id in gone:
            partners[place] = gone.pop(block.id)
    taken = set(partners.values())
    return [
        _one(blocks[partners[place]], block, budget) if place in partners else block
        for place, block in enumerate(blocks)
        if place not in taken
    ]


def _paired_by_words(blocks: list[Block], budget: _Budget) -> list[Block]:
    found: list[Block] = []
    gap: list[Block] = []
    for block in blocks:
        if block.change in (Change.ADDED, Change.REMOVED):
            gap.append(block)
        else:
            found += _paired_in_gap(gap, budget)
            found.append(block)
            gap = []
    return found + _paired_in_gap(gap, budget)


def _paired_in_gap(gap: list[Block], budget: _Budget) -> list[Block]:
    gone = [block for block in gap if block.change is Change.REMOVED]
    come = [block for block in gap if block.change is Change.ADDED]
    if not gone or not come or len(gone) * len(come) > _MOST_PAIRS:
        return gap
    found: list[Block] = []
    met = False
    said = [_Said.by(block) for block in gone]
    for block in come:
        new = _Said.by(block)
        partner = next((place for place, old in enumerate(said) if _is_like(old, new, budget)), None)
        if partner is None:
            found.append(block)
            continue
        met = True
        found += [*gone[:partner], _one(gone[partner], block, budget)]
        gone, said = gone[partner + 1 :], said[partner + 1 :]
    return found + gone if met else gap


def _is_like(old: _Said, new: _Said, budget: _Budget) -> bool:
    if not old.text or old.text == new.text:
        return bool(old.text)
    is_short = max(len(old.text), len(new.text)) <= _SHORT
    one, other = (old.text, new.text) if is_short else (old.words, new.words)
    if not budget.affords(len(one) + len(other)):
        return False
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return (
        matcher.real_quick_ratio() >= _ALIKE
        and matcher.quick_ratio() >= _ALIKE
        and budget.affords(len(one) * len(other))
        and matcher.ratio() >= _ALIKE
    )


def _one(old: Block, new: Block, budget: _Budget) -> Block:
    """Two blocks as one that changed."""
    return Block(old.before, new.after, new.id or old.id, joined(_merged(old.pieces, new.pieces, budget)))


def _merged(old: list[Piece], new: list[Piece], budget: _Budget) -> Iterator[Piece]:
    """The pieces of two blocks, word by word."""
    one, other = list(_by_word(old)), list(_by_word(new))
    if max(len(one), len(other)) > _MOST_WORDS or not budget.affords(_MERGING * len(one) * len(other)):
        yield from old
        yield from new
        return
    keys = [[(piece.text, repr(piece.embed)) for piece in pieces] for pieces in (one, other)]
    for tag, from_, to, start, end in SequenceMatcher(a=keys[0], b=keys[1], autojunk=False).get_opcodes():
        if tag != "equal":
            yield from one[from_:to]
            yield from other[start:end]
            continue
        for before, after in zip(one[from_:to], other[start:end], strict=True):
            if before.marks == after.marks:
                yield Piece(after.text, Change.SAME, after.marks, embed=after.embed)
            else:
                yield replace(after, change=Change.CHANGED, before=before.marks)


def _by_word(pieces: list[Piece]) -> Iterator[Piece]:
    for piece in pieces:
        if piece.embed is not None:
            yield piece
        for word in _WORD.findall(piece.text):
            yield replace(piece, text=word)
