"""A document becomes a text: the whole way but for the process around it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

import pytest

from collab.content.formats import Content, Format, Question, Schema
from collab.content.html import write_html
from collab.content.markdown import write_markdown
from collab.content.prosemirror import blocks
from collab.content.reading import read
from collab.content.rendering import render
from collab.content.roots import Kind
from collab.content.sanitise import sanitise
from collab.crdt import EMPTY
from collab.errors import InvalidRequest, MalformedUpdate
from tests.content import deep
from tests.content.commonmark import seen
from tests.content.conftest import Document, Recorded
from tests.crdt import wire
from tests.crdt.wire import ANY_TRUE, anys, item, typed

MARKED = item(wire.FORMAT, wire.string("bold") + wire.string("true"))


def rendered(*structs: bytes, as_: Format, root: str | None = None, schema: Schema | None = None) -> Content:
    return render(wire.update(wire.section(1, 0, *structs)), Question(as_, root, schema))


def text_of(*structs: bytes, as_: Format) -> str:
    return rendered(*structs, as_=as_).text


def test_a_plain_text_stands_for_itself() -> None:
    source = typed("# Title\n\n<b>*x*</b>")
    assert rendered(source, as_=Format.MARKDOWN) == Content(
        Format.MARKDOWN, "# Title\n\n<b>*x*</b>", "text", Schema.TEXT
    )
    assert text_of(source, as_=Format.TEXT) == "# Title\n\n<b>*x*</b>"
    assert text_of(source, as_=Format.HTML) == "<pre><code># Title\n\n&lt;b&gt;*x*&lt;/b&gt;</code></pre>\n"
    assert json.loads(text_of(source, as_=Format.JSON)) == [{"insert": "# Title\n\n<b>*x*</b>"}]


def test_a_formatted_text_has_lines() -> None:
    words = typed("a\n*b*", origin=(1, 0))
    assert text_of(MARKED, words, as_=Format.MARKDOWN) == "**a**\n\n**\\*b\\***\n"
    assert text_of(MARKED, words, as_=Format.HTML) == "<p><strong>a</strong></p>\n<p><strong>*b*</strong></p>\n"
    assert text_of(MARKED, words, as_=Format.TEXT) == "a\n*b*\n"


def test_maps_and_arrays_are_shown_as_their_values() -> None:
    entry = item(wire.ANY, anys(ANY_TRUE), parent="map", key="a`<b>")
    assert rendered(entry, as_=Format.JSON) == Content(Format.JSON, '{"a`<b>":true}', "map", Schema.MAP)
    laid_out = '{\n  "a`<b>": true\n}'
    assert text_of(entry, as_=Format.TEXT) == f"{laid_out}\n"
    assert text_of(entry, as_=Format.MARKDOWN) == f"```json\n{laid_out}\n```\n"
    assert "&lt;b&gt;" in text_of(entry, as_=Format.HTML)
    array = item(wire.ANY, anys(ANY_TRUE, ANY_TRUE), parent="array")
    assert rendered(array, as_=Format.JSON) == Content(Format.JSON, "[true,true]", "array", Schema.ARRAY)


@pytest.mark.parametrize("format_", Format)
def test_nothing_is_nothing(format_: Format) -> None:
    nothing = "null" if format_ is Format.JSON else ""
    assert render(EMPTY, Question(format_)) == Content(format_, nothing, None, None)
    assert render(EMPTY, Question(format_, "a", Schema.MAP)) == Content(format_, nothing, "a", Schema.MAP)
    emptied = wire.update(wire.section(1, 0, typed("a")), deletes=wire.deletes((1, [(0, 1)])))
    assert render(emptied, Question(format_, "text")) == Content(format_, nothing, "text", None)


def test_the_root_and_the_schema_can_be_said() -> None:
    first, second = typed("long", parent="a"), typed("b", parent="b")
    assert rendered(first, second, as_=Format.TEXT).root == "a"
    assert rendered(first, second, as_=Format.TEXT, root="b").text == "b"
    with pytest.raises(InvalidRequest, match="no root type c; it has a, b"):
        rendered(first, second, as_=Format.TEXT, root="c")
    with pytest.raises(InvalidRequest, match="no array: what it holds is of the kind text"):
        rendered(first, as_=Format.TEXT, schema=Schema.ARRAY)
    element = item(wire.TYPE, bytes([wire.XML_ELEMENT]) + wire.string("p"), parent="array")
    assert rendered(element, as_=Format.JSON).text == '{"type":"doc","content":[{"type":"p"}]}'
    assert rendered(element, as_=Format.JSON, schema=Schema.ARRAY).text == '[{"type":"p"}]'


def test_a_document_of_blocknote_reads_as_blocknote_writes_it(blocknote: Recorded) -> None:
    content = render(blocknote.update, Question(Format.MARKDOWN))
    assert (content.root, content.schema) == ("document-store", Schema.BLOCKNOTE)
    assert seen(content.text) == seen(readable(blocknote.markdown))


def readable(markdown: str) -> str:
    """BlockNote's Markdown without HTML, which it uses for figures, and with words that it forgets to escape."""
    return (
        markdown.replace(
            '<figure><img alt="cat.png" src="https://example.org/cat.png"><figcaption>A cat</figcaption></figure>',
            "![A cat](https://example.org/cat.png)",
        )
        .replace(
            '<figure><audio src="https://example.org/a.mp3" controls></audio><figcaption>Listen</figcaption></figure>',
            "[Listen](https://example.org/a.mp3)",
        )
        .replace("![v.mp4]", "[v.mp4]")
        .replace("[not a link](x)", "\\[not a link](x)")
    )


def tags(html: str) -> list[str]:
    return re.findall(r"</?\w+", html)


@pytest.mark.node
@pytest.mark.parametrize("format_", Format)
def test_every_document_of_chance_can_be_written(format_: Format, documents: Sequence[Document]) -> None:
    written = 0
    for document in documents:
        content = render(document.served, Question(format_))
        assert content == render(document.served, Question(format_)), "the same document reads the same"
        written += len(content.text) > len("null")
        if format_ is Format.JSON:
            json.loads(content.text)
        elif format_ is Format.HTML:
            assert tags(sanitise(content.text)) == tags(content.text), "cleaning takes nothing away"
        elif format_ is Format.MARKDOWN and content.schema is Schema.BLOCKNOTE:
            seen(content.text)
    assert written > len(documents) / 2


@pytest.mark.usefixtures("deep_calls")
def test_what_is_as_deep_as_allowed_can_be_written() -> None:
    for format_ in Format:
        render(deep.xml(399), Question(format_))
    lists = read(deep.lists(130), "document", Kind.XML)
    assert write_markdown(blocks(lists)) == "- * " * 65 + "a\n"
    assert sanitise(write_html(blocks(lists))).count("<ul>") == 130


def test_what_is_damaged_is_refused() -> None:
    with pytest.raises(MalformedUpdate):
        render(b"\1", Question(Format.JSON))


def test_media_types() -> None:
    assert [format_.media_type for format_ in Format] == [
        *("application/json", "text/plain", "text/markdown", "text/html")
    ]
