"""Public keys: which are taken, and for which one algorithm."""

from __future__ import annotations

import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa

from collab.auth.keyring import read_jwks, read_pem
from collab.errors import ConfigurationError
from tests.auth.keys import EC, ED, PRIVATE, RSA, jwk, jwks, pem


def test_a_file_may_hold_several() -> None:
    keys = read_pem(b"# ours\n" + pem(RSA) + pem(EC) + b"\n" + pem(ED))
    assert [key.algorithm for key in keys] == ["RS256", "ES256", "EdDSA"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"nonsense",
        pem(RSA).replace(b"A", b"!", 5),
        pem(rsa.generate_private_key(65537, 1024)),
        pem(ec.generate_private_key(ec.SECP384R1())),
        pem(ed448.Ed448PrivateKey.generate()),
    ],
    ids=["nothing", "nonsense", "damaged", "RSA of 1024 bits", "P-384", "Ed448"],
)
def test_what_is_no_key_is_said_at_the_start(data: bytes) -> None:
    with pytest.raises(ConfigurationError):
        read_pem(data)


def test_a_jwks_is_read_for_what_can_sign() -> None:
    odd = [
        {"kty": "oct", "k": "c2VjcmV0", "kid": "a secret"},
        jwk("RS256", "for encryption", use="enc"),
        jwk("RS256", "another algorithm", alg="RS512"),
        {**jwk("RS256", "broken"), "n": "!"},
        {"kty": "RSA", "kid": "empty"},
        {**jwk("EdDSA", "private"), "d": "x"},
        "nonsense",
        7,
    ]
    data = json.dumps({"keys": [*odd, *(jwk(algorithm, algorithm) for algorithm in PRIVATE)]}).encode()
    assert [(key.algorithm, key.kid) for key in read_jwks(data)] == [(name, name) for name in PRIVATE]


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"keys": 7}', b'{"keys": []}', jwks({"kty": "oct", "k": "AA"})])
def test_what_is_no_jwks(data: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whatever json says
        read_jwks(data)
