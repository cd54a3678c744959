"""What people and programs see of results."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import click
import pytest

from collab.cli.output import Results, ago, moment, plain, write_json
from collab.errors import NotFound

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (timedelta(), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(seconds=-30), "just now"),
        (timedelta(seconds=60), "1 minute ago"),
        (timedelta(minutes=59, seconds=59), "59 minutes ago"),
        (timedelta(hours=1), "1 hour ago"),
        (timedelta(hours=47), "1 day ago"),
        (timedelta(days=29), "29 days ago"),
        (timedelta(days=30), "2026-01-30"),
        (timedelta(days=-2), "2026-03-03"),
    ],
)
def test_times_as_people_say_them(before: timedelta, said: str) -> None:
    text = (NOW - before).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert moment(text) == NOW - before
    assert ago(text, NOW) == said


def test_text_that_steers_nothing() -> None:
    assert plain("Grüße, 東京 👋") == "Grüße, 東京 👋"
    assert plain("a\x1b[2Jb\nc\u202ed\x9b") == r"a\x1b[2Jb\nc\u202ed\x9b"


def test_an_object_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    write_json({"title": "ä\n"})
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    assert json.loads(out) == {"title": "ä\n"}


@pytest.mark.parametrize("as_json", [False, True])
def test_results(capsys: pytest.CaptureFixture[str], as_json: bool) -> None:
    with click.Context(click.Command("test")):
        results = Results(as_json=as_json)
        with results.progress("Working", 2) as bar:
            results.succeed("Did a.", name="a")
            bar.step()
            results.fail(NotFound("there is no \x1b such document"), name="b")
            bar.step()
        with pytest.raises(click.exceptions.Exit) as ended:
            results.end()
    assert ended.value.exit_code == 1
    out, err = capsys.readouterr()
    if as_json:
        error = {"code": "not-found", "detail": "there is no \x1b such document"}
        assert [json.loads(line) for line in out.splitlines()] == [{"name": "a"}, {"name": "b", "error": error}]
        assert err == ""
    else:
        assert (out, err) == ("Did a.\n", "Error: b: there is no \\x1b such document\n")


def test_results_beside_data(capsys: pytest.CaptureFixture[str]) -> None:
    results = Results(as_json=False, to_stderr=True)
    results.succeed("A sentence that is longer than eighty letters is not broken, for it may be a path or a name.")
    results.end()
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
