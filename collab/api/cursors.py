"""Cursors: places in lists that a client keeps for us, and can neither read nor make.

A place may be behind a document that the caller must not know of (it was looked at and left out), so a cursor is
encrypted; and it says which list it is of, so that it is taken back for no other. Both at once is a synthetic
initialization vector (the construction of RFC 5297, with what the standard library has):

    seal = HMAC-SHA256(secret, list ‖ place), its first 16 bytes
    cursor = base64url(seal ‖ place ⊕ SHAKE-256(secret ‖ seal))
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from typing import Any

from collab.api.checks import decode_base64url, encode_base64url
from collab.errors import InvalidRequest

_SEAL_BYTES = 16

Place = Sequence[str | int]


class Cursors:
    """Makes cursors and takes them back; ``secret`` is the server's, so they outlive a restart."""

    def __init__(self, secret: str) -> None:
        self._seal_key, self._stream_key = (
            hmac.digest(secret.encode(), purpose, "sha256") for purpose in (b"cursor: seal", b"cursor: stream")
        )

    def write(self, place: Place, of: Sequence[object]) -> str:
        """The cursor for a place in the list that ``of`` describes."""
        text = json.dumps(place, ensure_ascii=False, separators=(",", ":")).encode()
        seal = self._seal(text, of)
        return encode_base64url(seal + self._mask(text, seal))

    def read(self, cursor: str, of: Sequence[object]) -> list[Any]:
        """The place that ``write`` was given. Raises InvalidRequest for anything else, and for another list's."""
        try:
            sealed = decode_base64url(cursor)
        except ValueError:
            sealed = b""
        seal, masked = sealed[:_SEAL_BYTES], sealed[_SEAL_BYTES:]
        text = self._mask(masked, seal)
        if not hmac.compare_digest(seal, self._seal(text, of)):
            raise InvalidRequest(
                "the cursor is none that this server gave for this list: begin again without one", where="/query/cursor"
            )
        place: list[Any] = json.loads(text)
        return place

    def _seal(self, text: bytes, of: Sequence[object]) -> bytes:
        described = json.dumps(of).encode()
        length = len(described).to_bytes(4, "big")  # so that no list and place run into each other
        return hmac.digest(self._seal_key, length + described + text, "sha256")[:_SEAL_BYTES]

    def _mask(self, text: bytes, seal: bytes) -> bytes:
        stream = hashlib.shake_256(self._stream_key + seal).digest(len(text))
        return bytes(one ^ other for one, other in zip(text, stream, strict=True))
