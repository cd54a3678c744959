"""Every path of the HTTP side, in one place. The sockets' paths are in ``collab.transports``.

The API's own paths and methods stand in ``openapi/``; here stands who answers them, by operation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from aiohttp import web

from collab.api import (
    access,
    content,
    differences,
    documents,
    grants,
    history,
    operator,
    page,
    presence,
    returns,
    server,
    session,
    shares,
    versions,
)
from collab.api.dispatch import DISPATCH, Handler

HANDLERS: Mapping[str, Handler] = MappingProxyType(
    {
        "openSession": session.open_session,
        "listDocuments": documents.list_documents,
        "createDocument": documents.create_document,
        "getDocument": documents.get_document,
        "changeDocument": documents.change_document,
        "deleteDocument": documents.delete_document,
        "restoreDocument": documents.restore_document,
        "readState": content.read_state,
        "readContent": content.read_content,
        "submitUpdate": content.submit_update,
        "listShares": shares.list_shares,
        "createShare": shares.create_share,
        "changeShare": shares.change_share,
        "revokeShare": shares.revoke_share,
        "lookAtShare": shares.look_at_share,
        "openShare": shares.open_share,
        "listAccess": access.list_access,
        "listGrants": grants.list_grants,
        "setGrant": grants.set_grant,
        "removeGrant": grants.remove_grant,
        "listSittings": history.list_sittings,
        "listSteps": history.list_steps,
        "listAuthors": history.list_authors,
        "listVersions": versions.list_versions,
        "createVersion": versions.create_version,
        "getVersion": versions.get_version,
        "renameVersion": versions.rename_version,
        "removeVersion": versions.remove_version,
        "readVersionState": versions.read_version_state,
        "readVersionContent": versions.read_version_content,
        "readDifference": differences.read_difference,
        "goBack": returns.go_back,
        "restoreVersion": returns.restore_version,
        "listPeople": presence.list_people,
        "listKeys": operator.list_keys,
        "createKey": operator.create_key,
        "revokeKey": operator.revoke_key,
        "listRevocations": operator.list_revocations,
        "revokeTokens": operator.revoke,
        "getDescription": server.get_description,
        "checkHealth": server.check_health,
        "checkReadiness": server.check_readiness,
        "readMetrics": server.read_metrics,
    }
)
"""Who answers each operation of the description."""


def routes() -> Sequence[web.RouteDef]:
    """The paths and who answers them."""
    return (
        web.get("/", page.start),
        web.get("/documents/{name:(?s:.*)}", page.document),
        web.get("/s/{token}", page.start),
        web.get("/assets/{file}", page.asset),
        web.get("/sw.js", page.worker),
        # Which of the API's operations is meant is read from the raw path, where an encoded slash is no slash.
        web.route("*", "/api/{path:(?s:.*)}", _dispatch),
        web.route("*", "/healthz", _dispatch),
        web.route("*", "/readyz", _dispatch),
        web.route("*", "/metrics", _dispatch),
    )


async def _dispatch(request: web.Request) -> web.StreamResponse:
    return await request.app[DISPATCH](request)
