"""A real paper, typed key by key by seven people: what became of it, and the way back."""

from __future__ import annotations

import json

import pytest

from collab.content.differing import differ
from collab.content.formats import Format
from collab.content.jobs import Comparison
from collab.content.restoring import restore
from tests import parts
from tests.content.paper import typed_by_seven

pytestmark = [pytest.mark.node, pytest.mark.slow]


def test_the_paper_is_compared_and_restored() -> None:
    """How long each takes is for `make bench ARGS=history` to say."""
    paper = typed_by_seven()
    end = parts.trace("automerge-paper")["endContent"]
    for then in paper.moments:
        content = differ(paper.whole, Comparison(then, paper.now, paper.written, paper.deleted))
        (block,) = json.loads(content.text)["blocks"]
        assert "".join(run["text"] for run in block["runs"] if run["change"] != "removed") == end
        assert all(run["subject"] for run in block["runs"] if run["change"] != "same")
    first = differ(paper.whole, Comparison(paper.moments[0], paper.now, format=Format.TEXT)).text
    assert "\n".join(line[1:] for line in first.splitlines() if line[:1] == "+" and line[:3] != "+++") == end.rstrip(
        "\n"
    )
    assert restore(paper.whole, paper.moments[2], 2**32 - 7)
