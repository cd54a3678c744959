"""What became of a document: blocks, runs, marks and values, by whom, and as unified text."""

from __future__ import annotations

import json
from typing import Any

import pycrdt
import pytest

from collab.content.differing import differ
from collab.content.formats import Content, Format, Schema
from collab.content.items import Moment
from collab.content.jobs import Comparison
from collab.errors import ContentUnavailable, InvalidRequest
from tests.content import deep
from tests.content.past import (
    NOTHING,
    Past,
    People,
    add_block,
    begin,
    block,
    element,
    fill,
    fragment,
    words_of,
)
from tests.crdt import wire


def compared(past: Past, before: int | Moment, after: int = -1, **asked: Any) -> Content:
    earlier = before if isinstance(before, Moment) else past.moments[before]
    return differ(past.whole, Comparison(earlier, past.moments[after], past.written, past.deleted, **asked))


def difference(past: Past, before: int | Moment, after: int = -1, **asked: Any) -> Any:
    return json.loads(compared(past, before, after, **asked).text)


def brief(said: Any) -> list[tuple[Any, ...]]:
    """Blocks in short: what became of them, what they are, and what became of their words and by whom."""
    return [
        (
            *(each["change"], each["type"], each["depth"], each["id"]),
            [(run["change"], run["text"], run["subject"]) for run in each["runs"]],
        )
        for each in said["blocks"]
    ]


@pytest.fixture
def people() -> People:
    people = People("ada", "bob")
    with people.writing("ada") as doc:
        begin(doc, "one", "two", "three")
    return people


def test_words_that_came_and_went(people: People) -> None:
    with people.writing("bob") as doc:
        words_of(doc, 0).insert(3, " more")
    with people.writing("ada") as doc:
        del words_of(doc, 1)[1:3]
    said = difference(people.past, 1)
    assert brief(said) == [
        ("changed", "paragraph", 0, "one", [("same", "one", None), ("added", " more", "bob")]),
        ("changed", "paragraph", 0, "two", [("same", "t", None), ("removed", "wo", "ada")]),
        ("same", "paragraph", 0, "three", [("same", "three", None)]),
    ]
    assert said["blocks"][0]["runs"][1]["time"] == "1970-01-01T02:00:00.000Z"
    assert said["blocks"][0]["props"] == {"textAlignment": "left"}
    assert "before" not in said["blocks"][0]
    assert said["values"] == []


def test_everything_has_an_author_when_compared_with_nothing(people: People) -> None:
    with people.writing("bob") as doc:
        words_of(doc, 0).insert(1, "X")
    with people.writing("ada") as doc:
        del words_of(doc, 0)[2:4]
    assert brief(difference(people.past, NOTHING))[0] == (
        *("added", "paragraph", 0, "one"),
        [("added", "o", "ada"), ("added", "X", "bob")],
    )


def test_what_came_and_went_between_is_not_seen(people: People) -> None:
    with people.writing("bob") as doc:
        words_of(doc, 0).insert(1, "X")
    with people.writing("bob") as doc:
        del words_of(doc, 0)[1:2]
    assert all(each["change"] == "same" for each in difference(people.past, 1)["blocks"])


def test_words_in_the_place_of_others_come_behind_them(people: People) -> None:
    with people.writing("bob") as doc:
        text = words_of(doc, 2)
        for at, letter in enumerate("THREE"):
            del text[at : at + 1]
            text.insert(at, letter)
    assert brief(difference(people.past, 1))[2][4] == [("removed", "three", "bob"), ("added", "THREE", "bob")]


def test_marks(people: People) -> None:
    with people.writing("bob") as doc:
        words_of(doc, 2).format(0, 2, {"bold": {}})
    with people.writing("ada") as doc:
        words_of(doc, 2).format(1, 2, {"bold": None})
    runs = difference(people.past, 1)["blocks"][2]["runs"]
    assert [(run["text"], run["change"], run["marks"], run.get("before")) for run in runs] == [
        ("t", "changed", {"bold": {}}, {}),
        ("hree", "same", {}, None),
    ]
    assert runs[0]["subject"] == "bob"
    again = difference(people.past, 2)["blocks"][2]["runs"]
    assert [(run["text"], run["change"], run["subject"]) for run in again] == [
        *(("t", "same", None), ("h", "changed", "ada"), ("ree", "same", None))
    ]


def test_blocks_that_came_and_went(people: People) -> None:
    with people.writing("bob") as doc:
        (group,) = fragment(doc).children
        add_block(group, "new", "brand new", "heading", at=1)
    with people.writing("ada") as doc:
        (group,) = fragment(doc).children
        del group.children[3]
    assert [each[:4] for each in brief(difference(people.past, 1))] == [
        ("same", "paragraph", 0, "one"),
        ("added", "heading", 0, "new"),
        ("same", "paragraph", 0, "two"),
        ("removed", "paragraph", 0, "three"),
    ]
    assert brief(difference(people.past, 1))[3][4] == [("removed", "three", "ada")]


def test_a_block_that_became_another_is_one(people: People) -> None:
    """As y-prosemirror does it: the old content goes, and new content with the same words comes."""
    with people.writing("bob") as doc:
        container = block(doc, 1)
        del container.children[0]
        fill(container, "two, too", "heading")
    changed = difference(people.past, 1)["blocks"][1]
    assert (changed["change"], changed["id"], changed["type"]) == ("changed", "two", "heading")
    assert changed["before"] == {"type": "paragraph", "depth": 0, "props": {"textAlignment": "left"}}
    assert [(run["text"], run["change"], run["subject"]) for run in changed["runs"]] == [
        *(("two", "same", None), (", too", "added", "bob"))
    ]


def test_a_block_that_was_indented_is_known_by_its_id(people: People) -> None:
    with people.writing("bob") as doc:
        (group,) = fragment(doc).children
        del group.children[2]
        below = element("blockGroup")
        block(doc, 0).children.append(below)
        add_block(below, "three", "three")
    said = difference(people.past, 1)
    assert [each[:4] for each in brief(said)] == [
        ("same", "paragraph", 0, "one"),
        ("changed", "paragraph", 1, "three"),
        ("same", "paragraph", 0, "two"),
    ]
    assert said["blocks"][1]["before"]["depth"] == 0
    assert [run["change"] for run in said["blocks"][1]["runs"]] == ["same"]


def test_props(people: People) -> None:
    with people.writing("bob") as doc:
        block(doc, 0).children[0].attributes["textAlignment"] = "right"
    changed = difference(people.past, 1)["blocks"][0]
    assert (changed["change"], changed["props"]) == ("changed", {"textAlignment": "right"})
    assert changed["before"]["props"] == {"textAlignment": "left"}


def test_lists_of_tiptap_say_what_they_stand_in() -> None:
    people = People("ada")
    with people.writing("ada") as doc:
        list_ = fragment(doc).children.append(element("taskList"))
        item = list_.children.append(element("taskItem", checked=False))
        item.children.append(element("paragraph")).children.append(pycrdt.XmlText("do it"))
    with people.writing("ada") as doc:
        item.attributes["checked"] = True
    content = compared(people.past, 1)
    (changed,) = json.loads(content.text)["blocks"]
    assert (content.root, content.schema) == ("document-store", Schema.PROSEMIRROR)
    assert (changed["change"], changed["type"], changed["depth"]) == ("changed", "paragraph", 2)
    assert changed["in"] == [{"type": "taskList", "props": {}}, {"type": "taskItem", "props": {"checked": True}}]
    assert changed["before"]["in"][1]["props"] == {"checked": False}


def test_blocks_without_ids_are_known_by_what_they_say() -> None:
    people = People("ada")
    with people.writing("ada") as doc:
        for words in ("It was a dark and stormy night", "The end"):
            fragment(doc).children.append(element("paragraph")).children.append(pycrdt.XmlText(words))
    with people.writing("ada") as doc:
        del fragment(doc).children[0]
        heading = element("heading", level=1)
        fragment(doc).children.insert(0, heading)
        heading.children.append(pycrdt.XmlText("It was a dark night"))
    assert [each[:2] for each in brief(difference(people.past, 1))] == [("changed", "heading"), ("same", "paragraph")]
    assert [(change, text) for change, text, _ in brief(difference(people.past, 1))[0][4]] == [
        *(("same", "It was a dark "), ("removed", "and stormy "), ("same", "night"))
    ]


def test_what_stands_among_words() -> None:
    people = People("ada", "bob")
    with people.writing("ada") as doc:
        paragraph = fragment(doc).children.append(element("paragraph"))
        paragraph.children.append(pycrdt.XmlText("see "))
        paragraph.children.append(element("mention", id="eve"))
    with people.writing("bob") as doc:
        fragment(doc).children[0].children[1].attributes["id"] = "mallory"
    with people.writing("bob") as doc:
        fragment(doc).children[0].children.append(element("hardBreak"))
    (changed,) = difference(people.past, 1)["blocks"]
    assert changed["runs"][1] == {
        "text": "",
        "change": "changed",
        "embed": {"type": "mention", "attrs": {"id": "mallory"}},
        "embedBefore": {"type": "mention", "attrs": {"id": "eve"}},
        "marks": {},
        "subject": None,
        "time": None,
    }
    assert (changed["runs"][2]["embed"], changed["runs"][2]["subject"]) == ({"type": "hardBreak"}, "bob")


def test_a_text_is_one_block() -> None:
    people = People("ada", "bob")
    with people.writing("ada") as doc:
        doc.get("text", type=pycrdt.Text).insert(0, "a\nb\n")
    with people.writing("bob") as doc:
        doc.get("text", type=pycrdt.Text).insert(2, "new\n")
    assert brief(difference(people.past, 1)) == [
        ("changed", "text", 0, None, [("same", "a\n", None), ("added", "new\n", "bob"), ("same", "b\n", None)])
    ]
    assert compared(people.past, 1).schema is Schema.TEXT


def test_an_emoji_that_was_cut() -> None:
    """It was whole, and is two characters that nobody can read, one of which is deleted."""
    past = Past([wire.insertion(1, 0, wire.typed("a😀b")), wire.update(deletes=wire.deletes((1, [(2, 1)])))])
    assert [run[:2] for run in brief(difference(past, 1))[0][4]] == [
        *(("same", "a"), ("removed", "😀"), ("added", "\ufffd"), ("same", "b"))
    ]


def test_maps() -> None:
    people = People("ada", "bob")
    with people.writing("ada") as doc:
        map_ = doc.get("map", type=pycrdt.Map)
        map_["gone"], map_["stays"], map_["other"] = 1, [True], "old"
        map_["deep"] = pycrdt.Map({"list": pycrdt.Array([1, 2, 3])})
        map_["text"] = pycrdt.Text("hello")
    with people.writing("bob") as doc:
        map_ = doc.get("map", type=pycrdt.Map)
        del map_["gone"]
        map_["came"], map_["other"] = None, "new"
        del map_["deep"]["list"][1]
        map_["deep"]["list"].insert(0, "x")
        map_["text"].insert(5, "!")
    content = compared(people.past, 1)
    assert content.schema is Schema.MAP
    said = json.loads(content.text)
    assert said["blocks"] == []
    assert [
        (each["path"], each["change"], each["before"], each["after"], each["subject"]) for each in said["values"]
    ] == [
        (["came"], "added", None, None, "bob"),
        (["deep", "list", 0], "added", None, "x", "bob"),
        (["deep", "list", 1], "removed", 2, None, "bob"),
        (["gone"], "removed", 1, None, "bob"),
        (["other"], "changed", "old", "new", "bob"),
        (["text"], "changed", "hello", "hello!", "bob"),
    ]


def test_arrays() -> None:
    people = People("ada")
    with people.writing("ada") as doc:
        doc.get("array", type=pycrdt.Array).extend([1, 2, pycrdt.Map({"a": 1})])
    with people.writing("ada") as doc:
        array = doc.get("array", type=pycrdt.Array)
        array.insert(1, 1.5)
        array[3]["a"] = 2
    assert [(each["path"], each["change"], each["after"]) for each in difference(people.past, 1)["values"]] == [
        *(([1], "added", 1.5), ([3, "a"], "changed", 2))
    ]


def test_as_unified_text(people: People) -> None:
    with people.writing("ada") as doc:
        words_of(doc, 1).insert(3, "!")
    content = compared(people.past, 1, format=Format.TEXT, names=("then", "now"))
    assert content.text == "--- then\n+++ now\n@@ -1,3 +1,3 @@\n one\n-two\n+two!\n three\n"
    assert compared(people.past, 1, 1, format=Format.TEXT).text == ""


def test_nothing_and_what_is_gone(people: People) -> None:
    assert compared(people.past, 0, 0) == Content(Format.JSON, '{"blocks":[],"values":[]}', None, None)
    assert compared(people.past, 0, 0, format=Format.TEXT).text == ""
    with people.writing("ada") as doc:
        del fragment(doc).children[0]
    assert {each["change"] for each in difference(people.past, 1)["blocks"]} == {"removed"}
    assert compared(people.past, 1).schema is Schema.BLOCKNOTE


def test_the_root_can_be_said(people: People) -> None:
    with people.writing("ada") as doc:
        doc.get("notes", type=pycrdt.Text).insert(0, "aside")
    assert brief(difference(people.past, 1, root="notes"))[0][4] == [("added", "aside", "ada")]
    with pytest.raises(InvalidRequest, match="no root type other"):
        compared(people.past, 1, root="other")
    with pytest.raises(InvalidRequest, match="is no map"):
        compared(people.past, 1, schema=Schema.MAP)


@pytest.mark.usefixtures("deep_calls")
@pytest.mark.parametrize("update", [deep.xml(500), deep.maps(500), deep.xml(20_000)])
def test_what_nests_too_deep(update: bytes) -> None:
    with pytest.raises(ContentUnavailable, match="deeper than 400"):
        compared(Past([update]), 0)
