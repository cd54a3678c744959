"""Credentials that the server makes: an id, by which it finds what it kept, and a secret, of which it kept a digest only.

The secret is random (192 bits), so SHA-256 is as good a digest as any: there is nothing to guess. It is compared in the
same time whatever was sent, and an id that is not there is compared too, with nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from base64 import b32encode
from dataclasses import dataclass, field
from typing import Self

_ID_LENGTH = 16
_TEXT = re.compile(r"([a-z2-7]{16})([A-Za-z0-9_-]{32})", re.ASCII)
_NOBODYS = bytes(32)


@dataclass(frozen=True, slots=True)
class Credential:
    """An id (80 bits, base32) and a secret (192 bits, base64url)."""

    id: str
    secret: str = field(repr=False)

    @classmethod
    def make(cls) -> Self:
        """A new one."""
        return cls(b32encode(secrets.token_bytes(10)).decode().lower(), secrets.token_urlsafe(24))

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """From the two in one text, as links have them; None: it is none."""
        match = _TEXT.fullmatch(text)
        return None if match is None else cls(match[1], match[2])

    @classmethod
    def parse_key(cls, text: str) -> Self | None:
        """From the two with a colon between them, as servers send an API key; None: it is none."""
        id_, _, secret = text.partition(":")
        return cls.parse(id_ + secret) if len(id_) == _ID_LENGTH else None

    @property
    def text(self) -> str:
        """The two in one."""
        return self.id + self.secret

    @property
    def digest(self) -> bytes:
        """What is kept of the secret."""
        return hashlib.sha256(self.secret.encode()).digest()

    def matches(self, digest: bytes | None) -> bool:
        """Whether it is the secret that ``digest`` was made of; None: there is none of this id."""
        return hmac.compare_digest(self.digest, digest or _NOBODYS) and digest is not None
