"""Blocks that belong together are found, in an order that can be read, and within bounds."""

from __future__ import annotations

import random
import time

from collab.content import pairing
from collab.content.changes import Block, Change, Form, Piece
from collab.content.pairing import pair

PARAGRAPH, HEADING = Form("paragraph", 0, {}), Form("heading", 0, {})


def gone(words: str, id_: str | None = None) -> Block:
    return Block(PARAGRAPH, None, id_, [Piece(words, Change.REMOVED, {})])


def come(words: str, id_: str | None = None, form: Form = PARAGRAPH) -> Block:
    return Block(None, form, id_, [Piece(words, Change.ADDED, {})])


def kept(words: str) -> Block:
    return Block(PARAGRAPH, PARAGRAPH, None, [Piece(words, Change.SAME, {})])


def brief(blocks: list[Block]) -> list[tuple[Change, str]]:
    return [(block.change, "".join(piece.text for piece in block.pieces)) for block in blocks]


def test_ids_are_found_wherever_they_went() -> None:
    blocks = [gone("a b", "1"), kept("x"), come("a c", "1"), come("new", "2")]
    assert brief(pair(blocks)) == [(Change.SAME, "x"), (Change.CHANGED, "a bc"), (Change.ADDED, "new")]


def test_an_id_that_stands_there_twice_is_taken_once() -> None:
    blocks = [gone("first", "1"), kept("x"), gone("second", "1"), kept("y"), come("second", "1")]
    assert brief(pair(blocks)) == [
        *((Change.REMOVED, "first"), (Change.SAME, "x"), (Change.SAME, "y"), (Change.SAME, "second"))
    ]


def test_words_are_found_between_two_that_stayed() -> None:
    blocks = [
        *(gone("something else entirely"), gone("the quick brown fox"), come("the quick red fox"), kept("x")),
        *(gone("far away and alone"), kept("y"), come("far away and alone")),
    ]
    assert brief(pair(blocks)) == [
        (Change.REMOVED, "something else entirely"),
        (Change.CHANGED, "the quick brownred fox"),
        *((Change.SAME, "x"), (Change.REMOVED, "far away and alone"), (Change.SAME, "y")),
        (Change.ADDED, "far away and alone"),
    ]


def test_the_order_of_what_is_not_paired_stays() -> None:
    blocks = [come("aaaa"), gone("bbbb"), come("cccc")]
    assert pair(blocks) == blocks


def test_the_same_words_with_another_form_changed() -> None:
    (one,) = pair([gone("title"), come("title", form=HEADING)])
    assert one.change is Change.CHANGED
    assert [piece.change for piece in one.pieces] == [Change.SAME]


def test_the_same_words_with_other_marks_changed() -> None:
    new = Block(None, PARAGRAPH, "1", [Piece("bold", Change.ADDED, {"bold": {}})])
    (one,) = pair([gone("bold", "1"), new])
    assert [(piece.change, piece.marks, piece.before) for piece in one.pieces] == [(Change.CHANGED, {"bold": {}}, {})]


def test_what_would_take_long_is_not_tried() -> None:
    many = round(pairing._MOST_PAIRS**0.5) + 1
    blocks = [*(gone(f"number {n}") for n in range(many)), *(come(f"number {n}") for n in range(many))]
    assert pair(blocks) == blocks
    long = "word " * pairing._MOST_WORDS
    (one,) = pair([gone(long, "1"), come(long + "more", "1")])
    assert [piece.change for piece in one.pieces] == [Change.REMOVED, Change.ADDED]
    blocks = [gone("y" * 5000), come("y" * 4999)]
    assert pair(blocks) == blocks


def test_a_page_that_was_wholly_rewritten_takes_a_bounded_time() -> None:
    """Blocks as long as they may be, of a few words in every order, so that all of them are alike."""
    chance = random.Random(4)
    words = [f"word{number}" for number in range(40)]

    def text() -> str:
        return " ".join(chance.choice(words) for _ in range(900))

    blocks: list[Block] = []
    for number in range(100):
        blocks += [*(gone(text(), f"{number}" if number % 2 else None) for _ in range(10)), kept("x")]
        blocks += [*(come(text(), f"{number}" if number % 2 else None) for _ in range(10)), kept("y")]
        blocks += [*(gone(text()) for _ in range(10)), *(come(text()) for _ in range(10)), kept("z")]
    started = time.thread_time()
    paired = pair(blocks)
    assert time.thread_time() - started < 3.0
    for change in (Change.ADDED, Change.REMOVED):
        before = sum(len(piece.text) for block in blocks for piece in block.pieces if piece.change is change)
        after = sum(len(piece.text) for block in paired for piece in block.pieces if piece.change in (change, "same"))
        assert after >= before * 0.99, "nothing is left out"


def test_a_text_without_spaces_is_read_letter_by_letter() -> None:
    old = "我们今天在会议上讨论了新的产品计划以及接下来三个月的工作安排和人员分工情况" * 4
    (one,) = pair([gone(old), come(old.replace("三个月", "四个月"))])
    assert one.change is Change.CHANGED
    assert sum(len(piece.text) for piece in one.pieces if piece.change is Change.ADDED) == 4


def test_a_typo_is_found_in_a_few_letters_and_in_a_long_text() -> None:
    long = " ".join(f"word{number}" for number in range(500))
    for old, new in (("helo", "hello"), (long, long.replace("word250", "wird250"))):
        (one,) = pair([gone(old), come(new)])
        assert one.change is Change.CHANGED
