"""Every error this server raises on purpose, as one tree.

    CollabError
    ├── ConfigurationError              the operator's: a setting is wrong
    ├── BadInput                        the client's: these bytes or words are not what they claim to be
    │   ├── MalformedMessage                a frame that is not of the protocol
    │   ├── MalformedUpdate                 a Yjs update that is damaged, or would poison a document
    │   ├── MalformedAwareness              a presence message that is damaged
    │   ├── InvalidName                     not a document name
    │   └── InvalidRequest                  an HTTP request whose body or parameters are wrong
    │       ├── MethodNotAllowed                nothing here is done with this method
    │       └── UnsupportedMediaType            the body is of a type that is not asked for
    ├── LimitExceeded                   the client's: well-formed, but more than is allowed
    │   ├── TooLarge                        one thing is bigger than its limit
    │   ├── TooMany                         a count is above its limit
    │   │   └── RateLimited                     too often, or too much at once: a little later it is let in
    │   └── DocumentFull                    the document is at its limit; it stays readable
    ├── AccessError                     the client's: not allowed
    │   ├── Unauthenticated                 no token, or not a good one
    │   │   ├── PasswordRequired                the link has a password
    │   │   └── PasswordWrong                   and this is not it
    │   ├── LinkExpired                     the share link's time is over
    │   ├── LinkUsedUp                      it was used as often as it may be
    │   ├── Forbidden                       known, but the role does not reach
    │   └── OriginNotAllowed                a browser page from elsewhere
    ├── NotFound                        there is no such thing, or it may not be known that there is
    ├── DocumentDeleted                 it was deleted; it can be restored
    ├── Conflict                        the client's: what it asks for does not fit the present state
    │   ├── DocumentExists                  the name is taken
    │   └── MissingDependencies             an update that builds on what the server does not have
    ├── ContentUnavailable              the document's: it cannot be written out as JSON, text, Markdown or HTML
    │   └── RestoreUnavailable              it cannot be brought to a moment of its past for certain; nothing was changed
    ├── TimedOut                        the client's: took longer than the deadline
    ├── DocumentUnreadable              the server's: what is stored of it is damaged; it is kept as it is
    │   └── MomentUnreadable                only a moment of its past that somebody named
    └── Unavailable                     the server's: try again later
        ├── StorageUnavailable              the database did not take or give the bytes
        ├── Overloaded                      a queue is full
        └── ShuttingDown                    the server is going away

An error carries what was wrong as words and as typed attributes. It becomes an HTTP answer only in ``api`` and a
close code only in ``transports``; the numbers stand here so that they stand once. Close codes 4400 to 4499 tell a
y-websocket client not to come back; 1013 tells every client to try again later. (``RateLimited`` is the client's own doing,
so it is a 429; but it passes, so it is a 1013.)
"""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar


class CollabError(Exception):
    """The root of the tree. ``str(error)`` is a sentence for the person who can mend it."""

    code: ClassVar[str] = "internal"
    """Stable, for programs: the ``code`` of a problem document and the label of a metric."""
    status: ClassVar[int] = 500
    """The HTTP status."""
    close_code: ClassVar[int] = 1011
    """The WebSocket close code."""

    @property
    def told(self) -> str:
        """What a client is told: the sentence, unless some of it is for the server's log alone."""
        return str(self)

    @property
    def reason(self) -> str:
        """What a peer is told, short enough for a close frame (123 bytes of UTF-8)."""
        return self.told.encode()[:123].decode(errors="ignore")


class ConfigurationError(CollabError):
    """A setting is missing or wrong; the message names it."""

    code = "configuration"


class BadInput(CollabError):
    """The client sent something that is not what it claims to be."""

    code = "bad-input"
    status = 400
    close_code = 4400


class MalformedMessage(BadInput):
    """A frame that does not follow its protocol."""

    code = "malformed-message"


class MalformedUpdate(BadInput):
    """An update that is damaged, or that no honest Yjs client makes."""

    code = "malformed-update"


class MalformedAwareness(BadInput):
    """A presence message that is damaged."""

    code = "malformed-awareness"


class InvalidName(BadInput):
    """Not a document name: see ``collab.auth.names`` for what is one."""

    code = "invalid-name"


class InvalidRequest(BadInput):
    """An HTTP request whose body or parameters are wrong.

    ``where`` is the part that is wrong, as a JSON pointer: ``/body/title``, ``/query/limit``.
    """

    code = "invalid-request"

    def __init__(self, message: str, *, where: str | None = None) -> None:
        super().__init__(message)
        self.where = where


class MethodNotAllowed(InvalidRequest):
    """Nothing is done here with this HTTP method; ``allowed`` are those that something is done with."""

    code = "method-not-allowed"
    status = 405

    def __init__(self, message: str, *, allowed: Collection[str] = ()) -> None:
        super().__init__(message)
        self.allowed = allowed


class UnsupportedMediaType(InvalidRequest):
    """The body of an HTTP request is of a type, or in a coding, that is not asked for."""

    code = "unsupported-media-type"
    status = 415


class LimitExceeded(CollabError):
    """Well-formed, but more than this server allows.

    ``limit`` is the allowed amount and ``setting`` the name of the setting that holds it.
    """

    code = "limit-exceeded"
    status = 413
    close_code = 1009

    def __init__(self, message: str, *, limit: int | float | None = None, setting: str | None = None) -> None:
        super().__init__(message)
        self.limit = limit
        self.setting = setting


class TooLarge(LimitExceeded):
    """One message, update or state is bigger than its limit."""

    code = "too-large"


class TooMany(LimitExceeded):
    """A count is above its limit."""

    code = "too-many"
    status = 429
    close_code = 4429


class RateLimited(TooMany):
    """Too often, or too much at once: the same is let in later, after ``retry_after`` seconds where that is known."""

    code = "rate-limited"
    close_code = 1013

    def __init__(
        self,
        message: str,
        *,
        limit: int | float | None = None,
        setting: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, limit=limit, setting=setting)
        self.retry_after = retry_after


class DocumentFull(LimitExceeded):
    """The document is at its limit: it can be read, and shortened, but not grown."""

    code = "document-full"


class AccessError(CollabError):
    """Not allowed."""

    code = "access"
    status = 403
    close_code = 4403


class Unauthenticated(AccessError):
    """There is no token, or not a good one; ``tried`` says that there was one, which may have been a guess."""

    code = "unauthenticated"
    status = 401
    close_code = 4401

    def __init__(self, message: str, *, tried: bool = True) -> None:
        super().__init__(message)
        self.tried = tried


class PasswordRequired(Unauthenticated):
    """The share link has a password, and none was sent."""

    code = "password-required"


class PasswordWrong(Unauthenticated):
    """It is not the share link's password."""

    code = "password-wrong"


class LinkExpired(AccessError):
    """The share link's time is over. Only who has the whole link is told."""

    code = "share-expired"
    status = 410


class LinkUsedUp(AccessError):
    """The share link was used as often as it may be."""

    code = "share-used-up"
    status = 410


class Forbidden(AccessError):
    """The token is good, but its role does not reach."""

    code = "forbidden"


class OriginNotAllowed(AccessError):
    """A browser page from an origin that is not allowed."""

    code = "origin-not-allowed"


class NotFound(CollabError):
    """There is no such thing, or the asker may not know that there is."""

    code = "not-found"
    status = 404
    close_code = 4404


class DocumentDeleted(CollabError):
    """The document was deleted. It is kept, and can be restored until its retention ends."""

    code = "document-deleted"
    status = 410
    close_code = 4410


class Conflict(CollabError):
    """What is asked for does not fit the present state; nothing was changed."""

    code = "conflict"
    status = 409
    close_code = 4409


class DocumentExists(Conflict):
    """A document of this name is there already."""

    code = "document-exists"


class MissingDependencies(Conflict):
    """An update builds on what the server does not have: bring that first, or both in one."""

    code = "missing-dependencies"


class ContentUnavailable(CollabError):
    """The document cannot be written out: it nests too deep, takes too long, or ends the process that reads it.

    It is served and edited as ever.
    """

    code = "document-unrenderable"
    status = 422
    close_code = 4422


class RestoreUnavailable(ContentUnavailable):
    """No edit was found that is known to bring the document to the moment that was asked for; nothing was changed."""

    code = "document-unrestorable"


class TimedOut(CollabError):
    """The client took longer than the deadline."""

    code = "timed-out"
    status = 408
    close_code = 4408


class DocumentUnreadable(CollabError):
    """What is stored of the document is damaged. It is kept as it is, for ``collab doctor``."""

    code = "document-unreadable"
    status = 503
    close_code = 1013


class MomentUnreadable(DocumentUnreadable):
    """What is stored of the moment that a version names is damaged; another one is not shown in its place."""

    code = "moment-unreadable"


class Unavailable(CollabError):
    """A passing failure on the server's side: the same call may succeed later."""

    code = "unavailable"
    status = 503
    close_code = 1013


class StorageUnavailable(Unavailable):
    """The database did not take, or did not give, the bytes.

    ``told``: what a client is told instead of ``message``, where that names the database's host, user or rows.
    """

    code = "storage-unavailable"

    def __init__(self, message: str, *, told: str | None = None) -> None:
        super().__init__(message)
        self._told = told

    @property
    def told(self) -> str:
        """See the class."""
        return str(self) if self._told is None else self._told


class Overloaded(Unavailable):
    """A queue of the server is full."""

    code = "overloaded"


class ShuttingDown(Unavailable):
    """The server is going away; another one, or the next one, will answer."""

    code = "shutting-down"
    close_code = 1001
