"""HTTP: documents for scripts and backends, who is signed in, how the server is, and the editor's page.

    request → ``dispatch`` (by ``description``: who, what, checked) → a handler → ``answers`` or ``problems``

All paths stand in ``routes``, and all that the API takes and answers in ``openapi/``.
"""

from __future__ import annotations

from collab.api.cors import share
from collab.api.cursors import Cursors
from collab.api.description import Description
from collab.api.dispatch import DISPATCH, Dispatch
from collab.api.headers import protect
from collab.api.keys import (
    ACCESS,
    AUTHORITY,
    CONTENT,
    CURSORS,
    GUARD,
    HISTORY,
    KEYS,
    METRICS,
    PEOPLE,
    ROOMS,
    SESSIONS,
    SETTINGS,
    SHARES,
    STORE,
    VISITS,
)
from collab.api.logs import AccessLogger, configure_logs
from collab.api.measures import measured
from collab.api.page import missing
from collab.api.problems import problems
from collab.api.proxies import watching_for_proxies
from collab.api.routes import HANDLERS, routes

__all__ = [
    "ACCESS",
    "AUTHORITY",
    "CONTENT",
    "CURSORS",
    "DISPATCH",
    "GUARD",
    "HANDLERS",
    "HISTORY",
    "KEYS",
    "METRICS",
    "PEOPLE",
    "ROOMS",
    "SESSIONS",
    "SETTINGS",
    "SHARES",
    "STORE",
    "VISITS",
    "AccessLogger",
    "Cursors",
    "Description",
    "Dispatch",
    "configure_logs",
    "measured",
    "missing",
    "problems",
    "protect",
    "routes",
    "share",
    "watching_for_proxies",
]
