"""The tree drawn in ``collab.errors`` is the tree that is there, and its numbers are ones that clients understand."""

from __future__ import annotations

import inspect
import re
from http import HTTPStatus

import pytest

from collab import errors
from collab.errors import CollabError, RateLimited, TooLarge

CLASSES: list[type[CollabError]] = [
    thing for _, thing in inspect.getmembers(errors, inspect.isclass) if issubclass(thing, CollabError)
]


def drawn(docstring: str) -> dict[str, str | None]:
    """Each name of the drawing and the name it hangs from. One level is four columns wide."""
    parents: dict[str, str | None] = {}
    path: list[str] = []
    for line in docstring.splitlines():
        match = re.match(r"    (?P<branch>[│├└─ ]*)(?P<name>[A-Z]\w*)(  |$)", line)
        if match:
            depth = len(match["branch"]) // 4
            del path[depth:]
            parents[match["name"]] = path[-1] if path else None
            path.append(match["name"])
    return parents


def test_the_drawing_is_the_tree() -> None:
    assert drawn(errors.__doc__ or "") == {
        error.__name__: error.__base__.__name__ if error is not CollabError and error.__base__ else None
        for error in CLASSES
    }


def test_the_drawing_is_read_by_its_branches() -> None:
    drawing = "    A\n    ├── B    words\n    │   └── C        words\n    └── D            words\n\nProse follows."
    assert drawn(drawing) == {"A": None, "B": "A", "C": "B", "D": "A"}


def test_codes_are_unique_and_stable_in_form() -> None:
    codes = [error.code for error in CLASSES]
    assert len(codes) == len(set(codes))
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", code) for code in codes)


@pytest.mark.parametrize("error", CLASSES, ids=lambda error: error.__name__)
def test_numbers_are_ones_that_clients_understand(error: type[CollabError]) -> None:
    assert 400 <= HTTPStatus(error.status) <= 599
    # RFC 6455 registers 1001 to 1013 for what servers say; 4400 to 4499 is y-websocket's "do not come back".
    assert error.close_code in {1001, 1009, 1011, 1013} or 4400 <= error.close_code <= 4499


@pytest.mark.parametrize("error", CLASSES, ids=lambda error: error.__name__)
def test_whoever_is_told_to_come_back_is_told_so_everywhere(error: type[CollabError]) -> None:
    passes = error.status == HTTPStatus.SERVICE_UNAVAILABLE or error is RateLimited
    assert passes == (error.close_code in {1001, 1013})


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("no such document", "no such document"),
        ("x" * 123, "x" * 123),
        ("x" * 124, "x" * 123),
        ("x" * 122 + "é", "x" * 122),
        ("😀" * 40, "😀" * 30),
    ],
)
def test_a_reason_fits_a_close_frame(sentence: str, reason: str) -> None:
    assert CollabError(sentence).reason == reason


def test_a_limit_names_the_setting_that_holds_it() -> None:
    error = TooLarge("an update of 9 bytes", limit=8, setting="max_update_bytes")
    assert (error.limit, error.setting) == (8, "max_update_bytes")
