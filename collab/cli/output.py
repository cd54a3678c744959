"""What commands write, and where: results to standard output, everything else to standard error.

On a terminal results are tables and sentences, with progress bars beside them; into a pipe they are plain lines; with
``--json`` one object a line. Text that somebody typed into a title is written so that it cannot steer the terminal.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

from collab.errors import CollabError

REFUSED = 1
"""The exit code of a command that was refused what it asked for, in whole or in part."""

_STEERING = frozenset({"Cc", "Cs", "Zl", "Zp"})
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks that make the text after them run the other way."""


def plain(text: str) -> str:
    """``text`` on one line, with whatever could steer a terminal written as an escape."""
    return "".join(
        repr(character)[1:-1] if unicodedata.category(character) in _STEERING or character in _TURNING else character
        for character in text
    )


def write_json(value: Mapping[str, object]) -> None:
    """One object, one line."""
    click.echo(json.dumps(value))


def moment(text: str) -> datetime:
    """A time of the API (RFC 3339, UTC)."""
    return datetime.fromisoformat(text)


def ago(text: str, now: datetime | None = None) -> str:
    """A time of the API as people say it; after a month, and when it lies ahead, its date."""
    when = moment(text)
    seconds = ((now or datetime.now(UTC)) - when).total_seconds()
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if size <= seconds < 30 * 86400:
            count = int(seconds // size)
            return f"{count} {unit}{'' if count == 1 else 's'} ago"
    # A clock that is a little behind the server's is no reason to show a date.
    return "just now" if -60 < seconds < 60 else when.strftime("%Y-%m-%d")


class Results:
    """What becomes of several documents, one after the other: each one said as it comes, failures counted.

    Sentences of success go to standard output, or to standard error where that carries data (``to_stderr``); failures
    always go to standard error, and with ``as_json`` both are objects on standard output.
    """

    def __init__(self, *, as_json: bool, to_stderr: bool = False) -> None:
        """Nothing has happened yet."""
        self._as_json = as_json
        self._errors = Console(stderr=True, highlight=False, soft_wrap=True)
        self._to_stderr = to_stderr
        self._bar = False
        self.done = 0
        self.failed = 0

    def succeed(self, sentence: str, **facts: object) -> None:
        """One that was done, in words and as facts. The words are left out where a bar shows how far things are."""
        self.done += 1
        if self._as_json:
            write_json(facts)
        elif not self._bar:
            self.say(sentence)

    def fail(self, error: CollabError, **facts: object) -> None:
        """One that was refused."""
        self.failed += 1
        if self._as_json:
            write_json({**facts, "error": {"code": error.code, "detail": str(error)}})
        else:
            about = next((f"{plain(str(fact))}: " for fact in facts.values() if fact), "")
            self._errors.print(Text(f"Error: {about}{plain(str(error))}"))

    def say(self, sentence: str) -> None:
        """A sentence for people."""
        if not self._as_json:
            if self._to_stderr:
                self._errors.print(Text(plain(sentence)))
            else:
                click.echo(plain(sentence))

    @contextmanager
    def progress(self, what: str, total: int) -> Iterator[Bar]:
        """A progress bar on standard error while something long goes on, if people can see it."""
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
        )
        self._bar = self._errors.is_terminal and total > 1
        with Progress(
            *columns,
            console=self._errors,
            transient=True,  # what is left on the screen are the results
            disable=not self._bar,
            redirect_stdout=False,  # which would send results to standard error
        ) as progress:
            try:
                yield Bar(progress, progress.add_task(what, total=total))
            finally:
                self._bar = False

    def end(self) -> None:
        """End the command with the exit code that fits."""
        if self.failed:
            click.get_current_context().exit(REFUSED)


class Bar:
    """A progress bar."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        """Made by ``Results.progress``."""
        self._progress = progress
        self._task = task

    def step(self) -> None:
        """One more is behind us."""
        self._progress.advance(self._task)
