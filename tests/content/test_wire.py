"""Both sides understand each other, and nonsense is nonsense."""

from __future__ import annotations

import pytest

from collab.content.formats import Content, Format, Question, Schema
from collab.content.jobs import Edit, Undoing
from collab.content.wire import (
    ANSWER,
    QUESTION,
    Outcome,
    Refusal,
    decode_answer,
    decode_question,
    encode_answer,
    encode_question,
)
from collab.crdt import DeleteSet


@pytest.mark.parametrize("question", [Question(Format.HTML), Question(Format.JSON, "текст", Schema.TEXT)])
def test_a_question_arrives(question: Question) -> None:
    encoded = encode_question(question, b"update")
    head, past, update = QUESTION.unpack_from(encoded)
    rest = encoded[QUESTION.size :]
    assert decode_question(rest[:head], rest[head : head + past]) == question
    assert (rest[head + past :], update) == (b"update", 6)


@pytest.mark.parametrize(
    "answer",
    [
        Content(Format.TEXT, "é😀", "root", Schema.TEXT),
        Content(Format.TEXT, "", None, None),
        Refusal(Outcome.REFUSED, "no"),
        Refusal(Outcome.FAILED, "KeyError"),
    ],
)
def test_an_answer_arrives(answer: Content | Refusal) -> None:
    encoded = encode_answer(answer)
    outcome, head, text = ANSWER.unpack_from(encoded)
    rest = encoded[ANSWER.size :]
    assert len(rest) == head + text
    assert decode_answer(outcome, rest[:head], rest[head:], Question(Format.TEXT)) == answer


@pytest.mark.parametrize("edit", [Edit(b"\0\0"), Edit(b""), Edit(None)])
def test_an_edit_arrives(edit: Edit) -> None:
    encoded = encode_answer(edit)
    outcome, head, body = ANSWER.unpack_from(encoded)
    rest = encoded[ANSWER.size :]
    assert len(rest) == head + body
    assert decode_answer(outcome, rest[:head], rest[head:], Undoing(DeleteSet(), DeleteSet(), 1)) == edit


@pytest.mark.parametrize(
    ("outcome", "head", "text"),
    [
        (9, b"{}", b""),
        (0, b"", b""),
        (0, b"[]", b""),
        (0, b"[" * 50_000, b""),
        (0, b'{"root": 5}', b""),
        (0, b'{"schema": "no such"}', b""),
        (0, b"{}", b"\xff"),
        (1, b'{"reason": []}', b""),
        (0, b"\xff", b""),
    ],
)
def test_nonsense_is_told(outcome: int, head: bytes, text: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode_answer(outcome, head, text, Question(Format.TEXT))
