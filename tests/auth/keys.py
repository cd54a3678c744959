"""Key pairs of identity providers, and tokens that they sign; rightly, or in any way that is wrong."""

from __future__ import annotations

import json
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.auth.forge import claims

RSA = rsa.generate_private_key(65537, 2048)
EC = ec.generate_private_key(ec.SECP256R1())
ED = ed25519.Ed25519PrivateKey.generate()
PRIVATE: dict[str, Any] = {"RS256": RSA, "ES256": EC, "EdDSA": ED}
OTHERS: dict[str, Any] = {
    "RS256": rsa.generate_private_key(65537, 2048),
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
}
ISSUER = "https://login.example"
AUDIENCE = "collab"


def pem(key: Any) -> bytes:
    """The public half, as files have it."""
    data: bytes = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return data


def jwk(algorithm: str, kid: str | None = None, **more: Any) -> dict[str, Any]:
    """The public half, as a JWKS has it."""
    of: dict[str, Any] = {
        "RS256": jwt.algorithms.RSAAlgorithm,
        "ES256": jwt.algorithms.ECAlgorithm,
        "EdDSA": jwt.algorithms.OKPAlgorithm,
    }
    made: dict[str, Any] = json.loads(of[algorithm].to_jwk(PRIVATE[algorithm].public_key()))
    return {**made, **({} if kid is None else {"kid": kid}), **more}


def jwks(*keys: dict[str, Any]) -> bytes:
    return json.dumps({"keys": keys}).encode()


def sign(algorithm: str, key: Any = None, headers: dict[str, Any] | None = None, **changed: Any) -> str:
    """A token of a provider's."""
    payload = claims(**{"iss": ISSUER, "aud": AUDIENCE, **changed})
    return jwt.encode(payload, PRIVATE[algorithm] if key is None else key, algorithm=algorithm, headers=headers)
