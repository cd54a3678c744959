"""What the handlers of this package find in the application; ``collab.app`` puts it there."""

from __future__ import annotations

from aiohttp import web

from collab.api.cursors import Cursors
from collab.auth import Access, Authority, Guard, Keys, People, Sessions, Shares, Visits
from collab.config import Settings
from collab.content.workers import Workers
from collab.history import History
from collab.metrics import Metrics
from collab.rooms import Rooms
from collab.storage.archive import Archive

SETTINGS = web.AppKey("settings", Settings)
AUTHORITY = web.AppKey("authority", Authority)
ACCESS = web.AppKey("access", Access)
SHARES = web.AppKey("shares", Shares)
GUARD = web.AppKey("guard", Guard)
VISITS = web.AppKey("visits", Visits)
KEYS = web.AppKey("keys", Keys)
PEOPLE = web.AppKey("people", People)
SESSIONS = web.AppKey("sessions", Sessions)
STORE = web.AppKey("store", Archive)
ROOMS = web.AppKey("rooms", Rooms)
METRICS = web.AppKey("metrics", Metrics)
CONTENT = web.AppKey("content", Workers)
CURSORS = web.AppKey("cursors", Cursors)
HISTORY = web.AppKey("history", History)
