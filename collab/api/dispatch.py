"""The way of a request to its handler.

    path and method → who asks → the name → the rest of the path and the query → what they may do → the body → the handler

So nothing is read of who is not known, and nothing large of who may not write. The description says what is asked at
each step; a handler is handed a ``Call`` in which all of it has been found good.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from collab.api.bodies import Claim, Space, parse_json, read_body
from collab.api.callers import address_of, caller_of
from collab.api.cors import is_preflight, preflight
from collab.api.description import Description, Endpoint, Operation
from collab.api.headers import ANSWERED
from collab.api.keys import ACCESS, GUARD, SETTINGS, VISITS
from collab.auth import Action, Principal, Role, may, parse_encoded_name
from collab.errors import Forbidden, InvalidRequest, MethodNotAllowed, NotFound, Unauthenticated, UnsupportedMediaType

_UNGUARDED = frozenset({"/healthz", "/readyz"})
"""Whoever asks whether the server lives is told so, however much others ask from the same address: it would be restarted."""

_READING = frozenset({"GET", "HEAD"})

OPERATION = web.RequestKey("operation", str)
"""The id of what was asked for; absent where that is nothing the description knows."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request that was found good."""

    request: web.Request
    known_caller: Principal | None
    """None only where the description lets anybody ask."""
    known_role: Role | None
    """What they are to the document in the path; None only where nothing is needed for it."""
    needs: Action | None
    """What it takes to be let in here."""
    document: str
    """The name in the path; "" where there is none."""
    path: Mapping[str, Any]
    """What else stands in the path, by its name in the description."""
    query: Mapping[str, Any]
    """Every parameter that is described, by its type; None: it is absent and has no default."""
    body: Any
    """JSON, or bytes; None: there is none."""
    claim: Claim
    """To be asked before an answer of unknown size is held in memory. Raises Overloaded."""

    @property
    def app(self) -> web.Application:
        """Where everything is that handlers need."""
        return self.request.app

    @property
    def caller(self) -> Principal:
        """Who asks."""
        if self.known_caller is None:
            raise RuntimeError("this operation is described as one for anybody")
        return self.known_caller

    @property
    def role(self) -> Role:
        """What the caller is to the document in the path."""
        if self.known_role is None:
            raise RuntimeError("this operation is described as one that needs no role")
        return self.known_role

    def require(self, action: Action) -> None:
        """What only some of the requests to an operation need. Raises Forbidden."""
        _check(self.app, self.role, action)

    async def judge_again(self, *more: Action) -> Role:
        """What the caller is to the document by now: for who had to wait since, before they write; ``more`` is required, too.

        Raises what dispatch does: Unauthenticated, Forbidden, OriginNotAllowed.
        """
        if self.needs is None:
            raise RuntimeError("this operation is described as one that needs no role")
        role = await authorize(self.app, await caller_of(self.request), self.document, self.needs)
        for action in more:
            _check(self.app, role, action)
        return role


Handler = Callable[[Call], Awaitable[web.StreamResponse]]


async def authorize(app: web.Application, caller: Principal, document: str, action: Action) -> Role:
    """What ``caller`` is to a document, if that is enough. Raises Forbidden, whether or not there is such a document."""
    role = await app[ACCESS].role_for(caller, document)
    if role is None:
        raise Forbidden("you have no grant for this document")
    _check(app, role, action)
    return role


def is_enough(app: web.Application, role: Role, action: Action) -> bool:
    """Whether a role is enough for an action on this server."""
    return may(role, action, history_role=Role.parse(app[SETTINGS].history_role))


def _check(app: web.Application, role: Role, action: Action) -> None:
    if not is_enough(app, role, action):
        raise Forbidden(f"your role for this document, {role.label}, is not enough for this")


_WORDS = 4
"""What part of the space for uploads JSON may take beside them."""


class Dispatch:
    """Finds the handler of a request and lets it come there only as the description says."""

    def __init__(self, description: Description, handlers: Mapping[str, Handler], *, space: int) -> None:
        """``handlers`` by the ids of their operations; ``space``: bytes that all bodies under way may take together."""
        self.description = description
        self._handlers = handlers
        self._space = Space(space)
        # JSON is short, and has a space to itself: nobody's uploads keep the others from signing in.
        self._words = Space(space // _WORDS)

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        """Answer ``request``. Raises what is wrong with it, and what its handler does."""
        endpoint, raw = self._find(request)
        if is_preflight(request):
            return preflight(endpoint.allowed)
        operation = _operation(request, endpoint)
        request[OPERATION] = operation.id
        if endpoint.template in _UNGUARDED:
            return await self._answer(request, operation, raw)
        guard, address = request.app[GUARD], address_of(request)
        guard.asking(address)
        try:
            return await self._answer(request, operation, raw)
        except Unauthenticated as error:
            guard.failed(address, error)
            raise

    async def _answer(self, request: web.Request, operation: Operation, raw: Mapping[str, str]) -> web.StreamResponse:
        caller: Principal | None = None
        if operation.authenticated:
            caller = await caller_of(request)
            request.app[GUARD].asking_as(caller.subject, address_of(request))
        role: Role | None = None
        name = parse_encoded_name(raw["name"]) if "name" in raw else ""
        path = operation.read_path(raw)
        query = operation.read_query(request.rel_url.raw_query_string)
        if caller is not None and operation.needs is not None:
            role = await authorize(request.app, caller, name, operation.needs)
        with self._space.open() as claim, self._words.open() as claim_words:
            body = await _read(request, operation, claim, claim_words)
            if caller is not None and body is not None:
                caller = await caller_of(request)  # a body may take minutes to arrive, and all of this be over
                if operation.needs is not None:
                    role = await authorize(request.app, caller, name, operation.needs)
            if caller is not None and role is not None:
                via = await request.app[ACCESS].via_for(caller, name)
                request.app[VISITS].seen(caller, name, role, via)
            call = Call(request, caller, role, operation.needs, name, path, query, body, claim)
            response = await self._handlers[operation.id](call)
        if operation.needs is not None and request.method in _READING and not request.get(ANSWERED):
            await call.judge_again()  # a past or a worker may be long in coming, and all of this be over again
        return response

    def _find(self, request: web.Request) -> tuple[Endpoint, Mapping[str, str]]:
        found = self.description.find(request.rel_url.raw_path)
        if found is None:
            raise NotFound("there is nothing at this path; /api/v1/openapi.json says what there is")
        return found


DISPATCH = web.AppKey("dispatch", Dispatch)


def _operation(request: web.Request, endpoint: Endpoint) -> Operation:
    operation = endpoint.operations.get("GET" if request.method == "HEAD" else request.method)
    if operation is None:
        allowed = endpoint.allowed
        raise MethodNotAllowed(f"this path takes {', '.join(allowed)}", allowed=allowed)
    return operation


async def _read(request: web.Request, operation: Operation, claim: Claim, claim_words: Claim) -> Any:
    """The body, checked; None for none."""
    data = b""
    check = None
    if operation.bodies and request.body_exists:
        body = operation.bodies.get(request.content_type if "Content-Type" in request.headers else "")
        if body is None:
            types = " or ".join(operation.bodies)
            raise UnsupportedMediaType(f"the body is sent with Content-Type: {types}", where="/header/Content-Type")
        check = body.check
        patience = request.app[SETTINGS].handshake_deadline
        space = claim if check is None else claim_words
        data = await read_body(request, limit=body.limit, setting=body.setting, patience=patience, claim=space)
    if not data:
        if operation.is_body_required:
            raise InvalidRequest("there is no body", where="/body")
        return None
    if check is None:
        return data
    value = parse_json(data)
    check(value)
    return value
