"""From an update to a text: what the worker does, without the process around it.

The way: ``respell``, ``find_roots`` and ``choose``, ``read`` (pycrdt), ``blocks``, a writer.
"""

from __future__ import annotations

import json

from collab.content import prosemirror, quill
from collab.content.blocks import Block, Code
from collab.content.formats import Content, Format, Question, Schema
from collab.content.html import preformatted, write_html
from collab.content.markdown import write_markdown
from collab.content.plain import write_json
from collab.content.reading import read
from collab.content.roots import MAX_NAME, Kind, Root, choose, find_roots
from collab.content.spelling import respell
from collab.content.text import write_text
from collab.content.tree import Fragment, Text, Value
from collab.errors import InvalidRequest

_KINDS = {
    Schema.BLOCKNOTE: Kind.XML,
    Schema.PROSEMIRROR: Kind.XML,
    Schema.TEXT: Kind.TEXT,
    Schema.ARRAY: Kind.ARRAY,
    Schema.MAP: Kind.MAP,
}
_NAMES_SHOWN = 10


def render(update: bytes, question: Question) -> Content:
    """Write a whole document, given as one update, as the question asks.

    A document in which nothing is left is empty, whatever it was. Errors: ``InvalidRequest`` for a root that it does
    not have or a schema that it is not of, ``ContentUnavailable`` for what nests too deep, ``MalformedUpdate``; anything, or the end of the process,
    where pycrdt cannot read it.
    """
    spelled, parsed = respell(update)
    root = find_root(find_roots(parsed), question.root)
    if root is None:
        return _nothing(question, question.root)
    if root.kind is None:
        return _nothing(question, root.name)
    value = read(spelled, root.name, kind_for(root.kind, question.schema))
    return Content(question.format, write(value, question.format), root.name, question.schema or schema_of(value))


def _nothing(question: Question, root: str | None) -> Content:
    return Content(question.format, "null" if question.format is Format.JSON else "", root, question.schema)


def find_root(roots: dict[str, Root], name: str | None) -> Root | None:
    """The root that is asked for, or the one that most likely is the document. Errors: ``InvalidRequest``."""
    if name is None:
        return choose(roots)
    if name in roots or not roots:
        return roots.get(name)
    known = ", ".join(sorted(each for each in roots if len(each) <= MAX_NAME)[:_NAMES_SHOWN])
    raise InvalidRequest(f"the document has no root type {name}; it has {known}")


def kind_for(found: Kind, schema: Schema | None) -> Kind:
    """What to take a root for. pycrdt runs forever over the letters of a text that is taken for an array.

    Errors: ``InvalidRequest`` for a schema that it cannot be of.
    """
    asked = found if schema is None else _KINDS[schema]
    # Texts and arrays may hold nothing but XML, as Lexical's texts of texts do, and then look like a fragment.
    if asked is not found and not (found is Kind.XML and asked in (Kind.TEXT, Kind.ARRAY)):
        raise InvalidRequest(f"the document is no {schema}: what it holds is of the kind {found}")
    return asked


def schema_of(value: Value) -> Schema:
    """How its editor uses what a root is."""
    match value:
        case Fragment():
            return Schema.BLOCKNOTE if prosemirror.is_blocknote(value) else Schema.PROSEMIRROR
        case Text():
            return Schema.TEXT
        case list():
            return Schema.ARRAY
        case _:
            return Schema.MAP


def write(value: Value, format_: Format) -> str:
    """Write a document, given as a tree."""
    if format_ is Format.JSON:
        return write_json(value)
    if isinstance(value, Text) and value.is_plain:
        # Likely somebody's source, in Markdown too: it stands for itself.
        return preformatted(value.string) if format_ is Format.HTML else value.string
    blocks = _blocks(value)
    match format_:
        case Format.TEXT:
            return write_text(blocks)
        case Format.MARKDOWN:
            return write_markdown(blocks)
        case Format.HTML:
            return write_html(blocks)


def _blocks(value: Value) -> list[Block]:
    match value:
        case Fragment():
            return prosemirror.blocks(value)
        case Text():
            return quill.blocks(value)
        case _:  # maps and arrays are no prose: their values, laid out to be read
            return [Code(json.dumps(json.loads(write_json(value)), ensure_ascii=False, indent=2), "json")]
