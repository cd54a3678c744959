"""HTML says with its own elements what the blocks are, and everything in it is escaped."""

from __future__ import annotations

import pytest

from collab.content.blocks import (
    Block,
    Cell,
    Code,
    Heading,
    Image,
    Item,
    Items,
    Mark,
    Media,
    Paragraph,
    Quote,
    Rule,
    Span,
    Table,
)
from collab.content.html import preformatted, write_html
from collab.content.sanitise import sanitise

A = Paragraph([Span("a")])
URL = "https://example.org/?a=b&c"


@pytest.mark.parametrize(
    ("block", "html"),
    [
        (A, "<p>a</p>"),
        (Paragraph([Span("a", frozenset(Mark))]), None),
        (
            Paragraph([Span("<b>&\n", link=URL)]),
            '<p><a href="https://example.org/?a=b&amp;c">&lt;b&gt;&amp;<br></a></p>',
        ),
        (Heading(3, [Image(None, "<a>"), Image(URL, '"')]), None),
        (Code("a <\n b", "c++"), '<pre><code class="language-c++">a &lt;\n b</code></pre>'),
        (Quote([A, Rule()]), "<blockquote>\n<p>a</p>\n<hr>\n</blockquote>"),
        (Items([Item([A]), Item([A, A])]), "<ul>\n<li>a</li>\n<li>\n<p>a</p>\n<p>a</p>\n</li>\n</ul>"),
        (Items([Item([A])], 1), "<ol>\n<li>a</li>\n</ol>"),
        (Items([Item([A])], 3), '<ol start="3">\n<li>a</li>\n</ol>'),
        (
            Items([Item([A], True), Item([A], False)]),
            '<ul>\n<li><input type="checkbox" disabled checked> a</li>\n<li><input type="checkbox" disabled> a</li>\n</ul>',
        ),
        (
            Table([[Cell([Span("a")], header=True, columns=2), Cell([Span("b")], rows=3)]]),
            '<table>\n<tbody>\n<tr><th colspan="2">a</th><td rowspan="3">b</td></tr>\n</tbody>\n</table>',
        ),
        (
            Media("image", URL, "<a>", "<b>"),
            '<figure><img src="https://example.org/?a=b&amp;c" alt="&lt;a&gt;"><figcaption>&lt;b&gt;</figcaption></figure>',
        ),
        (Media("video", URL), '<figure><video src="https://example.org/?a=b&amp;c" controls></video></figure>'),
        (Media("file", URL, "f"), '<figure><a href="https://example.org/?a=b&amp;c">f</a></figure>'),
        (Media("image", None, "<a>"), "<p>&lt;a&gt;</p>"),
    ],
)
def test_each_block(block: Block, html: str | None) -> None:
    written = write_html([block])
    if html is not None:
        assert written == f"{html}\n"
    # What is written is what may leave the server: cleaning it takes nothing away.
    plain = sanitise(written).replace(' rel="noopener noreferrer nofollow"', "").replace('=""', "")
    assert sorted(plain.replace("&quot;", '"')) == sorted(written.replace("&quot;", '"'))


def test_marks_stand_in_their_order() -> None:
    assert write_html([Paragraph([Span("a", frozenset(Mark), URL)])]) == (
        '<p><a href="https://example.org/?a=b&amp;c">'
        "<strong><em><s><u><mark><sub><sup><code>a</code></sup></sub></mark></u></s></em></strong></a></p>\n"
    )


def test_preformatted_keeps_every_line() -> None:
    assert preformatted("\n<a>\n") == "<pre><code>\n&lt;a&gt;\n</code></pre>\n"
    assert sanitise(preformatted("\n<a>\n")) == preformatted("\n<a>\n")
