"""The README shows how to connect an editor, an app and a script as the examples do, word for word."""

from __future__ import annotations

import ast
import re

import pytest

from tests.parts import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
EDITORS = ("CodeMirror", "Tiptap", "Lexical", "Quill", "Monaco")

APPS = ("Django", "FastAPI", "Flask")

LONGEST = 40
"""Lines of an example: what a person reads in a minute."""

LONGEST_APP = 90
"""Lines of an app, which has people and a sign-in besides: what it needs for us is one function of it."""


def source(editor: str) -> str:
    return (ROOT / "examples" / f"{editor.lower()}.js").read_text(encoding="utf-8")


def snippet(editor: str) -> str:
    """An example without the two lines that are the example page's own."""
    lines = source(editor).splitlines()
    assert lines[0].endswith('from "./page.js";')
    assert lines[-1] == "show(provider);"
    return "\n".join(lines[1:-1]).strip()


@pytest.mark.parametrize("editor", EDITORS)
def test_the_readme_shows_the_example(editor: str) -> None:
    shown = re.findall(rf"<summary>{editor}.*?```javascript\n(.*?)```", README, re.DOTALL)
    assert [one.strip() for one in shown] == [snippet(editor)]


@pytest.mark.parametrize("editor", EDITORS)
def test_an_example_is_short(editor: str) -> None:
    assert len(source(editor).splitlines()) <= LONGEST


def app_source(framework: str) -> str:
    return (ROOT / "examples" / f"{framework.lower()}_app.py").read_text(encoding="utf-8")


def token_view(framework: str) -> str:
    """What an app needs: the function ``collab_token``, with its decorators."""
    source = app_source(framework)
    (view,) = (node for node in ast.parse(source).body if getattr(node, "name", None) == "collab_token")
    assert isinstance(view, ast.FunctionDef)
    return "\n".join(source.splitlines()[view.decorator_list[0].lineno - 1 : view.end_lineno])


def shown(summary: str, language: str) -> list[str]:
    """What the README shows under a summary."""
    return [one.strip() for one in re.findall(rf"<summary>{summary}.*?```{language}\n(.*?)```", README, re.DOTALL)]


@pytest.mark.parametrize("framework", APPS)
def test_the_readme_shows_the_app(framework: str) -> None:
    assert shown(framework, "py") == [token_view(framework)]
    assert len(app_source(framework).splitlines()) <= LONGEST_APP


def test_the_readme_shows_the_apps_page() -> None:
    source = (ROOT / "examples" / "app.js").read_text(encoding="utf-8")
    page = source.partition("\n\n")[2].partition("new EditorView")[0].strip()
    assert shown("The page", "javascript") == [page]
    assert len(source.splitlines()) <= LONGEST


def test_the_readme_shows_the_script() -> None:
    source = (ROOT / "examples" / "script.py").read_text(encoding="utf-8")
    assert source.partition("annotations\n\n")[2].strip() in re.findall(r"```py\n(.*?)\n```", README, re.DOTALL)
    assert len(source.splitlines()) <= LONGEST
