"""Share links: for those who share a document, and for the guests who come by one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from aiohttp import web

from collab.api.answers import NO_STORE, answer, spell_time
from collab.api.callers import address_of, check_page, origin_of
from collab.api.dispatch import Call
from collab.api.documents import living_record
from collab.api.keys import ACCESS, SETTINGS, SHARES, STORE, VISITS
from collab.auth import MAX_PASSWORD_BYTES, MAX_SUBJECT_BYTES, Role
from collab.errors import DocumentDeleted, InvalidRequest, NotFound
from collab.storage.access.base import ShareRecord
from collab.storage.base import DocumentRecord

_FIELDS = {"role": "role", "name": "name", "password": "password", "expires": "expires", "maxUses": "max_uses"}
"""What a body may say of a link, and what that is called here."""


async def list_shares(call: Call) -> web.Response:
    """The links of a document, the newest first. Raises NotFound, DocumentDeleted."""
    await living_record(call)
    shares = await call.app[SHARES].list(call.document)
    return answer({"shares": [spell_share(share) for share in shares]})


async def create_share(call: Call) -> web.Response:
    """Make a link: here, and never again, its token is shown. Raises NotFound, DocumentDeleted, Conflict."""
    await living_record(call)
    wanted = _read(call.body)
    share, token = await call.app[SHARES].create(
        call.document,
        Role(wanted["role"]),
        call.caller,
        name=wanted.get("name"),
        password=wanted.get("password"),
        expires=wanted.get("expires"),
        max_uses=wanted.get("max_uses"),
        judge=call.judge_again,
    )
    await record(call, "share-created", {"share": share.id, "role": Role(share.role).label, "name": share.name})
    base = call.app[SETTINGS].public_url or str(call.request.url.origin())
    return answer({**spell_share(share), "token": token, "url": f"{base}/s/{token}"}, status=201)


async def change_share(call: Call) -> web.Response:
    """Change a link; whoever came by it is what it says at once. Raises NotFound, DocumentDeleted."""
    await living_record(call)
    share = await call.app[SHARES].change(call.document, call.path["id"], _read(call.body), call.judge_again)
    changed = {"share": share.id, "role": Role(share.role).label, "name": share.name, "changed": sorted(call.body)}
    await record(call, "share-changed", changed)
    return answer(spell_share(share))


async def revoke_share(call: Call) -> web.Response:
    """End a link, and the visits of those who came by it. Raises NotFound."""
    share = await call.app[SHARES].revoke(call.document, call.path["id"])
    await record(call, "share-revoked", {"share": share.id, "name": share.name})
    return web.Response(status=204, headers=NO_STORE)


async def look_at_share(call: Call) -> web.Response:
    """What a link leads to, as far as its password lets it be known. Raises NotFound, LinkExpired, LinkUsedUp."""
    share = await call.app[SHARES].look(call.path["token"])
    closed = share.password is not None
    record = None if closed else await _shared(call, share)
    return answer(
        {
            "role": Role(share.role).label,
            "name": None if closed else share.name,
            "document": None if record is None else record.name,
            "title": None if record is None else record.title,
            "passwordRequired": closed,
        }
    )


async def open_share(call: Call) -> web.Response:
    """Let a guest in: a token for minutes. Raises what ``Shares.open_session`` does, and DocumentDeleted."""
    if origin_of(call.request) is not None:
        check_page(call.request, cookie=False)
    body = call.body or {}
    session = await call.app[SHARES].open_session(
        call.path["token"],
        name=_guest_name(body.get("name")),
        password=_password(body.get("password")),
        pass_=body.get("pass"),
        address=address_of(call.request),
        find=partial(_shared, call),
    )
    principal, record = session.principal, session.document
    return answer(
        {
            "token": session.token,
            "expires": spell_time(principal.expires * 1000),
            "document": record.name,
            "title": record.title,
            "role": Role(session.share.role).label,
            "subject": principal.subject,
            "name": principal.name,
            "pass": session.pass_,
        }
    )


async def record(call: Call, kind: str, detail: Mapping[str, Any]) -> None:
    """Into the access log: what the caller has done."""
    via = await call.app[ACCESS].via_for(call.caller, call.document)
    await call.app[VISITS].shared(kind, call.document, call.caller, via, call.role, detail)


def spell_share(share: ShareRecord) -> dict[str, Any]:
    """A link for those who share; without its secret, which nobody has any more."""
    return {
        "id": share.id,
        "role": Role(share.role).label,
        "name": share.name,
        "password": share.password is not None,
        "expires": None if share.expires is None else spell_time(share.expires),
        "maxUses": share.max_uses,
        "uses": share.uses,
        "created": spell_time(share.created),
        "subject": share.subject,
        "author": share.author,
        "revoked": None if share.revoked is None else spell_time(share.revoked),
    }


def _read(body: dict[str, Any]) -> dict[str, Any]:
    wanted = {_FIELDS[field]: value for field, value in body.items()}
    if "role" in wanted:
        wanted["role"] = Role.parse(wanted["role"]).value
    if wanted.get("expires") is not None:
        wanted["expires"] = read_time(wanted["expires"], where="/body/expires")
    if "password" in wanted:
        wanted["password"] = _password(wanted["password"])
    return wanted


def _password(password: str | None) -> str | None:
    if password is not None and len(password.encode()) > MAX_PASSWORD_BYTES:
        raise InvalidRequest(f"a password has at most {MAX_PASSWORD_BYTES} bytes", where="/body/password")
    return password


def _guest_name(name: str | None) -> str | None:
    # In letters it is short enough; a token counts bytes.
    if name is not None and len(name.encode()) > MAX_SUBJECT_BYTES:
        raise InvalidRequest(f"a name has at most {MAX_SUBJECT_BYTES} bytes", where="/body/name")
    return name


def read_time(text: str, *, where: str) -> int:
    """Milliseconds since the epoch. The text looks like a time already. Raises InvalidRequest for a day that is none."""
    try:
        return round(datetime.fromisoformat(text).timestamp() * 1000)
    except (ValueError, OverflowError):
        raise InvalidRequest("there is no such time", where=where) from None


async def _shared(call: Call, share: ShareRecord) -> DocumentRecord:
    record = await call.app[STORE].document(share.document)
    if record is None:
        raise NotFound("there is no such document")
    if record.deleted is not None:
        raise DocumentDeleted("this document was deleted; its owner can restore it")
    return record
