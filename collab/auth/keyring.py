"""Public keys, and the one algorithm that each may be used with (RFC 8725 §3.1): who brings a token does not choose it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from collab.errors import ConfigurationError

MOST_KEYS = 100
MIN_RSA_BITS = 2048
ALGORITHMS = frozenset({"RS256", "ES256", "EdDSA"})

_PEM = re.compile(rb"-----BEGIN PUBLIC KEY-----.+?-----END PUBLIC KEY-----", re.DOTALL)


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key; ``kid`` is how tokens name it, where it has a name."""

    algorithm: str
    key: Any
    kid: str | None = None


def read_pem(data: bytes) -> list[PublicKey]:
    """The keys in a PEM file. Raises ConfigurationError for one that is no use, and where there is none."""
    found = []
    for block in _PEM.findall(data):
        try:
            key = load_pem_public_key(block)
        except ValueError as error:
            raise ConfigurationError(f"a public key cannot be read: {error}") from error
        algorithm = _algorithm(key)
        if algorithm is None:
            raise ConfigurationError("a public key is neither RSA of 2,048 bits and more, nor P-256, nor Ed25519")
        found.append(PublicKey(algorithm, key))
    if not found:
        raise ConfigurationError("the file of public keys holds none (-----BEGIN PUBLIC KEY-----)")
    return found


def read_jwks(data: bytes) -> list[PublicKey]:
    """The keys of a JWKS (RFC 7517) that tokens can be signed with; what else stands in it is passed over.

    Raises ValueError where it is no JWKS.
    """
    document = json.loads(data)
    keys = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(keys, list):
        raise ValueError("there is no list of keys")
    found = [key for each in keys[:MOST_KEYS] if isinstance(each, dict) and (key := _read_jwk(each)) is not None]
    if not found:
        raise ValueError("there is no key for RS256, ES256 or EdDSA")
    return found


def _read_jwk(jwk: Mapping[str, Any]) -> PublicKey | None:
    if jwk.get("kty") not in ("RSA", "EC", "OKP") or "d" in jwk or jwk.get("use", "sig") != "sig":
        return None  # above all no "oct": that would be a secret for all to see
    try:
        key = jwt.PyJWK(dict(jwk), algorithm={"RSA": "RS256", "EC": "ES256", "OKP": "EdDSA"}[jwk["kty"]]).key
    except (jwt.PyJWTError, ValueError, TypeError, KeyError):
        return None
    algorithm = _algorithm(key)
    kid = jwk.get("kid")
    if algorithm is None or jwk.get("alg", algorithm) != algorithm:
        return None
    return PublicKey(algorithm, key, kid if isinstance(kid, str) else None)


def _algorithm(key: object) -> str | None:
    match key:
        case RSAPublicKey() if key.key_size >= MIN_RSA_BITS:
            return "RS256"
        case EllipticCurvePublicKey() if isinstance(key.curve, SECP256R1):
            return "ES256"
        case Ed25519PublicKey():
            return "EdDSA"
        case _:
            return None
