"""For who runs the server: API keys, and tokens that are not good any more."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from collab.api.answers import NO_STORE, answer, spell_time
from collab.api.dispatch import Call
from collab.api.keys import ACCESS, KEYS
from collab.api.shares import read_time
from collab.auth import Grant
from collab.errors import Forbidden, InvalidRequest
from collab.storage.access.base import KeyRecord, Revocation, Revoked


async def list_keys(call: Call) -> web.Response:
    """Every API key, the newest first. Raises Forbidden."""
    _require_operator(call, keys=False)
    return answer({"keys": [spell_key(key) for key in await call.app[KEYS].list()]})


async def create_key(call: Call) -> web.Response:
    """Make a key: here, and never again, its secret is shown. Raises Forbidden, InvalidRequest, Conflict."""
    _require_operator(call, keys=False)
    body = call.body
    try:
        grants = [Grant.parse(grant["document"], grant["role"]) for grant in body["grants"]]
    except InvalidRequest as error:
        raise InvalidRequest(str(error), where="/body/grants") from None
    expires = None if body.get("expires") is None else read_time(body["expires"], where="/body/expires")
    key, secret = await call.app[KEYS].create(body["name"], grants, call.caller, expires=expires)
    return answer({**spell_key(key), "secret": secret}, status=201)


async def revoke_key(call: Call) -> web.Response:
    """Revoke a key. Raises Forbidden, NotFound."""
    _require_operator(call, keys=False)
    await call.app[KEYS].revoke(call.path["id"])
    return web.Response(status=204, headers=NO_STORE)


async def list_revocations(call: Call) -> web.Response:
    """What was revoked, the newest first. Raises Forbidden."""
    _require_operator(call)
    found = await call.app[ACCESS].store.revocations()
    return answer({"revocations": [spell_revocation(each) for each in found]})


async def revoke(call: Call) -> web.Response:
    """Revoke tokens; answered when it counts for everybody who is connected. Raises Forbidden, InvalidRequest."""
    _require_operator(call)
    access, body = call.app[ACCESS], call.body
    now = access.now()
    # No later than now: whoever revokes must be able to let people in anew.
    before = now if body.get("before") is None else min(now, read_time(body["before"], where="/body/before"))
    if "tokenId" in body:
        kind, value = Revoked.TOKEN, body["tokenId"]
    elif "subject" in body:
        kind, value = Revoked.SUBJECT, body["subject"]
    else:
        kind, value = Revoked.EVERYBODY, ""
    revocation = Revocation(kind, value, before, now, call.caller.subject)
    await access.revoke(revocation)
    return answer(spell_revocation(revocation), status=201)


def spell_key(key: KeyRecord) -> dict[str, Any]:
    """A key; without its secret, which only its user has."""
    return {
        "id": key.id,
        "name": key.name,
        "grants": [{"document": document, "role": role} for document, role in key.grants],
        "created": spell_time(key.created),
        "author": key.author,
        "expires": None if key.expires is None else spell_time(key.expires),
        "revoked": None if key.revoked is None else spell_time(key.revoked),
    }


def spell_revocation(revocation: Revocation) -> dict[str, Any]:
    """A revocation, as it was asked for."""
    named = {Revoked.TOKEN: "tokenId", Revoked.SUBJECT: "subject"}
    what = {named[revocation.kind]: revocation.value} if revocation.kind in named else {}
    return {
        **what,
        "before": spell_time(revocation.before),
        "created": spell_time(revocation.created),
        "author": revocation.author,
    }


def _require_operator(call: Call, *, keys: bool = True) -> None:
    """``keys``: an API key will do as well. None of them may make others: it would outlive its own end."""
    if not call.caller.owns_everything or not (keys or call.caller.key is None):
        raise Forbidden("this is for who owns every document (`**:owner`)")
