"""Bringing a block that went together with one that came in its place.

An editor may replace a block where its user only changed it: when a paragraph becomes a heading, or is moved. BlockNote's
blocks have an id that tells. Others are held against each other by what they say, between two blocks that stayed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from difflib import SequenceMatcher

from collab.content.changes import Block, Change, Piece
from collab.content.runs import joined

_ALIKE = 0.6
"""How much of two blocks must be the same, from 0 to 1."""

_MOST_PAIRS = 400
"""Pairs of blocks that are held against each other in one gap; a larger gap is one thing put in another's place."""

_LONGEST = 4_000
"""Letters up to which blocks are compared to find out how alike they are."""

_MOST_WORDS = 2_000
"""Words of a block up to which it is compared word by word."""

_WORD = re.compile(r"\w+|\s+|[^\w\s]")


def pair(blocks: list[Block]) -> list[Block]:
    """The same blocks, in their order, those that belong together as one in the place of the later."""
    return _paired_by_words(_paired_by_id(blocks))


def _paired_by_id(blocks: list[Block]) -> list[Block]:
    gone = {block.id: place for place, block in enumerate(blocks) if block.id and block.change is Change.REMOVED}
    partners: dict[int, int] = {}
    for place, block in enumerate(blocks):
        if block.change is Change.ADDED and block.id in gone:
            partners[place] = gone.pop(block.id)
    taken = set(partners.values())
    return [
        _one(blocks[partners[place]], block) if place in partners else block
        for place, block in enumerate(blocks)
        if place not in taken
    ]


def _paired_by_words(blocks: list[Block]) -> list[Block]:
    found: list[Block] = []
    gap: list[Block] = []
    for block in blocks:
        if block.change in (Change.ADDED, Change.REMOVED):
            gap.append(block)
        else:
            found += _paired_in_gap(gap)
            found.append(block)
            gap = []
    return found + _paired_in_gap(gap)


def _paired_in_gap(gap: list[Block]) -> list[Block]:
    gone = [block for block in gap if block.change is Change.REMOVED]
    come = [block for block in gap if block.change is Change.ADDED]
    if not gone or not come or len(gone) * len(come) > _MOST_PAIRS:
        return gap
    found: list[Block] = []
    met = False
    for block in come:
        partner = next((place for place, old in enumerate(gone) if _is_like(old, block)), None)
        if partner is None:
            found.append(block)
            continue
        met = True
        found += [*gone[:partner], _one(gone[partner], block)]
        gone = gone[partner + 1 :]
    return found + gone if met else gap


def _is_like(old: Block, new: Block) -> bool:
    one, other = _words(old), _words(new)
    if not one or not other or max(len(one), len(other)) > _LONGEST:
        return one == other and bool(one)
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return matcher.real_quick_ratio() >= _ALIKE and matcher.quick_ratio() >= _ALIKE and matcher.ratio() >= _ALIKE


def _words(block: Block) -> str:
    return "".join(piece.text for piece in block.pieces)


def _one(old: Block, new: Block) -> Block:
    """Two blocks as one that changed."""
    return Block(old.before, new.after, new.id or old.id, joined(_merged(old.pieces, new.pieces)))


def _merged(old: list[Piece], new: list[Piece]) -> Iterator[Piece]:
    """The pieces of two blocks, word by word."""
    one, other = list(_by_word(old)), list(_by_word(new))
    if max(len(one), len(other)) > _MOST_WORDS:
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
