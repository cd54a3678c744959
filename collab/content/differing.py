"""What became of a document between two moments: its blocks, or its values, each with what changed in it and by whom.

Both moments are read off the same items, so a block is itself as long as its item is: what was typed, what was deleted
and what only looks different is known, not guessed. Where an editor put a new item in an old one's place, as they do when
a paragraph becomes a heading, ``pairing`` brings the two together.
"""

from __future__ import annotations

import json
from difflib import unified_diff
from typing import NamedTuple

from collab.content.attribution import Attribution
from collab.content.changes import AFTER, BEFORE, BOTH, Block, Entry, Form
from collab.content.entries import Entries
from collab.content.formats import Content, Format, Schema
from collab.content.integration import integrate
from collab.content.items import Integrated, Type
from collab.content.jobs import Comparison
from collab.content.nodes import Nodes
from collab.content.pairing import pair
from collab.content.rendering import find_root, kind_for, schema_of, write
from collab.content.roots import Kind
from collab.content.runs import Runs
from collab.content.showing import Showing, find_roots
from collab.content.tree import Value
from collab.crdt import NO_LIMITS, parsing, run
from collab.crdt.update import NOTHING


class _Subject(NamedTuple):
    """The root that is compared."""

    name: str
    kind: Kind
    schema: Schema


def differ(update: bytes, wish: Comparison) -> Content:
    """Say what became of a document, given whole, from one moment to another; any of them may be the later.

    Errors: ``InvalidRequest`` for a root or a schema that it does not have; ``ContentUnavailable`` for what nests too deep.
    """
    structs = run(parsing(update, NOTHING, NO_LIMITS)).sections
    attribution = Attribution(wish.written, wish.deleted)
    document = integrate(structs, [wish.before, wish.after], attribution.spans())
    subject = _subject(document, wish)
    if wish.format is Format.TEXT:
        text = "" if subject is None else _unified(document, subject, wish.names)
    else:
        text = _structured(document, subject, attribution)
    return Content(
        wish.format, text, *((wish.root, wish.schema) if subject is None else (subject.name, subject.schema))
    )


def _subject(document: Integrated, wish: Comparison) -> _Subject | None:
    """What is compared: as it is afterwards, or as it was where nothing is left of it."""
    for bit in (AFTER, BEFORE):
        root = find_root(find_roots(document, bit), wish.root)
        if root is not None and root.kind is not None:
            kind = kind_for(root.kind, wish.schema)
            return _Subject(root.name, kind, wish.schema or schema_of(_value(document, root.name, kind, bit)))
    return None


def _value(document: Integrated, root: str, kind: Kind, bit: int) -> Value:
    return Showing(document, bit).root(root, kind)


def _structured(document: Integrated, subject: _Subject | None, attribution: Attribution) -> str:
    blocks: list[Block] = []
    entries: list[Entry] = []
    if subject is not None:
        runs = Runs(document, attribution)
        type_ = document.roots[subject.name]
        match subject.kind:
            case Kind.XML:
                blocks = pair(Nodes(document, runs).blocks(type_))
            case Kind.TEXT:
                blocks = [_text_block(runs, type_)]
            case Kind.ARRAY:
                entries = list(Entries(document, runs).of_array(type_, []))
            case Kind.MAP:
                entries = list(Entries(document, runs).of_map(type_, []))
    said = {"blocks": [block.to_json() for block in blocks], "values": [entry.to_json() for entry in entries]}
    return json.dumps(said, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _text_block(runs: Runs, type_: Type) -> Block:
    """A text that is no fragment, as one block: its lines are in its runs."""
    form = Form("text", 0, {})
    return Block(form, form, None, runs.of(type_, BOTH, 1))


def _unified(document: Integrated, subject: _Subject, names: tuple[str, str]) -> str:
    """Both moments as plain text, and what differs between the lines."""
    one, other = (
        write(_value(document, subject.name, subject.kind, bit), Format.TEXT).splitlines() for bit in (BEFORE, AFTER)
    )
    lines = list(unified_diff(one, other, *names, lineterm=""))
    return "\n".join([*lines, ""]) if lines else ""
