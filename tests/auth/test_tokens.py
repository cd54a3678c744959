"""Tokens: what is taken, and a table of what is not (FAULTS §4 row 35)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab.auth import OWNER_OF_ALL, Authority, Glob, Grant, Purpose, Role
from collab.auth.tokens import LEEWAY, MAX_TOKEN_BYTES
from collab.errors import InvalidRequest, Unauthenticated
from tests.auth.forge import NOW, OTHER_SECRET, SECRET, claims, encode, forge

AUTHORITY = Authority(SECRET, clock=lambda: NOW)
EDITOR = Grant.parse("notes/**", "editor")


def test_a_token_comes_back_as_it_was_issued() -> None:
    token = AUTHORITY.issue("alice", "Alice", [EDITOR], lifetime=60, token_id="t1")
    principal = AUTHORITY.verify(token)
    assert (principal.subject, principal.name, principal.token_id) == ("alice", "Alice", "t1")
    assert (principal.issued, principal.expires) == (NOW, NOW + 60)
    assert principal.grants == (EDITOR,)


def test_token_ids_are_new_each_time() -> None:
    ids = {AUTHORITY.verify(AUTHORITY.issue("a", "A", [], lifetime=60)).token_id for _ in range(100)}
    assert len(ids) == 100


def test_a_backends_own_token_is_taken() -> None:
    """Any backend with the secret makes tokens with the five claims of the documentation, in the library it has."""
    principal = AUTHORITY.verify(forge())
    assert principal.role_for("notes/a") is Role.EDITOR
    assert principal.issued == 0


@pytest.mark.parametrize(
    "changed",
    [
        {"name": ...},
        {"name": "Zoë 👩‍👩‍👧 \u00a0 O'Neil <b>"},
        {"sub": "user:1234@example.org"},
        {"grants": []},
        {"exp": NOW + 0.5},
        {"iat": NOW, "nbf": NOW},
        {"iat": NOW + LEEWAY, "nbf": NOW + LEEWAY},
        {"exp": NOW - LEEWAY + 1},
        {"aud": "collab"},
        {"aud": ["collab"]},
        {"aud": ["wiki", "collab", 7]},
        {"iss": "https://backend.example", "email": "a@example.org"},
    ],
    ids=str,
)
def test_what_is_taken(changed: dict[str, Any]) -> None:
    assert AUTHORITY.verify(forge(claims(**changed))).subject == changed.get("sub", "alice")


def test_a_name_defaults_to_the_subject() -> None:
    assert AUTHORITY.verify(forge(claims(name=...))).name == "alice"


ALICE = json.dumps(claims())
NESTED = "[" * 3000
FORGERIES = {
    "empty": ("", "there is no token"),
    "a space": (" ", "not a JWT"),
    "no dots": ("abc", "not a JWT"),
    "one dot": ("abc.def", "not a JWT"),
    "four parts": (forge() + ".abc", "not a JWT"),
    "five parts, as in JWE": ("a.b.c.d.e", "not a JWT"),
    "padding": (forge() + "====", "not a JWT"),
    "not base64": ("!!!.???.###", "not a JWT"),
    "not ASCII": ("é" + forge(), "not a JWT"),
    "a lone surrogate": ("\ud800" + forge(), "not a JWT"),
    "NUL": (forge() + "\0", "not a JWT"),
    "a new line": (forge() + "\n", "not a JWT"),
    "a header that is a list": (forge(header=[]), "not a JWT"),
    "a header that is no JSON": (f"{encode('{')}.{encode(ALICE)}.{encode('x')}", "not a JWT"),
    "a header nested too deep": (f"{encode(NESTED)}.{encode('{}')}.{encode('x')}", "not a JWT"),
    "a header with a huge number": (f"{encode('9' * 5000)}.{encode('{}')}.{encode('x')}", "not a JWT"),
    "oversized": (forge(claims(padding="x" * MAX_TOKEN_BYTES)), "longer than 8192"),
    "16 MiB": ("a" * 2**24, "longer than 8192"),
    "another secret": (forge(secret=OTHER_SECRET), "signed"),
    "an empty secret": (forge(secret=""), "signed"),
    "no signature": (forge().rpartition(".")[0] + ".", "signed"),
    "a cut signature": (forge()[:-3], "signed"),
    "another's signature": (
        ".".join([*forge(claims(sub="owner")).split(".")[:2], forge().split(".")[2]]),
        "signed",
    ),
    "another header over the same signature": (
        ".".join([encode('{"alg":"HS256","typ":"jwt"}'), *forge().split(".")[1:]]),
        "signed",
    ),
    "alg none": (forge(header={"alg": "none"}).rpartition(".")[0] + ".", "signed"),
    "alg none, signed": (forge(header={"alg": "none"}), "signed"),
    "alg None": (forge(header={"alg": "None"}), "signed"),
    "alg null": (forge(header={"alg": None}), "signed"),
    "alg missing": (forge(header={"typ": "JWT"}), "signed"),
    "alg in a list": (forge(header={"alg": ["HS256"]}), "signed"),
    "alg a number": (forge(header={"alg": 256}), "signed"),
    "alg in lower case": (forge(header={"alg": "hs256"}), "signed"),
    "alg HS384": (forge(header={"alg": "HS384"}, digest="HS384"), "signed"),
    "alg HS512": (forge(header={"alg": "HS512"}, digest="HS512"), "signed"),
    "alg RS256 over an HMAC": (forge(header={"alg": "RS256"}), "signed"),
    "alg ES256 over an HMAC": (forge(header={"alg": "ES256"}), "signed"),
    "alg EdDSA over an HMAC": (forge(header={"alg": "EdDSA"}), "signed"),
    "kid that is a path": (forge(header={"alg": "HS256", "kid": "../../dev/null"}, secret=""), "signed"),
    "kid that is SQL": (forge(header={"alg": "HS256", "kid": "' UNION SELECT ''"}, secret=""), "signed"),
    "kid that is no text": (forge(header={"alg": "HS256", "kid": {"a": 1}}), "not a JWT"),
    "a key of its own": (
        forge(header={"alg": "HS256", "jwk": {"kty": "oct", "k": encode(OTHER_SECRET)}}, secret=OTHER_SECRET),
        "signed",
    ),
    "a key elsewhere": (forge(header={"alg": "HS256", "jku": "http://evil.example/k"}, secret=OTHER_SECRET), "signed"),
    "crit unknown": (forge(header={"alg": "HS256", "crit": ["exp"], "exp": 0}), "not a JWT"),
    "crit empty": (forge(header={"alg": "HS256", "crit": []}), "not a JWT"),
    "a detached payload": (forge(header={"alg": "HS256", "crit": ["b64"], "b64": False}), "not a JWT"),
    "a payload that is a list": (forge([claims()]), "not a JWT"),
    "a payload that is text": (forge("alice"), "not a JWT"),
    "a payload that is no JSON": (forge(raw="{"), "not a JWT"),
    "a payload that is not UTF-8": (forge(raw=b'{"sub": "\xff"}'), "not a JWT"),
    "a payload nested too deep": (forge(raw=NESTED), "not a JWT"),
    "expired": (forge(claims(exp=NOW - LEEWAY)), "expired"),
    "expired long ago": (forge(claims(exp=0)), "expired"),
    "exp missing": (forge(claims(exp=...)), "exp is not a time"),
    "exp null": (forge(claims(exp=None)), "exp is not a time"),
    "exp as text": (forge(claims(exp=str(NOW + 60))), "exp is not a time"),
    "exp true": (forge(claims(exp=True)), "exp is not a time"),
    "exp NaN": (forge(claims(exp=float("nan"))), "exp is not a time"),
    "exp Infinity": (forge(claims(exp=float("inf"))), "exp is not a time"),
    "exp 1e999": (forge(raw=ALICE.replace(str(NOW + 3600), "1e999")), "exp is not a time"),
    "exp below nothing": (forge(claims(exp=-1)), "exp is not a time"),
    "exp after the year 9999": (forge(claims(exp=10**15)), "exp is not a time"),
    "exp in milliseconds": (forge(claims(exp=(NOW + 60) * 1000)), "exp is not a time"),
    "exp in a list": (forge(claims(exp=[NOW + 60])), "exp is not a time"),
    "not before": (forge(claims(nbf=NOW + LEEWAY + 1)), "not valid yet"),
    "nbf as text": (forge(claims(nbf="0")), "nbf is not a time"),
    "nbf null": (forge(claims(nbf=None)), "nbf is not a time"),
    "from the future": (forge(claims(iat=NOW + LEEWAY + 1)), "not valid yet"),
    "iat as text": (forge(claims(iat="now")), "iat is not a time"),
    "aud of another service": (forge(claims(aud="wiki")), "audience"),
    "aud of a session": (forge(claims(aud="collab/session")), "audience"),
    "aud of a code": (forge(claims(aud="collab/code")), "audience"),
    "aud in a list of others": (forge(claims(aud=["wiki", "collab/session"])), "audience"),
    "aud of a command, in a list": (forge(claims(aud=["collab/command"])), "audience"),
    "aud an empty list": (forge(claims(aud=[])), "audience"),
    "aud in a list in a list": (forge(claims(aud=[["collab"]])), "audience"),
    "aud a dict": (forge(claims(aud={"collab": 1})), "audience"),
    "aud null": (forge(claims(aud=None)), "audience"),
    "aud empty": (forge(claims(aud="")), "audience"),
    "sub of the owner link": (forge(claims(sub="owner")), "owner link"),
    "sub of the owner link, and owner of much": (
        forge(claims(sub="owner", grants=[{"document": "**", "role": "editor"}, {"document": "*", "role": "owner"}])),
        "owner link",
    ),
    "sub missing": (forge(claims(sub=...)), "sub is not a line of text"),
    "sub a number": (forge(claims(sub=1)), "sub is not a line of text"),
    "sub empty": (forge(claims(sub="")), "sub is not a line of text"),
    "sub blank": (forge(claims(sub=" \u2003")), "sub is not a line of text"),
    "sub with a new line": (forge(claims(sub="alice\n2026 INFO all is well")), "sub is not a line of text"),
    "sub with NUL": (forge(claims(sub="a\0")), "sub is not a line of text"),
    "sub with a lone surrogate": (forge(claims(sub="\ud800")), "sub is not a line of text"),
    "sub too long": (forge(claims(sub="é" * 128)), "more than 255 bytes"),
    "name null": (forge(claims(name=None)), "name is not a line of text"),
    "name a dict": (forge(claims(name={"a": 1})), "name is not a line of text"),
    "name with a line separator": (forge(claims(name="a\u2028b")), "name is not a line of text"),
    "jti missing": (forge(claims(jti=...)), "jti is not a line of text"),
    "jti a number": (forge(claims(jti=7)), "jti is not a line of text"),
    "jti empty": (forge(claims(jti="")), "jti is not a line of text"),
    "jti too long": (forge(claims(jti="j" * 256)), "more than 255 bytes"),
    "grants missing": (forge(claims(grants=...)), "grants are not a list"),
    "grants a dict": (forge(claims(grants={"**": "owner"})), "grants are not a list"),
    "grants text": (forge(claims(grants="**:owner")), "grants are not a list"),
    "grants too many": (forge(claims(grants=[{"document": "a", "role": "viewer"}] * 101)), "at most 100"),
    "a grant that is text": (forge(claims(grants=["**:owner"])), "just a document and a role"),
    "a grant that is a list": (forge(claims(grants=[["**", "owner"]])), "just a document and a role"),
    "a grant without a role": (forge(claims(grants=[{"document": "**"}])), "just a document and a role"),
    "a grant with more": (
        forge(claims(grants=[{"document": "**", "role": "owner", "until": "noon"}])),
        "just a document and a role",
    ),
    "a grant of a number": (forge(claims(grants=[{"document": "**", "role": 4}])), "just a document and a role"),
    "a grant of true": (forge(claims(grants=[{"document": True, "role": "owner"}])), "just a document and a role"),
    "a role unknown": (forge(claims(grants=[{"document": "**", "role": "root"}])), "a role is one of"),
    "a role in upper case": (forge(claims(grants=[{"document": "**", "role": "OWNER"}])), "a role is one of"),
    "a glob empty": (forge(claims(grants=[{"document": "", "role": "owner"}])), "not empty"),
    "a glob too long": (forge(claims(grants=[{"document": "a" * 1025, "role": "owner"}])), "1024 bytes"),
    "one bad grant among good ones": (
        forge(claims(grants=[{"document": "a", "role": "viewer"}, None])),
        "just a document and a role",
    ),
}


@pytest.mark.parametrize("kind", FORGERIES)
def test_forgeries(kind: str) -> None:
    token, says = FORGERIES[kind]
    with pytest.raises(Unauthenticated, match=says) as caught:
        AUTHORITY.verify(token)
    assert all(len(part) < 8 or part not in str(caught.value) for part in token.split(".")), "the token is repeated"


def test_the_table_is_about_what_it_says() -> None:
    """Each forgery differs from a token that is taken: the same maker, unchanged, makes that one."""
    AUTHORITY.verify(forge())
    AUTHORITY.verify(forge(header={"alg": "HS256", "kid": "any"}))
    AUTHORITY.verify(forge(raw=ALICE))


DEMANDING = Authority(SECRET, issuer="https://app.example", audience="docs", clock=lambda: NOW)
RIGHT = {"iss": "https://app.example", "aud": "docs"}
MISDIRECTED: dict[str, tuple[dict[str, Any], str]] = {
    "aud missing": ({**RIGHT, "aud": ...}, "audience"),
    "aud null": ({**RIGHT, "aud": None}, "audience"),
    "aud of another service": ({**RIGHT, "aud": "wiki"}, "audience"),
    "aud that would do if none were asked for": ({**RIGHT, "aud": "collab"}, "audience"),
    "aud almost": ({**RIGHT, "aud": "docs/"}, "audience"),
    "aud in upper case": ({**RIGHT, "aud": "DOCS"}, "audience"),
    "aud in a list of others": ({**RIGHT, "aud": ["collab", "wiki"]}, "audience"),
    "aud of a session": ({**RIGHT, "aud": "collab/session"}, "audience"),
    "iss missing": ({**RIGHT, "iss": ...}, "issuer"),
    "iss null": ({**RIGHT, "iss": None}, "issuer"),
    "iss of another": ({**RIGHT, "iss": "https://evil.example"}, "issuer"),
    "iss almost": ({**RIGHT, "iss": "https://app.example/"}, "issuer"),
    "iss in a list": ({**RIGHT, "iss": ["https://app.example"]}, "issuer"),
}


DOES_AS_WELL = {Purpose.COMMAND: (Purpose.TOKEN,)}
"""A command cannot know what the server was told to ask of tokens."""


@pytest.mark.parametrize("kind", MISDIRECTED)
def test_an_audience_and_an_issuer_are_asked_of_what_the_secret_signed_too(kind: str) -> None:
    """RFC 8725 §3.8, §3.9: another service may have the same secret, or an identity provider's way of making tokens."""
    changed, says = MISDIRECTED[kind]
    assert DEMANDING.verify(forge(claims(**RIGHT))).subject == "alice"
    assert DEMANDING.verify(forge(claims(**RIGHT | {"aud": ["wiki", "docs"]}))).subject == "alice"
    with pytest.raises(Unauthenticated, match=says):
        DEMANDING.verify(forge(claims(**changed)))


@pytest.mark.parametrize("purpose", Purpose)
def test_what_is_asked_for_is_in_what_is_issued(purpose: Purpose) -> None:
    text = DEMANDING.issue("alice", "Alice", [EDITOR], lifetime=60, purpose=purpose)
    assert DEMANDING.verify(text, purpose).subject == "alice"
    for other in set(Purpose) - {purpose, *DOES_AS_WELL.get(purpose, ())}:
        with pytest.raises(Unauthenticated, match="audience"):
            DEMANDING.verify(text, other)


def test_the_owner_is_who_owns_everything_and_nobody_is_called_so() -> None:
    assert AUTHORITY.verify(AUTHORITY.issue("owner", "Owner", OWNER_OF_ALL, lifetime=60)).subject == "owner"
    with pytest.raises(InvalidRequest, match="owner link"):
        AUTHORITY.issue("owner", "Owen", [EDITOR], lifetime=60)


@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda data: ".".join([encode(data)] * 3)))
def test_noise_is_refused_and_raises_nothing_else(text: str) -> None:
    with pytest.raises(Unauthenticated):
        AUTHORITY.verify(text)


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(["sub", "name", "exp", "iat", "nbf", "jti", "aud", "grants"]), JSON, min_size=1))
def test_claims_of_any_type_are_taken_or_refused(changed: dict[str, Any]) -> None:
    """Signed rightly, filled wrongly: whoever has the secret may still have a bug."""
    try:
        principal = AUTHORITY.verify(forge(claims(**changed)))
    except Unauthenticated:
        return
    assert isinstance(principal.subject, str)
    assert isinstance(principal.expires, int)
    assert principal.role_for("notes/a") in (None, Role.EDITOR)


@pytest.mark.parametrize("made_for", Purpose)
@pytest.mark.parametrize("used_for", Purpose)
def test_none_is_used_for_another(made_for: Purpose, used_for: Purpose) -> None:
    text = AUTHORITY.issue("alice", "Alice", [EDITOR], lifetime=60, purpose=made_for)
    if used_for in (made_for, *DOES_AS_WELL.get(made_for, ())):
        assert AUTHORITY.verify(text, used_for).subject == "alice"
    else:
        with pytest.raises(Unauthenticated, match="audience"):
            AUTHORITY.verify(text, used_for)


@pytest.mark.parametrize("purpose", [Purpose.SESSION, Purpose.CODE, Purpose.PASS, Purpose.COMMAND])
def test_an_audience_among_others_is_a_tokens(purpose: Purpose) -> None:
    """What the server signs for itself has the one audience."""
    with pytest.raises(Unauthenticated, match="audience"):
        AUTHORITY.verify(forge(claims(aud=["collab", purpose.value])), purpose)


@pytest.mark.parametrize("purpose", [Purpose.SESSION, Purpose.CODE])
def test_a_token_without_an_audience_is_only_a_token(purpose: Purpose) -> None:
    with pytest.raises(Unauthenticated, match="audience"):
        AUTHORITY.verify(forge(), purpose)


@pytest.mark.parametrize(
    ("subject", "name", "grants", "says"),
    [
        ("", "A", [], "sub"),
        ("a\n", "A", [], "sub"),
        ("a", "", [], "name"),
        ("a", "A", [EDITOR] * 101, "at most 100"),
        ("a", "A", [Grant(Glob.parse("x" * 1000), Role.VIEWER)] * 9, "longer than"),
    ],
)
def test_what_would_not_be_taken_back_is_not_issued(subject: str, name: str, grants: list[Grant], says: str) -> None:
    with pytest.raises(InvalidRequest, match=says):
        AUTHORITY.issue(subject, name, grants, lifetime=60)


def test_time_is_the_authoritys() -> None:
    now = float(NOW)
    authority = Authority(SECRET, clock=lambda: now)
    token = authority.issue("a", "A", [], lifetime=60)
    now += 60 + LEEWAY - 1
    authority.verify(token)
    now += 1
    with pytest.raises(Unauthenticated, match="expired"):
        authority.verify(token)


@pytest.mark.parametrize(
    ("grants", "document", "role"),
    [
        ([("notes/**", "editor")], "notes/a/b", Role.EDITOR),
        ([("notes/**", "editor")], "notes", None),
        ([("notes/**", "editor")], "Notes/a", None),
        ([("**", "viewer"), ("notes/*", "owner"), ("notes/a", "commenter")], "notes/a", Role.OWNER),
        ([("**", "viewer"), ("notes/*", "owner")], "notes/a/b", Role.VIEWER),
        ([], "a", None),
    ],
)
def test_the_greatest_role_counts(grants: list[tuple[str, str]], document: str, role: Role | None) -> None:
    token = AUTHORITY.issue("a", "A", [Grant.parse(*grant) for grant in grants], lifetime=60)
    assert AUTHORITY.verify(token).role_for(document) is role
