"""Document names: opaque keys with one spelling each.

A name is text in Unicode's normal form C, at most 255 bytes of UTF-8, without control characters, not blank. Nothing
in it means anything: ``/`` and ``..`` are ordinary characters and case matters. What is not in normal form is refused,
not mended, so that two names that look alike to us are never two documents to someone else.
"""

from __future__ import annotations

import unicodedata
from urllib.parse import unquote_to_bytes

from collab.errors import InvalidName

MAX_NAME_BYTES = 255


def parse_name(raw: str) -> str:
    """``raw`` itself when it is a document name; otherwise raises InvalidName, which says why."""
    if len(raw) > MAX_NAME_BYTES:  # before any work that grows with its length
        raise InvalidName(f"a document name has at most {MAX_NAME_BYTES} bytes")
    try:
        size = len(raw.encode())
    except UnicodeEncodeError:
        raise InvalidName("a document name is well-formed Unicode") from None
    if size > MAX_NAME_BYTES:
        raise InvalidName(f"a document name has at most {MAX_NAME_BYTES} bytes")
    if not raw or raw.isspace():
        raise InvalidName("a document name is not blank")
    if any(unicodedata.category(character) == "Cc" for character in raw):
        raise InvalidName("a document name has no control characters")
    if not unicodedata.is_normalized("NFC", raw):
        raise InvalidName("a document name is written in Unicode's normal form C")
    return raw


def parse_encoded_name(raw: str) -> str:
    """The name that ``raw`` spells in a URL, percent-decoded exactly once.

    A ``%`` that begins no escape stands for itself: y-websocket puts names into URLs as they are.
    """
    if len(raw) > 3 * MAX_NAME_BYTES:
        raise InvalidName(f"a document name has at most {MAX_NAME_BYTES} bytes")
    try:
        return parse_name(unquote_to_bytes(raw).decode())
    except UnicodeError:
        raise InvalidName("a document name is UTF-8 once it is percent-decoded") from None


def name_in_path(raw_path: str, prefix: str) -> str:
    """The name in a request's path as it came over the wire: ``name_in_path("/yjs/a%2Fb?token=…", "/yjs/")`` is ``a/b``.

    Routers decode paths in ways of their own, so the name is taken from the raw one. Raises InvalidName.
    """
    path, _, _ = raw_path.partition("?")
    if not path.startswith(prefix):
        raise InvalidName(f"a document name comes after {prefix}")
    return parse_encoded_name(path.removeprefix(prefix))
