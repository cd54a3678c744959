"""A missing part is a skip for a person and a failure in CI: a green run in CI has left nothing out."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests import parts


def test_a_person_skips_what_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="a browser is missing"):
        parts.require("a browser", "no-such-browser", tmp_path / "nor-here")


def test_ci_fails_for_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="a browser is missing"):
        parts.require("a browser", "no-such-browser")


def test_the_first_part_that_is_here_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CI", "true")
    (tmp_path / "browser").touch()
    assert parts.require("a browser", "no-such-browser", tmp_path / "browser") == tmp_path / "browser"


def test_programs_of_the_virtual_environment_are_found_when_it_is_not_activated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    python = parts.find("python")
    assert python is not None
    assert python.parent == Path(sys.executable).parent


def test_traces_are_optional_even_in_ci(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CI", "true")
    monkeypatch.setattr(parts, "TRACES", tmp_path / "absent")
    with pytest.raises(pytest.skip.Exception):
        parts.trace("friendsforever")


def test_a_trace_that_is_missing_among_the_others_is_not_optional(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CI", "true")
    monkeypatch.setattr(parts, "TRACES", tmp_path)
    with pytest.raises(pytest.fail.Exception):
        parts.trace("friendsforever")
