"""The process itself: what it may do, what ends it, and that the server knows nothing of pycrdt."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from collab.content.formats import Content, Format, Question, Schema
from collab.content.jobs import Result
from collab.content.wire import ANSWER, READY, Outcome, Refusal, decode_answer, encode_question
from tests.content import deep
from tests.crdt import wire
from tests.parts import ROOT

MEMORY = 1024 * 1024 * 1024
"""Bytes; a document has a second, and ten kilobytes to come to."""
START = f"import sys; sys.path.insert(0, {str(ROOT)!r}); "
MAIN = "from collab.content.worker import main; main()"
HELLO = wire.insertion(1, 0, wire.typed("hello"))


def run(
    questions: bytes, program: str = START + MAIN, *, memory: int = MEMORY, longest: int = 10_000
) -> tuple[int, bytes]:
    """What a worker ends with, and says; its words to people go to the test's own."""
    command = [sys.executable, "-I", "-c", program, str(memory), "2", str(longest)]
    done = subprocess.run(
        command, input=questions, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={}, check=False, timeout=60
    )
    return done.returncode, done.stdout


def answers(said: bytes) -> list[Result | Refusal]:
    assert said.startswith(READY)
    at = len(READY)
    found: list[Result | Refusal] = []
    while at < len(said):
        outcome, head, text = ANSWER.unpack_from(said, at)
        at += ANSWER.size
        found.append(
            decode_answer(outcome, said[at : at + head], said[at + head : at + head + text], Question(Format.TEXT))
        )
        at += head + text
    return found


def test_answers_one_after_the_other_and_ends_with_its_questions() -> None:
    damaged, deepest = b"\1\1", deep.xml(500)
    asked = [(Question(Format.TEXT), HELLO), (Question(Format.TEXT), damaged), (Question(Format.TEXT), deepest)]
    asked += [(Question(Format.TEXT, "other"), HELLO), (Question(Format.TEXT), HELLO)]
    code, said = run(b"".join(encode_question(*each) for each in asked))
    hello = Content(Format.TEXT, "hello", "text", Schema.TEXT)
    told = answers(said)
    assert code == 0
    assert [told[0], told[4]] == [hello, hello]
    assert [answer.outcome for answer in told[1:4] if isinstance(answer, Refusal)] == [
        *(Outcome.UNRENDERABLE, Outcome.UNRENDERABLE, Outcome.REFUSED)
    ]


def test_an_answer_has_a_limit() -> None:
    long = wire.insertion(1, 0, wire.typed("x" * 20_000))
    (answer,) = answers(run(encode_question(Question(Format.TEXT), long))[1])
    assert answer == Refusal(Outcome.UNRENDERABLE, "it comes to more than 10000 bytes")


def test_what_nobody_foresaw_is_told_by_its_place_and_ends_it() -> None:
    broken = "import collab.content.worker as worker; worker.render = lambda *_: {}['secret']; worker.main()"
    code, said = run(encode_question(Question(Format.TEXT), HELLO) * 2, START + broken)
    (answer,) = answers(said)
    assert isinstance(answer, Refusal)
    assert answer.outcome is Outcome.FAILED
    assert answer.reason.startswith("KeyError in <lambda>")
    assert "secret" not in answer.reason
    assert code != 0


LOOP = "import collab.content.worker as worker; worker.render = lambda *_: sum(iter(int, 1)); worker.main()"


@pytest.mark.parametrize(
    ("attempt", "refused"),
    [
        ("os.write(os.open(FILE, os.O_WRONLY), b'x')", "OSError"),
        ("[os.open('/dev/null', os.O_RDONLY) for _ in range(100)]", "OSError"),
        ("bytearray(2 * 1024 * 1024 * 1024)", "MemoryError"),
    ],
)
def test_may_not(attempt: str, refused: str, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    program = (
        "import os, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        f"FILE = {str(file)!r}; import collab.content.worker as worker; worker.render = lambda *_: {attempt}; worker.main()"
    )
    (answer,) = answers(run(encode_question(Question(Format.TEXT), HELLO), START + program)[1])
    assert isinstance(answer, Refusal)
    assert answer.reason.startswith(refused)
    assert file.read_bytes() == b""


def test_what_never_ends_is_ended_by_the_system() -> None:
    code, said = run(encode_question(Question(Format.TEXT), HELLO), START + LOOP)
    assert (code, said) == (-24, READY), "SIGXCPU after the seconds that it was given"


def test_leaves_with_a_question_cut_short() -> None:
    assert run(encode_question(Question(Format.TEXT), HELLO)[:-2]) == (0, READY)


def test_the_server_does_not_know_pycrdt() -> None:
    program = START + "import collab.app, collab.content.workers; sys.exit('pycrdt' in sys.modules)"
    assert subprocess.run([sys.executable, "-I", "-c", program], check=False, timeout=60).returncode == 0
