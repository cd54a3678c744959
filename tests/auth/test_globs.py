"""Globs: the rule by examples, by a second matcher written the slow way, and by how long a hostile one takes."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from collab.auth import Glob
from collab.errors import InvalidRequest


def slowly(pattern: str, name: str) -> bool:
    """The definition, word for word; exponential."""
    if not pattern:
        return not name
    if pattern[0] == "*":
        run = len(pattern) - len(pattern.lstrip("*"))
        reach = len(name) if run > 1 or "/" not in name else name.index("/")
        return any(slowly(pattern[run:], name[skipped:]) for skipped in range(reach + 1))
    return bool(name) and name[0] == pattern[0] and slowly(pattern[1:], name[1:])


@pytest.mark.parametrize(
    ("pattern", "matching", "others"),
    [
        ("notes", ["notes"], ["", "note", "notess", "Notes", "notes/", "/notes"]),
        ("**", ["", "a", "a/b", "/", "*", "\n", "é😀"], []),
        ("*", ["", "a", "a.b", "\n"], ["/", "a/b", "a/"]),
        ("notes/**", ["notes/", "notes/a", "notes/a/b"], ["notes", "note/a", "xnotes/a", "Notes/a"]),
        ("notes/*", ["notes/", "notes/a"], ["notes", "notes/a/b"]),
        ("*/plan", ["a/plan", "/plan"], ["plan", "a/b/plan", "a/plans"]),
        ("**/plan", ["a/plan", "a/b/plan", "/plan"], ["plan", "a/plan/"]),
        ("a*b", ["ab", "axb", "abb"], ["a/b", "abc"]),
        ("a**b", ["ab", "axb", "a/b", "abcb"], ["a", "abc"]),
        ("***", ["", "a/b"], []),
        ("a***b", ["a/b"], ["a"]),
        ("*a*/*b*", ["a/b", "xax/xbx"], ["a", "b/a", "a/x/b"]),
        ("[a-z]?.{a,b}\\", ["[a-z]?.{a,b}\\"], ["a", "ax.a"]),
        ("é*", ["é", "éa"], ["e", "É"]),
        ("😀*", ["😀", "😀a"], ["😁"]),
    ],
)
def test_examples(pattern: str, matching: list[str], others: list[str]) -> None:
    glob = Glob.parse(pattern)
    assert [name for name in matching if not glob.matches(name)] == []
    assert [name for name in others if glob.matches(name)] == []


@pytest.mark.parametrize(
    ("pattern", "prefix", "takes_all"),
    [
        ("**", "", True),
        ("***", "", True),
        ("*", "", False),
        ("notes/**", "notes/", True),
        ("notes/*", "notes/", False),
        ("notes", "notes", False),
        ("notes**x", "notes", False),
        ("notes/**/*", "notes/", False),
    ],
)
def test_what_all_names_begin_with(pattern: str, prefix: str, takes_all: bool) -> None:
    glob = Glob.parse(pattern)
    assert (glob.prefix, glob.is_prefix) == (prefix, takes_all)
    assert glob.matches(prefix + "x/y") is (takes_all or slowly(pattern, prefix + "x/y"))


@given(st.text("ab/*", max_size=8), st.text("ab/*", max_size=8))
@example("**a", "aaaa")
@example("*a*a*a*a", "aaa")
def test_it_is_what_the_slow_matcher_says(pattern: str, name: str) -> None:
    if pattern:
        assert Glob.parse(pattern).matches(name) == slowly(pattern, name)


@given(st.text(min_size=1, max_size=20).filter(lambda text: "*" not in text))
def test_without_a_star_it_matches_itself_alone(text: str) -> None:
    try:
        glob = Glob.parse(text)
    except InvalidRequest:
        return  # not in normal form
    assert glob.matches(text)
    assert not glob.matches(text + "x")
    assert not glob.matches("x" + text)


@pytest.mark.parametrize("pattern", ["*a" * 500, "**a" * 300, "*" * 1000 + "b", "a*" * 512, "**/" * 300])
def test_a_hostile_glob_is_no_slower_than_another(pattern: str) -> None:
    glob = Glob.parse(pattern)
    started = time.process_time()
    for _ in range(20):
        glob.matches("a" * 255)
        glob.matches("a/" * 127)
    assert time.process_time() - started < 0.5, "40 names of 255 characters take some 10 ms"


@pytest.mark.parametrize(
    ("pattern", "says"),
    [("", "not empty"), ("a" * 1025, "1024 bytes"), ("é" * 513, "1024 bytes"), ("e\u0301", "normal form C")],
)
def test_what_is_no_glob(pattern: str, says: str) -> None:
    with pytest.raises(InvalidRequest, match=says):
        Glob.parse(pattern)


def test_globs_are_equal_when_written_equal() -> None:
    assert Glob.parse("a*") == Glob.parse("a*") != Glob.parse("a**")
    assert len({Glob.parse("a*"), Glob.parse("a*")}) == 1
    assert str(Glob.parse("a/**")) == "a/**"
