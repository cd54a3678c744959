"""The settings: every one documented, checked and frozen; the only reader of the environment.

    values → settings → manual

``values`` reads what people write (``16 MiB``, ``15m``, an origin), ``settings`` is the list, ``manual`` shows it.
"""

from __future__ import annotations

from collab.config.manual import Setting, settings_manual, settings_table
from collab.config.settings import (
    GROUPS,
    PREFIX,
    Access,
    ConnectionLimits,
    ContentLimits,
    DocumentLimits,
    Durability,
    Group,
    HistoryLimits,
    Protection,
    Server,
    Settings,
    unknown_variables,
)
from collab.config.values import MIN_SECRET_BYTES, listening_url, parse_duration, parse_origin, parse_size

__all__ = [
    "GROUPS",
    "MIN_SECRET_BYTES",
    "PREFIX",
    "Access",
    "ConnectionLimits",
    "ContentLimits",
    "DocumentLimits",
    "Durability",
    "Group",
    "HistoryLimits",
    "Protection",
    "Server",
    "Setting",
    "Settings",
    "listening_url",
    "parse_duration",
    "parse_origin",
    "parse_size",
    "settings_manual",
    "settings_table",
    "unknown_variables",
]
