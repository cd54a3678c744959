"""Workers die, hang and talk nonsense, and the next document is written all the same."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from collab.config import ContentLimits
from collab.content import workers as module
from collab.content.formats import Content, Format, Schema
from collab.content.jobs import Comparison, Restoring, Undoing
from collab.content.workers import Workers
from collab.crdt import squash
from collab.errors import ContentUnavailable, InvalidRequest, Overloaded, RestoreUnavailable, ShuttingDown, Unavailable
from tests.content import deep
from tests.content.conftest import Recorded
from tests.content.past import NOTHING, Past
from tests.crdt import wire

HELLO = wire.insertion(1, 0, wire.typed("hello"))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "file"


async def hello(workers: Workers) -> None:
    """The next document is written."""
    assert (await workers.render(HELLO, Format.TEXT)).text == "hello"


def processes() -> set[int]:
    """The workers that are children of this process, those that are dead and not yet buried too."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text(encoding="utf-8").rpartition(")")[2].split()[1])
            command = (stat.parent / "cmdline").read_bytes()
        except OSError:
            continue
        if parent == os.getpid() and b"collab.content.worker" in command:
            found.add(int(stat.parent.name))
    return found


@pytest.fixture
async def hasty() -> AsyncIterator[Workers]:
    """A worker that has a second."""
    running = Workers(ContentLimits(content_workers=1, content_deadline=1.0, content_queue=1))
    yield running
    await running.close()


async def test_writes_every_format(workers: Workers, blocknote: Recorded) -> None:
    for format_ in Format:
        content = await workers.render(blocknote.update, format_)
        assert (content.root, content.schema) == ("document-store", Schema.BLOCKNOTE)
        assert "Minutes" in content.text
        if format_ is Format.JSON:
            assert json.loads(content.text)["type"] == "doc"
        if format_ is Format.HTML:
            assert '<a href="https://example.org/a?b=c" rel="noopener noreferrer nofollow">' in content.text
    assert len(processes()) == 1, "one process, kept warm"


async def test_compares_restores_and_undoes(workers: Workers) -> None:
    past = Past()
    past.take(wire.insertion(1, 0, wire.typed("hello")), "ada")
    past.take(wire.update(deletes=wire.deletes((1, [(1, 4)]))), "bob")
    compared = await workers.compare(past.whole, Comparison(past.moments[1], past.now, past.written, past.deleted))
    (block,) = json.loads(compared.text)["blocks"]
    assert [(run["text"], run["change"], run["subject"]) for run in block["runs"]] == [
        *(("h", "same", None), ("ello", "removed", "bob"))
    ]
    for job in (Restoring(past.moments[1], 99), Undoing(*past.of("bob"), 99)):
        edit = await workers.find_edit(past.whole, job)
        assert edit is not None
        assert (await workers.render(squash([*past.news, edit]), Format.TEXT)).text == "hello"
    assert await workers.find_edit(past.whole, Restoring(past.now, 99)) is None
    assert len(processes()) == 1


async def test_a_document_that_cannot_be_compared_or_restored(workers: Workers) -> None:
    for update in (deep.xml(20_000), deep.deleted_xml(60_000)):
        past = Past([update, wire.insertion(9, 0, wire.typed("more"))])
        with pytest.raises(RestoreUnavailable, match=r"cannot be restored: .*(deeper than 400|ends the process)"):
            await workers.find_edit(past.whole, Restoring(past.moments[1], 99))
        await hello(workers)
    with pytest.raises(ContentUnavailable, match=r"cannot be compared: .*deeper than 400"):
        await workers.compare(deep.xml(20_000), Comparison(NOTHING, Past([deep.xml(20_000)]).now))
    await hello(workers)


async def test_what_is_asked_is_passed_on(workers: Workers) -> None:
    assert await workers.render(HELLO, Format.TEXT, root="text", schema=Schema.TEXT) == Content(
        Format.TEXT, "hello", "text", Schema.TEXT
    )
    with pytest.raises(InvalidRequest, match="no root type other"):
        await workers.render(HELLO, Format.TEXT, root="other")
    await hello(workers)
    assert len(processes()) == 1, "a refusal costs no process"


@pytest.mark.parametrize(
    ("update", "words"),
    [
        (deep.xml(20_000), "nests deeper than 400 levels"),
        (deep.maps(33_000), "nests deeper than 400 levels"),
        (deep.deleted_xml(60_000), "ends the process that reads it"),  # SIGSEGV in pycrdt
        (wire.insertion(1, 2**32 - 2, wire.typed("abc")), "clock"),  # pycrdt panics; no document holds it
    ],
    ids=["XML 20,000 deep", "maps 33,000 deep", "deleted XML 60,000 deep", "a clock beyond all"],
)
async def test_a_document_that_cannot_be_written(workers: Workers, update: bytes, words: str) -> None:
    await hello(workers)
    for _ in range(2):
        with pytest.raises(ContentUnavailable, match=f"cannot be written out: .*{words}"):
            await workers.render(update, Format.TEXT)
        await hello(workers)


async def test_a_document_that_never_ends(hasty: Workers) -> None:
    await hello(hasty)
    with pytest.raises(ContentUnavailable, match=r"longer than 1 s|ends the process"):
        await hasty.render(deep.letters_in_an_array(), Format.JSON)
    await hello(hasty)


async def test_a_worker_that_is_killed_while_nobody_needs_it(workers: Workers) -> None:
    await hello(workers)
    (process,) = processes()
    os.kill(process, signal.SIGKILL)
    while process in processes():  # noqa: ASYNC110 - the system says nothing
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    await hello(workers)


@pytest.mark.parametrize(
    "nonsense",
    [
        "os.write(1, b'x' * 100_000)",
        "os.write(1, b'\\x00' + b'\\xff' * 8)",
        "os.write(1, b'\\x09' + bytes(8))",
        "os.write(1, b'\\x00\\x00\\x00\\x00\\x02\\x00\\x00\\x00\\x03{}\\xff\\xff\\xff')",
        "os._exit(0)",
        "os.kill(os.getpid(), 11)",
    ],
)
async def test_a_worker_that_talks_nonsense(nonsense: str, monkeypatch: pytest.MonkeyPatch, workers: Workers) -> None:
    """As one that a document has taken over might."""
    evil = f"import collab.content.worker as worker, os; worker.render = lambda *_: {nonsense}; worker.main()"
    monkeypatch.setattr(module, "_PROGRAM", module._PROGRAM.partition("from ")[0] + evil)
    with pytest.raises(ContentUnavailable, match="ends the process"):
        await workers.render(HELLO, Format.TEXT)
    monkeypatch.undo()
    await hello(workers)


async def test_html_that_a_worker_would_never_write(monkeypatch: pytest.MonkeyPatch, workers: Workers) -> None:
    evil = (
        "import collab.content.worker as worker; from collab.content.formats import Content; "
        "worker.render = lambda _, asked: Content(asked.format, asked.root, None, None); worker.main()"
    )
    monkeypatch.setattr(module, "_PROGRAM", module._PROGRAM.partition("from ")[0] + evil)
    content = await workers.render(HELLO, Format.HTML, root="<p><script>alert(1)</script>a</p>")
    assert content.text == "<p>a</p>"
    with pytest.raises(ContentUnavailable, match="cross each other"):
        await workers.render(HELLO, Format.HTML, root="</p>")


async def test_a_worker_that_does_not_come_up(monkeypatch: pytest.MonkeyPatch, workers: Workers) -> None:
    for program in ("import sys", "print('x' * 10)"):
        monkeypatch.setattr(module, "_PROGRAM", program)
        with pytest.raises(Unavailable, match="did not come up"):
            await workers.render(HELLO, Format.TEXT)
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    with pytest.raises(Unavailable, match="no process could be started"):
        await workers.render(HELLO, Format.TEXT)
    monkeypatch.undo()
    await hello(workers)


async def test_a_worker_does_not_live_for_ever(monkeypatch: pytest.MonkeyPatch, workers: Workers) -> None:
    monkeypatch.setattr(module, "_DOCUMENTS", 2)
    seen = set()
    for _ in range(4):
        await hello(workers)
        seen |= processes()
    assert len(seen) == 2


async def test_the_queue_is_full(hasty: Workers) -> None:
    await hello(hasty)
    slow = [asyncio.create_task(hasty.render(deep.letters_in_an_array(), Format.JSON)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(Overloaded, match="1 documents wait"):
        await hasty.render(HELLO, Format.TEXT)
    slow[1].cancel()
    assert isinstance((await asyncio.gather(*slow, return_exceptions=True))[0], ContentUnavailable)
    await hello(hasty)


async def test_one_who_gives_up_leaves_no_worker_with_half_an_answer(workers: Workers) -> None:
    await hello(workers)
    asking = asyncio.create_task(workers.render(deep.letters_in_an_array(), Format.JSON))
    await asyncio.sleep(0.1)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert processes() == set()
    await hello(workers)


async def test_closing_ends_everyone() -> None:
    workers = Workers(ContentLimits(content_workers=2))
    await asyncio.gather(hello(workers), hello(workers))
    assert len(processes()) == 2
    asking = [asyncio.create_task(workers.render(deep.letters_in_an_array(), Format.JSON)) for _ in range(3)]
    await asyncio.sleep(0.05)
    await workers.close()
    assert [type(error) for error in await asyncio.gather(*asking, return_exceptions=True)] == [ShuttingDown] * 3
    assert processes() == set()
    with pytest.raises(ShuttingDown):
        await workers.render(HELLO, Format.TEXT)


async def test_a_worker_has_nothing_of_the_server(
    monkeypatch: pytest.MonkeyPatch, workers: Workers, file: Path
) -> None:
    monkeypatch.setenv("COLLAB_SECRET", "x" * 40)
    with file.open("w") as inheritable:
        os.set_inheritable(inheritable.fileno(), True)
        await hello(workers)
        (process,) = processes()
        environment, files = given(process)
    assert b"COLLAB" not in environment
    assert b"PATH" not in environment
    assert {name.partition(":")[0] for name in files} <= {"pipe", "socket", "/dev/null"}
    assert len(files) == 3


def given(process: int) -> tuple[bytes, list[str]]:
    """The environment and the open files of a process."""
    here = Path(f"/proc/{process}")
    return (here / "environ").read_bytes(), [str(link.readlink()) for link in (here / "fd").iterdir()]
