"""HTML: semantic elements, everything escaped. The server cleans it once more (``sanitise``): this is made in the worker."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

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
    Table,
)

_TAGS = {
    Mark.BOLD: "strong",
    Mark.ITALIC: "em",
    Mark.STRIKE: "s",
    Mark.UNDERLINE: "u",
    Mark.HIGHLIGHT: "mark",
    Mark.SUBSCRIPT: "sub",
    Mark.SUPERSCRIPT: "sup",
    Mark.CODE: "code",
}


def write_html(blocks: Iterable[Block]) -> str:
    """A fragment of HTML: what stands in a body, a line for each block."""
    return "".join(f"{_block(block)}\n" for block in blocks)


def preformatted(text: str) -> str:
    """A text as it stands, every space and line of it."""
    # A line break right behind <pre> would be dropped by whoever reads it.
    return f"<pre><code>{escape(text)}</code></pre>\n"


def _block(block: Block) -> str:
    match block:
        case Paragraph():
            return f"<p>{_inlines(block.inlines)}</p>"
        case Heading():
            return f"<h{block.level}>{_inlines(block.inlines)}</h{block.level}>"
        case Code():
            language = f' class="language-{escape(block.language)}"' if block.language else ""
            return f"<pre><code{language}>{escape(block.text)}</code></pre>"
        case Quote():
            return f"<blockquote>\n{write_html(block.blocks)}</blockquote>"
        case Items():
            tag = "ul" if block.start is None else "ol"
            start = f' start="{block.start}"' if block.start not in (None, 1) else ""
            return f"<{tag}{start}>\n{''.join(map(_item, block.items))}</{tag}>"
        case Table():
            rows = "".join(f"<tr>{''.join(map(_cell, row))}</tr>\n" for row in block.rows)
            return f"<table>\n<tbody>\n{rows}</tbody>\n</table>"
        case Media():
            return _media(block)
        case Rule():
            return "<hr>"


def _item(item: Item) -> str:
    box = ""
    if item.checked is not None:
        box = f'<input type="checkbox" disabled{" checked" if item.checked else ""}> '
    if len(item.blocks) == 1 and isinstance(item.blocks[0], Paragraph):
        return f"<li>{box}{_inlines(item.blocks[0].inlines)}</li>\n"
    return f"<li>{box}\n{write_html(item.blocks)}</li>\n"


def _cell(cell: Cell) -> str:
    tag = "th" if cell.header else "td"
    columns = f' colspan="{cell.columns}"' if cell.columns > 1 else ""
    rows = f' rowspan="{cell.rows}"' if cell.rows > 1 else ""
    return f"<{tag}{columns}{rows}>{_inlines(cell.inlines)}</{tag}>"


def _media(media: Media) -> str:
    said = escape(media.caption or media.name)
    if media.url is None:
        return f"<p>{said}</p>"
    url = escape(media.url)
    match media.kind:
        case "image":
            shown = f'<img src="{url}" alt="{escape(media.name)}">'
        case "video" | "audio":
            shown = f'<{media.kind} src="{url}" controls></{media.kind}>'
        case _:
            shown = f'<a href="{url}">{escape(media.name) or url}</a>'
    caption = f"<figcaption>{escape(media.caption)}</figcaption>" if media.caption else ""
    return f"<figure>{shown}{caption}</figure>"


def _inlines(inlines: Iterable[Inline]) -> str:
    return "".join(map(_inline, inlines))


def _inline(inline: Inline) -> str:
    if isinstance(inline, Image):
        description = escape(inline.description)
        return f'<img src="{escape(inline.url)}" alt="{description}">' if inline.url else description
    shown = escape(inline.text).replace("\n", "<br>")
    for mark in sorted(inline.marks, reverse=True):
        shown = f"<{_TAGS[mark]}>{shown}</{_TAGS[mark]}>"
    return f'<a href="{escape(inline.link)}">{shown}</a>' if inline.link else shown
