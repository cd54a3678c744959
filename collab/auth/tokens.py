"""Tokens: who someone is and what they may open, signed (JWT, RFC 7519; HS256 with the server's secret).

    {"sub": "alice", "name": "Alice", "exp": 1767225600, "jti": "…", "grants": [{"document": "notes/**", "role": "editor"}]}

``sub``, ``exp``, ``jti`` and ``grants`` are required; ``name`` is shown to others and defaults to ``sub``; ``iat`` and
``nbf`` are honoured. Any backend that has the secret may make one. The server signs more kinds for itself, with the
same claims and an audience each, so that one can never be used for another:

    purpose   audience          carried by                            lives
    TOKEN     none, or collab*  the client, in band or in ?token=     as long as its maker says
    SESSION   collab/session    a cookie of the browser               weeks
    CODE      collab/code       the fragment of an owner link, once   15 minutes
    PASS      collab/pass       a guest's browser, to come back       weeks
    COMMAND   collab/command    a command beside the server           a minute

A command does where a token does: it has the secret from the data directory, and cannot know what the server was told.

*) alone or among others (RFC 7519 §4.1.3); or what the settings ask for: where an audience or an issuer is set, each token has to carry it, those signed with the
secret too (RFC 8725 §3.8, §3.9), and those that the server makes do.

A guest's token, and pass, names the share link it was made from (``share``) and has no grants: what the link is at each
moment is what counts. Subjects that begin with ``guest:`` and ``key:`` are the server's own to give. ``owner`` is whoever comes by the owner
link, who owns everything: so a token of that subject is only believed if it says that, too, and never from somebody else's
key. A user of an app who is called so does not become the operator.

Nothing of a token is looked at before its size is known and its signature has been checked; what the signature covers
is then taken strictly, since a claim that was read leniently is a grant nobody meant to make.
"""

from __future__ import annotations

import re
import secrets
import time
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Self

import jwt
from jwt.types import Options

from collab.auth.globs import Glob
from collab.auth.roles import Action, Role, may
from collab.config import Access
from collab.errors import InvalidRequest, Unauthenticated

ALGORITHM = "HS256"
MAX_TOKEN_BYTES = 8192
MAX_GRANTS = 100
MAX_SUBJECT_BYTES = 255
MAX_TOKEN_ID_BYTES = 255
GUEST = "guest:"
KEY = "key:"
"""How the subjects begin that this server gives by itself."""
OWNER = "owner"
"""The subject of whoever comes by the owner link."""
_IS_RESERVED = f"the token's sub is {OWNER!r}, who comes by the owner link: nobody else can be called so"
_MEANT_FOR_ANOTHER = "the token is meant for something else (its audience)"
LEEWAY = 10
"""Seconds by which the clocks of whoever made a token and of this server may differ."""
LAST_MOMENT = 253_402_300_799
"""The end of the year 9999: later times have no RFC 3339 spelling."""


_EVERYTHING = re.compile(r"\*{2,}")
"""A glob that matches every name, by its looks."""

_SIGNATURE_ONLY: Options = {
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_sub": False,
    "verify_jti": False,
}
"""What the claims say is checked here: PyJWT takes a number written as text for a time, and knows no clock but its own."""
_NOT_IN_A_LINE = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Unicode's controls, lone surrogates and line ends: what would forge a line in a log, or cannot be written at all."""


class Purpose(Enum):
    """What a signed text is good for; the value is its audience."""

    TOKEN = "collab"  # noqa: S105 - an audience
    SESSION = "collab/session"
    CODE = "collab/code"
    PASS = "collab/pass"  # noqa: S105 - an audience
    COMMAND = "collab/command"


@dataclass(frozen=True, slots=True)
class Grant:
    """A role for every document whose name the glob matches."""

    document: Glob
    role: Role

    @classmethod
    def parse(cls, glob: str, role: str) -> Grant:
        """From the words of a token or a command line; raises InvalidRequest."""
        try:
            return cls(Glob.parse(glob), Role.parse(role))
        except ValueError as error:
            raise InvalidRequest(str(error)) from None

    @property
    def claim(self) -> dict[str, str]:
        """As a token spells it."""
        return {"document": str(self.document), "role": self.role.label}


OWNER_OF_ALL = (Grant(Glob.parse("**"), Role.OWNER),)


@dataclass(frozen=True, slots=True)
class Principal:
    """Someone who was let in, and the terms. Times are seconds since the epoch."""

    subject: str
    name: str
    token_id: str
    """What is revoked to shut them out. A session and all socket tokens made from it share one, as a guest's pass and tokens do."""
    issued: int
    """0 when the token does not say."""
    expires: int
    grants: tuple[Grant, ...]
    share: str | None = None
    """The id of the share link that a guest came by."""
    mark: str = ""
    """In a guest's pass, what the link's password was."""
    key: str | None = None
    """The id of the API key that a server came with."""

    @property
    def is_person(self) -> bool:
        """Whether documents can be theirs: guests and keys come and go."""
        return self.share is None and self.key is None

    def role_for(self, document: str) -> Role | None:
        """The greatest role that any grant gives for the document of this (parsed) name; None: no access at all."""
        return max((grant.role for grant in self.grants if grant.document.matches(document)), default=None)

    def globs_for(self, action: Action) -> list[Glob]:
        """Where their role is enough for ``action``: the names that any of these matches."""
        return [grant.document for grant in self.grants if may(grant.role, action)]

    @property
    def owns_everything(self) -> bool:
        """Whether one grant makes them owner of every document there is or may be: the operator."""
        return any(grant.role is Role.OWNER and _EVERYTHING.fullmatch(str(grant.document)) for grant in self.grants)


class Authority:
    """Signs and verifies with the server's secret.

    ``clock`` tells seconds since the epoch.
    """

    def __init__(
        self,
        secret: str,
        *,
        accepted: Iterable[str] = (),
        leeway: float = LEEWAY,
        issuer: str | None = None,
        audience: str | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """``secret`` signs; what one of ``accepted`` has signed is believed as well, while secrets are changed.

        ``issuer`` and ``audience`` are what tokens have to carry; None: nothing is asked.
        """
        self._key = secret.encode()
        self._keys = (self._key, *(each.encode() for each in accepted))
        self.leeway = leeway
        self.issuer = issuer
        self.audience = audience
        self.now = clock

    @classmethod
    def of(cls, settings: Access, secret: str) -> Self:
        """The authority of the server that has these settings, and of the commands beside it."""
        return cls(
            secret,
            accepted=[each.get_secret_value() for each in settings.accepted_secrets],
            leeway=settings.token_leeway,
            issuer=settings.token_issuer,
            audience=settings.token_audience,
        )

    def issue(
        self,
        subject: str,
        name: str,
        grants: Iterable[Grant],
        *,
        lifetime: float,
        purpose: Purpose = Purpose.TOKEN,
        token_id: str | None = None,
        share: str | None = None,
        mark: str = "",
    ) -> str:
        """A signed text good for ``lifetime`` seconds; ``token_id`` None makes a new one, ``share`` is for guests.

        Raises InvalidRequest for what ``verify`` would not take back.
        """
        now = int(self.now())
        claims = {
            "sub": subject,
            "name": name,
            "iat": now,
            "exp": now + max(1, round(lifetime)),
            "jti": token_id or secrets.token_urlsafe(16),
            "aud": self._audience_of(purpose),
            "grants": [grant.claim for grant in grants],
        }
        if self.issuer is not None and purpose is Purpose.TOKEN:
            claims["iss"] = self.issuer
        if share is not None:
            claims |= {"share": share, "mark": mark}
        try:
            _principal(claims)
        except Unauthenticated as error:
            raise InvalidRequest(str(error)) from None
        signed = jwt.encode(claims, self._key, algorithm=ALGORITHM)
        if len(signed) > MAX_TOKEN_BYTES:
            raise InvalidRequest(
                f"the token would be longer than {MAX_TOKEN_BYTES} bytes: fewer grants, or shorter ones"
            )
        return signed

    def verify(self, text: str, purpose: Purpose = Purpose.TOKEN) -> Principal:
        """Who brought ``text``. Raises Unauthenticated, which says what is wrong and repeats nothing of the text."""
        claims = claims_of(text, ((ALGORITHM, key) for key in self._keys))
        if claims is None:
            raise Unauthenticated("the token was not signed by this server's secret, with HS256")
        audience = claims.get("aud")
        if purpose is not Purpose.TOKEN:
            if audience != purpose.value:
                raise Unauthenticated(_MEANT_FOR_ANOTHER)
        elif audience != Purpose.COMMAND.value:
            if "aud" in claims or self.audience is not None:
                self.check_audience(claims)
            self.check_issuer(claims)
        return self.believe(claims)

    def check_audience(self, claims: Mapping[str, Any]) -> None:
        """Raises Unauthenticated where a token is not meant for this server, alone or among others."""
        audience = claims.get("aud")
        if self._audience_of(Purpose.TOKEN) not in (audience if isinstance(audience, list) else [audience]):
            raise Unauthenticated(_MEANT_FOR_ANOTHER)

    def check_issuer(self, claims: Mapping[str, Any]) -> None:
        """Raises Unauthenticated where an issuer is asked for, and it was another."""
        if self.issuer is not None and claims.get("iss") != self.issuer:
            raise Unauthenticated("the token was issued by somebody else (its issuer)")

    def believe(self, claims: Mapping[str, Any], *, are_ours: bool = True) -> Principal:
        """Who it is that claims which were signed are of. Raises Unauthenticated; ``are_ours``: with this server's secret."""
        if not are_ours and "share" in claims:
            raise Unauthenticated("the token has a claim that only this server makes")
        if not are_ours and claims.get("sub") == OWNER:
            raise Unauthenticated(_IS_RESERVED)
        principal = _principal(claims)
        self._check_times(claims, principal)
        return principal

    def _audience_of(self, purpose: Purpose) -> str:
        return self.audience or purpose.value if purpose is Purpose.TOKEN else purpose.value

    def _check_times(self, claims: Mapping[str, Any], principal: Principal) -> None:
        now = self.now()
        if principal.expires <= now - self.leeway:
            raise Unauthenticated("the token has expired")
        begins = _moment(claims, "nbf") if "nbf" in claims else 0
        if max(begins, principal.issued) > now + self.leeway:
            raise Unauthenticated("the token is not valid yet")


def claims_of(text: str, keys: Iterable[tuple[str, Any]]) -> dict[str, Any] | None:
    """What a token says that one of these signed, each with its one algorithm; None: none of them did.

    Raises Unauthenticated for what is no token at all, and repeats nothing of it.
    """
    check_form(text)
    for algorithm, key in keys:
        try:
            claims: dict[str, Any] = jwt.decode(text, key, algorithms=[algorithm], options=_SIGNATURE_ONLY)
        except (jwt.InvalidSignatureError, jwt.InvalidAlgorithmError):
            continue
        except jwt.PyJWTError:
            raise Unauthenticated("the token is not a JWT") from None
        return claims
    return None


def check_form(text: str) -> None:
    """Raises Unauthenticated for what is too large or too odd to be looked at."""
    if not text:
        raise Unauthenticated("there is no token", tried=False)
    if len(text) > MAX_TOKEN_BYTES:
        raise Unauthenticated(f"the token is longer than {MAX_TOKEN_BYTES} bytes")
    if not text.isascii():
        raise Unauthenticated("the token is not a JWT")


def _principal(claims: Mapping[str, Any]) -> Principal:
    subject = _text(claims, "sub", MAX_SUBJECT_BYTES)
    share = _text(claims, "share", MAX_TOKEN_ID_BYTES) if "share" in claims else None
    ours = "" if share is None else f"{GUEST}{share}:"
    if subject.startswith((GUEST, KEY) if share is None else KEY) or not subject.startswith(ours):
        raise Unauthenticated("the token's sub is one that only this server gives")
    principal = Principal(
        subject=subject,
        name=_text(claims, "name", MAX_SUBJECT_BYTES) if "name" in claims else subject,
        token_id=_text(claims, "jti", MAX_TOKEN_ID_BYTES),
        issued=_moment(claims, "iat") if "iat" in claims else 0,
        expires=_moment(claims, "exp"),
        grants=_grants(claims.get("grants")),
        share=share,
        mark=_text(claims, "mark", MAX_TOKEN_ID_BYTES) if claims.get("mark") else "",
    )
    if subject == OWNER and not principal.owns_everything:
        raise Unauthenticated(_IS_RESERVED)
    return principal


def _text(claims: Mapping[str, Any], claim: str, limit: int) -> str:
    value = claims.get(claim)
    if not isinstance(value, str) or not value.strip() or any(unicodedata.category(c) in _NOT_IN_A_LINE for c in value):
        raise Unauthenticated(f"the token's {claim} is not a line of text")
    if len(value.encode()) > limit:
        raise Unauthenticated(f"the token's {claim} has more than {limit} bytes")
    return value


def _moment(claims: Mapping[str, Any], claim: str) -> int:
    value = claims.get(claim)
    # bool is an int, and JSON's 1e400 arrives as an infinite float
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LAST_MOMENT:
        raise Unauthenticated(f"the token's {claim} is not a time")
    return int(value)


def _grants(value: object) -> tuple[Grant, ...]:
    if not isinstance(value, list) or len(value) > MAX_GRANTS:
        raise Unauthenticated(f"the token's grants are not a list of at most {MAX_GRANTS}")
    return tuple(_grant(item) for item in value)


def _grant(item: object) -> Grant:
    match item:
        # No other keys: a limit that this version does not know must not be passed over.
        case {"document": str(glob), "role": str(role), **more} if not more:
            try:
                return Grant.parse(glob, role)
            except InvalidRequest as error:
                raise Unauthenticated(f"the token has a grant that is not one: {error}") from None
        case _:
            raise Unauthenticated("the token has a grant that is not just a document and a role")
