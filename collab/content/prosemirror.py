"""What ProseMirror's editors say with XML, as blocks: BlockNote, Tiptap, ProseMirror's own examples.

Their names differ (``bulletListItem``, ``bulletList``, ``bullet_list``) and do not clash, so one reader serves all. In
BlockNote each block is a ``blockContainer`` of its content and, below it, a ``blockGroup`` of blocks that are indented
under it. What nobody here knows is read as the text that stands in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from collab.content.blocks import (
    Block,
    Cell,
    Code,
    Heading,
    Image,
    Inline,
    Item,
    Items,
    Mark,
    Media,
    Paragraph,
    Quote,
    Rule,
    Span,
    Table,
    address,
    joined,
    words,
)
from collab.content.plain import mark_name
from collab.content.tree import Attributes, Element, Fragment, Node, Run, Text

MARKS: Mapping[str, Mark] = {
    "bold": Mark.BOLD,
    "strong": Mark.BOLD,
    "italic": Mark.ITALIC,
    "em": Mark.ITALIC,
    "strike": Mark.STRIKE,
    "strikethrough": Mark.STRIKE,
    "underline": Mark.UNDERLINE,
    "highlight": Mark.HIGHLIGHT,
    "subscript": Mark.SUBSCRIPT,
    "superscript": Mark.SUPERSCRIPT,
    "code": Mark.CODE,
}

INLINES = frozenset(("hardBreak", "mention", "emoji", "text"))
"""What stands among words, as Tiptap spells it."""

_LISTS = frozenset(("bulletList", "orderedList", "taskList"))
_BLOCKNOTE_ITEMS = frozenset(("bulletListItem", "toggleListItem", "numberedListItem", "checkListItem"))
_MEDIA: Mapping[str, Literal["image", "video", "audio", "file"]] = {
    "image": "image",
    "video": "video",
    "youtube": "video",
    "audio": "audio",
    "file": "file",
}
_UNDERSCORE = re.compile(r"_([a-z])")
_LANGUAGE = re.compile(r"[\w+#.-]{1,40}")
_WIDEST = 1000
"""Columns or rows that a cell covers at most."""


def blocks(fragment: Fragment) -> list[Block]:
    """The blocks of a document."""
    return _blocks(fragment.children)


def is_blocknote(fragment: Fragment) -> bool:
    """Whether it is built as BlockNote builds: all blocks in containers in one group."""
    first = next(iter(fragment.children), None)
    return isinstance(first, Element) and first.tag == "blockGroup"


def _blocks(nodes: Iterable[Node]) -> list[Block]:
    """Blocks of what stands where blocks stand; words that stand there loosely become paragraphs."""
    found: list[Block] = []
    loose: list[Inline] = []
    for node in nodes:
        if isinstance(node, Text) or (isinstance(node, Element) and _tag(node) in INLINES):
            loose += _inlines([node])
            continue
        if loose:
            found.append(Paragraph(joined(loose)))
            loose = []
        if isinstance(node, Fragment):
            found += _blocks(node.children)
        elif _tag(node) == "blockContainer":
            _add_container(found, node)
        else:
            found += _block(node)
    if loose:
        found.append(Paragraph(joined(loose)))
    return found


def _block(element: Element) -> list[Block]:
    tag, attributes = _tag(element), element.attributes
    if tag in _BLOCKNOTE_ITEMS:
        return [_blocknote_item(element, [])]
    if tag in _LISTS:
        items = [_item(child) for child in element.children if isinstance(child, Element)]
        return [Items(items, _number(attributes, "start", 1, 0) if tag == "orderedList" else None)]
    if tag in _MEDIA:
        return [_media(element)]
    match tag:
        case "paragraph" | "detailsSummary":
            return [Paragraph(_inlines(element.children))]
        case "heading":
            return [Heading(_number(attributes, "level", 1, 1, 6), _inlines(element.children))]
        case "codeBlock":
            return [Code(words(_inlines(element.children)), _language(attributes))]
        case "blockquote" | "quote":
            return [Quote(_blocks(element.children))]
        case "listItem" | "taskItem":
            return [Items([_item(element)])]
        case "table":
            return [Table(_rows(element))]
        case "divider" | "horizontalRule" | "pageBreak":
            return [Rule()]
        case _:
            return _blocks(element.children)


def _add_container(found: list[Block], container: Element) -> None:
    """Add a block of BlockNote and what is indented under it; items join the list before them."""
    content = [child for child in container.children if not (isinstance(child, Element) and child.tag == "blockGroup")]
    below = _blocks(child for child in container.children if isinstance(child, Element) and child.tag == "blockGroup")
    for node in content:
        if not (isinstance(node, Element) and node.tag in _BLOCKNOTE_ITEMS):
            found += _blocks([node])
            continue
        made = _blocknote_item(node, below)
        below = []
        last = found[-1] if found else None
        if isinstance(last, Items) and _continues(made, last, node):
            last.items.extend(made.items)
        else:
            found.append(made)
    found += below


def _blocknote_item(content: Element, below: list[Block]) -> Items:
    start = _number(content.attributes, "start", 1, 0) if content.tag == "numberedListItem" else None
    checked = _is_on(content.attributes.get("checked")) if content.tag == "checkListItem" else None
    return Items([Item([Paragraph(_inlines(content.children)), *below], checked)], start)


def _continues(made: Items, last: Items, content: Element) -> bool:
    """Whether an item goes on with the list before it: numbered like it, and it begins no numbering of its own."""
    return (made.start is None) == (last.start is None) and content.attributes.get("start") is None


def _item(element: Element) -> Item:
    checked = _is_on(element.attributes.get("checked")) if _tag(element) == "taskItem" else None
    return Item(_blocks(element.children), checked)


def _rows(table: Element) -> list[list[Cell]]:
    return [
        [_cell(cell) for cell in row.children if isinstance(cell, Element)]
        for row in table.children
        if isinstance(row, Element)
    ]


def _cell(element: Element) -> Cell:
    return Cell(
        joined(_flat(element.children)),
        header=_tag(element) == "tableHeader",
        columns=_number(element.attributes, "colspan", 1, 1, _WIDEST),
        rows=_number(element.attributes, "rowspan", 1, 1, _WIDEST),
    )


def _flat(nodes: Iterable[Node]) -> list[Inline]:
    """All words below ``nodes``, with a line break between blocks."""
    found: list[Inline] = []
    for node in nodes:
        if isinstance(node, Text) or (isinstance(node, Element) and _tag(node) in INLINES):
            found += _inlines([node])
            continue
        inner = [_picture(node)] if isinstance(node, Element) and _tag(node) in _MEDIA else _flat(node.children)
        if inner and found:
            found.append(Span("\n"))
        found += inner
    return found


def _media(element: Element) -> Media:
    attributes = element.attributes
    name = _string(attributes, "name") or _string(attributes, "alt") or _string(attributes, "title")
    return Media(_MEDIA[_tag(element)], _source(attributes), name, _string(attributes, "caption"))


def _picture(element: Element) -> Image:
    media = _media(element)
    return Image(media.url, media.caption or media.name)


def _source(attributes: Attributes) -> str | None:
    return address(attributes.get("url")) or address(attributes.get("src"))


# ---- words ----------------------------------------------------------------------------------------------------------


def _inlines(nodes: Iterable[Node]) -> list[Inline]:
    """The words of a block."""
    found: list[Inline] = []
    for node in nodes:
        match node:
            case Text():
                for run in node.runs:
                    found += _run(run)
            case Element() if _tag(node) == "hardBreak":
                found.append(Span("\n"))
            case Element() if _tag(node) in _MEDIA:
                found.append(_picture(node))
            case Element() if not node.children:
                found.append(Span(_leaf(node)))
            case _:
                found += _inlines(node.children)
    return joined(found)


def _run(run: Run) -> list[Inline]:
    if isinstance(run.insert, str):
        marks, link = looks(run.attributes)
        return [Span(run.insert, marks, link)]
    return _inlines([run.insert]) if isinstance(run.insert, Element | Fragment | Text) else []


def looks(attributes: Attributes) -> tuple[frozenset[Mark], str | None]:
    """What the attributes of a run mean: how it looks and where it leads."""
    marks = set()
    link = None
    for name, value in attributes.items():
        name = mark_name(name)
        if name == "link":
            link = address(value.get("href") if isinstance(value, dict) else value)
        elif name in MARKS and value is not False and value is not None:
            marks.add(MARKS[name])
    return frozenset(marks), link


def _leaf(element: Element) -> str:
    """What an inline node without content says: whom it mentions."""
    attributes = element.attributes
    if _tag(element) == "mention":
        return "@" + (_string(attributes, "label") or _string(attributes, "user") or _string(attributes, "id"))
    return f":{name}:" if _tag(element) == "emoji" and (name := _string(attributes, "name")) else ""


# ---- attributes -----------------------------------------------------------------------------------------------------


def _tag(element: Element) -> str:
    return spelled_tag(element.tag)


def spelled_tag(tag: str) -> str:
    """The name of a node as Tiptap spells it."""
    return _UNDERSCORE.sub(lambda found: found[1].upper(), tag)


def _string(attributes: Attributes, name: str) -> str:
    value = attributes.get(name)
    return value if isinstance(value, str) else ""


def _number(attributes: Attributes, name: str, default: int, least: int, most: int = 999_999_999) -> int:
    """A whole number from ``least`` to ``most``; old editors wrote them as strings."""
    value: Any = attributes.get(name)
    try:
        return min(max(int(value), least), most)
    except (TypeError, ValueError, OverflowError):
        return default


def _is_on(value: object) -> bool:
    return value is True or value == "true"


def _language(attributes: Attributes) -> str:
    language = _string(attributes, "language") or _string(attributes, "params")
    return language if _LANGUAGE.fullmatch(language) and language != "text" else ""
