"""HTML as it leaves the server: only known elements, only links that lead somewhere known, no scripts.

The worker escapes what it writes. This does not rely on it: a document that takes a worker over can write anything.
"""

from __future__ import annotations

import re

import nh3

from collab.content.blocks import SCHEMES

TAGS = frozenset(
    name
    for names in (
        ("p", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "blockquote", "ul", "ol", "li", "input", "hr"),
        ("table", "tbody", "tr", "th", "td", "figure", "figcaption", "img", "video", "audio"),
        ("a", "br", "code", "em", "mark", "s", "strong", "sub", "sup", "u"),
    )
    for name in names
)
"""What ``html`` writes, and nothing else."""

_ATTRIBUTES = {
    "a": {"href"},
    "audio": {"src", "controls"},
    "code": {"class"},
    "img": {"src", "alt"},
    "input": {"checked", "disabled"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
    "video": {"src", "controls"},
}


_VOID = frozenset(("br", "hr", "img", "input"))
_TAG = re.compile(r"<(/?)([a-zA-Z0-9]*)")
_DEEPEST = 4000
"""Elements inside each other: of each level of a document some five come. Cleaning takes the square of it."""


def sanitise(html: str) -> str:
    """The same fragment of HTML with nothing in it that could do anything. Lets other threads run meanwhile.

    Errors: ``ValueError`` for HTML whose elements do not stand one inside the other, or too many of them, as nobody
    writes it who means well.
    """
    check_nesting(html)
    return clean(html)


def check_nesting(html: str) -> None:
    """Check that each element ends where it should. Errors: ``ValueError``."""
    around: list[str] = []
    for slash, name in _TAG.findall(html):
        if name in _VOID:
            continue
        if not slash:
            around.append(name)
            if len(around) > _DEEPEST:
                raise ValueError(f"elements inside each other, more than {_DEEPEST}")
        elif not around or around.pop() != name:
            raise ValueError("elements that cross each other")
    if around:
        raise ValueError("elements that do not end")


def clean(html: str) -> str:
    """Take everything out of any HTML that is not known to be harmless."""
    return nh3.clean(
        html,
        tags=set(TAGS),
        attributes=_ATTRIBUTES,
        tag_attribute_values={"input": {"type": {"checkbox"}}},
        url_schemes=set(SCHEMES),
        url_relative="deny",
        link_rel="noopener noreferrer nofollow",
    )
