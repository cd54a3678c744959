"""Makes tokens by hand, so that one can be made wrong in any way that a library would not let one."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

SECRET = "the secret of the tests, thirty-two bytes and more"
OTHER_SECRET = "another secret, as long as a secret has to be"
NOW = 1_800_000_000

DIGESTS = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}


def encode(data: bytes | str) -> str:
    """Base64url without padding, as JWS wants it."""
    return base64.urlsafe_b64encode(data.encode() if isinstance(data, str) else data).rstrip(b"=").decode()


def claims(**changed: Any) -> dict[str, Any]:
    """Alice's claims, some of them changed; a claim set to ``...`` is left out."""
    all_claims = {
        "sub": "alice",
        "name": "Alice",
        "exp": NOW + 3600,
        "jti": "t1",
        "grants": [{"document": "notes/**", "role": "editor"}],
        **changed,
    }
    return {claim: value for claim, value in all_claims.items() if value is not ...}


def forge(
    payload: object = None,
    *,
    header: object = None,
    secret: str = SECRET,
    digest: str = "HS256",
    raw: str | bytes | None = None,
) -> str:
    """A signed token. ``raw`` is the payload where it cannot be JSON of ours."""
    header = {"alg": "HS256", "typ": "JWT"} if header is None else header
    text = raw if raw is not None else json.dumps(claims() if payload is None else payload)
    signed = f"{encode(json.dumps(header))}.{encode(text)}"
    signature = hmac.new(secret.encode(), signed.encode(), DIGESTS[digest]).digest()
    return f"{signed}.{encode(signature)}"
