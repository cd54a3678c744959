"""JSON: ProseMirror's for XML, a delta for a text, plain values for maps and arrays.

XML is what y-prosemirror's ``yXmlFragmentToProsemirrorJSON`` gives, with three differences: a text that stands at the
very top is not wrapped in a list of its own, marks come in the order of their names, and an embed among the letters,
which ProseMirror does not know, is a node ``embed`` and not a text that is no string. What JSON cannot say is
said as near as it can: not a number and infinite as null (as JavaScript does), bytes as Base64, a subdocument as
``{"guid": …}``.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from math import isfinite
from typing import Any

from collab.content.tree import Element, Fragment, Node, Run, Subdocument, Text, Value

_HASHED = re.compile(r"(.*)--[a-zA-Z0-9+/=]{8}", re.DOTALL)
_EXACT = 1e21
"""From here on JavaScript writes whole numbers with an exponent."""


def write_json(value: Value) -> str:
    """A document, or a part of one, as one JSON text; a text at the top as its delta."""
    shown = [_operation(run) for run in value.runs] if isinstance(value, Text) else plain(value)
    return json.dumps(shown, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def mark_name(attribute: str) -> str:
    """The mark that an attribute of a text stands for.

    y-prosemirror adds a hash to the names of marks that may overlap with themselves: ``comment--4+bYWQ5c``.
    """
    match = _HASHED.fullmatch(attribute)
    return match[1] if match else attribute


def plain(value: Value) -> Any:
    """A document, or a part of one, as what JSON knows."""
    match value:
        case Fragment():
            return {"type": "doc", "content": _content(value.children)}
        case Element():
            return _element(value)
        case Text():
            return value.string
        case list():
            return [plain(entry) for entry in value]
        case dict():
            return {key: plain(entry) for key, entry in value.items()}
        case float():
            if not isfinite(value):
                return None
            return int(value) if value.is_integer() and abs(value) < _EXACT else value
        case bytes():
            return b64encode(value).decode()
        case Subdocument():
            return {"guid": value.guid}
        case _:
            return value


def _element(element: Element) -> dict[str, Any]:
    shown: dict[str, Any] = {"type": element.tag}
    if element.attributes:
        shown["attrs"] = plain(element.attributes)
    if element.children:
        shown["content"] = _content(element.children)
    return shown


def _content(children: list[Node]) -> list[dict[str, Any]]:
    """The nodes inside a node: a text is as many as it has runs."""
    content: list[dict[str, Any]] = []
    for child in children:
        match child:
            case Text():
                content += [_text(run) for run in child.runs]
            case Element():
                content.append(_element(child))
            case Fragment():
                content += _content(child.children)
    return content


def _text(run: Run) -> dict[str, Any]:
    shown: dict[str, Any]
    if isinstance(run.insert, str):
        shown = {"type": "text", "text": run.insert}
    else:
        shown = {"type": "embed", "attrs": {"value": plain(run.insert)}}
    if run.attributes:
        shown["marks"] = [
            {"type": mark_name(name), "attrs": plain(attributes)} for name, attributes in run.attributes.items()
        ]
    return shown


def _operation(run: Run) -> dict[str, Any]:
    """One insertion of a delta."""
    shown: dict[str, Any] = {"insert": plain(run.insert)}
    if run.attributes:
        shown["attributes"] = plain(run.attributes)
    return shown
