"""The JSON of a document is y-prosemirror's, and JSON of what JSON can say."""

from __future__ import annotations

import json
import subprocess
from base64 import b64encode
from collections.abc import Sequence
from typing import Any

import pytest

from collab.content.plain import mark_name, write_json
from collab.content.reading import read
from collab.content.roots import Kind
from collab.content.spelling import respell
from collab.content.tree import Element, Fragment, Run, Subdocument, Text
from tests import parts
from tests.content.conftest import Document, Recorded


def by_yprosemirror(updates: Sequence[bytes]) -> list[Any]:
    """What y-prosemirror makes of the root ``document`` of each."""
    parts.require("y-prosemirror", parts.ROOT / "frontend" / "node_modules" / "y-prosemirror")
    done = subprocess.run(
        [parts.node(), parts.ROOT / "tests" / "node" / "content_prosemirror.mjs"],
        input=b"\n".join(map(b64encode, updates)),
        stdout=subprocess.PIPE,
        check=True,
        timeout=60,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def by_us(update: bytes) -> Any:
    return json.loads(write_json(read(respell(update)[0], "document", Kind.XML)))


@pytest.mark.node
def test_says_what_yprosemirror_says(documents: Sequence[Document]) -> None:
    compared = 0
    for document, wanted in zip(documents, by_yprosemirror([each.served for each in documents]), strict=True):
        if "error" in wanted:  # a fragment inside another is no node of ProseMirror's
            continue
        assert comparable(by_us(document.served)) == comparable(wanted), f"session {document.seed}"
        compared += wanted["content"] != []
    assert compared > len(documents) / 5


def comparable(node: Any) -> Any:
    """A node with its texts joined, and without what may differ: the order of marks, embeds, a key of JavaScript's own."""
    if isinstance(node, list):
        return [comparable(each) for each in node]
    if not isinstance(node, dict):
        return node
    kept = {key: comparable(value) for key, value in node.items() if key != "__proto__"}
    if "marks" in kept:
        kept["marks"].sort(key=lambda mark: mark["type"])
    if kept.get("attrs") == {}:
        del kept["attrs"]
    if isinstance(kept.get("content"), list):
        kept["content"] = _joined(kept["content"])
    return kept


def _joined(nodes: list[Any]) -> list[Any]:
    joined: list[Any] = []
    for node in nodes:
        for each in node if isinstance(node, list) else [node]:  # y-prosemirror wraps a text at the very top
            last = joined[-1] if joined else {}
            is_text = each.get("type") == "text"
            if each.get("type") == "embed" or (is_text and each["text"] is None):
                joined.append({"marks": each.get("marks")})
            elif is_text and last.get("type") == "text" and each.get("marks") == last.get("marks"):
                last["text"] += each["text"]
            else:
                joined.append(each)
    return joined


@pytest.mark.node
def test_says_of_a_real_document_what_yprosemirror_says(blocknote: Recorded) -> None:
    (nothing,) = by_yprosemirror([blocknote.update])
    assert nothing == {"type": "doc", "content": []}  # its root has another name, so it is not compared with itself
    said = json.loads(write_json(read(blocknote.update, "document-store", Kind.XML)))
    (group,) = said["content"]
    heading = group["content"][0]["content"][0]
    assert heading == {
        "type": "heading",
        "attrs": {
            "backgroundColor": "default",
            "isToggleable": False,
            "level": 1,
            "textAlignment": "left",
            "textColor": "default",
        },
        "content": [{"type": "text", "text": "Minutes"}],
    }


def test_a_text_is_its_delta() -> None:
    text = Text([Run("a", {}), Run("b", {"bold": True}), Run({"image": "x"}, {})])
    assert json.loads(write_json(text)) == [
        {"insert": "a"},
        {"insert": "b", "attributes": {"bold": True}},
        {"insert": {"image": "x"}},
    ]
    assert write_json({"note": text}) == '{"note":"ab"}'


def test_what_json_cannot_say_is_said_as_near_as_it_can() -> None:
    values = [1.0, 0.5, -0.0, 1e21, float("nan"), float("inf"), b"\xff", None, Subdocument("g"), 2**60, "é"]
    assert write_json(values) == '[1,0.5,0,1e+21,null,null,"/w==",null,{"guid":"g"},1152921504606846976,"é"]'


def test_xml_inside_a_map() -> None:
    fragment = Fragment([Text([Run("a", {"em": {}})]), Fragment([Element("p", {"level": 2.0}, [])])])
    assert json.loads(write_json({"doc": fragment})) == {
        "doc": {
            "type": "doc",
            "content": [
                {"type": "text", "text": "a", "marks": [{"type": "em", "attrs": {}}]},
                {"type": "p", "attrs": {"level": 2}},
            ],
        }
    }


def test_a_mark_that_may_overlap_with_itself_has_its_own_name() -> None:
    assert mark_name("comment--4+bYWQ5c") == "comment"
    assert mark_name("two--words") == "two--words"
