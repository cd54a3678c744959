"""How the server is: whether it lives, whether it can work, what it counts, and what its API is."""

from __future__ import annotations

from aiohttp import web

from collab.api.answers import NO_STORE, answer
from collab.api.callers import caller_of
from collab.api.dispatch import DISPATCH, Call
from collab.api.keys import METRICS, SETTINGS, STORE
from collab.errors import Forbidden
from collab.metrics import CONTENT_TYPE


async def check_health(_: Call) -> web.Response:
    """The process answers; nothing else is asked, since a restart would mend nothing else."""
    return answer({"status": "ok"})


async def check_readiness(call: Call) -> web.Response:
    """The database answers, so that edits can be kept. Raises StorageUnavailable, which is a 503."""
    await call.app[STORE].document(" ")  # which no document is called
    return answer({"status": "ok"})


async def read_metrics(call: Call) -> web.Response:
    """The metrics, for Prometheus. They name no documents and no people. Raises Unauthenticated, Forbidden."""
    if not call.app[SETTINGS].public_metrics and not (await caller_of(call.request)).owns_everything:
        raise Forbidden("the metrics are for owners of every document (`**:owner`), or for all with --public-metrics")
    return web.Response(body=call.app[METRICS].render(), headers={**NO_STORE, "Content-Type": CONTENT_TYPE})


async def get_description(call: Call) -> web.Response:
    """The description that requests are checked by."""
    return answer(call.app[DISPATCH].description.document)
