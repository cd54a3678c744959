"""Yjs states to import, and what stands in those that were exported."""

from __future__ import annotations

from pycrdt import Doc, Text


def state(text: str) -> bytes:
    """The state of a document with this text."""
    doc: Doc[Text] = Doc()
    doc["text"] = Text(text)
    return doc.get_update()


def text(*states: bytes) -> str:
    """What stands in a document once all of these are in it."""
    doc: Doc[Text] = Doc()
    doc["text"] = Text()
    for each in states:
        doc.apply_update(each)
    return str(doc["text"])
