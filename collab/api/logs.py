"""What the server writes down, and what it never does: tokens, codes, queries (row 38 of the catalogue of faults).

Three layers, each enough for what it knows of: the access log is made of parts that hold none; requests that are not
HTTP are not repeated; and whatever text is about to be written has everything that looks like a token taken out.
"""

from __future__ import annotations

import logging
import re
import sys
import time
from urllib.parse import unquote

from aiohttp.abc import AbstractAccessLogger
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web import BaseRequest, StreamResponse

ACCESS = "collab.access"
MAX_PATH = 300

# Every JWT begins so, since its header is a JSON object: eyJ is {" in base64.
_JWT = re.compile(r"eyJ[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]*){0,2}")
_PARAMETER = re.compile(r"(?i)\b(token|code|secret|password)(=|%3d)[^\s&\"'#]+")
_CREDENTIALS = re.compile(r"://[^/\s:@]*:[^/\s@]+@")
_SHARE = re.compile(r"((?:^/+s|/shares)/+)[^/]+", re.IGNORECASE)
_CREDENTIAL = re.compile(
    r"\b[a-z2-7]{16}[A-Za-z0-9_-]{32}(?![A-Za-z0-9_-])"
)  # of a share link: see collab.auth.credentials


def mask(text: str) -> str:
    """``text`` without tokens, codes and passwords."""
    text = _JWT.sub("[token]", text)
    text = _CREDENTIAL.sub("[hidden]", text)
    text = _PARAMETER.sub(r"\1\2[hidden]", text)
    return _CREDENTIALS.sub("://[hidden]@", text)


def mask_path(raw_path: str) -> str:
    """A request's path for people to read: decoded, on one line, without its query and without share tokens."""
    path = unquote(raw_path.partition("?")[0])
    return _SHARE.sub(r"\1[hidden]", path)[:MAX_PATH].encode("unicode_escape").decode()


class AccessLogger(AbstractAccessLogger):
    """One line for each request: who, what, how it ended, how many bytes, how long."""

    def log(self, request: BaseRequest, response: StreamResponse, time: float) -> None:
        """Write the line; for a socket this is when it closes."""
        self.logger.info(
            "%s %s %s %d %d %.1f ms",
            request.remote or "-",
            request.method.encode("unicode_escape").decode()[:20],
            mask_path(request.rel_url.raw_path),
            response.status,
            response.body_length,
            time * 1000,
        )

    @property
    def enabled(self) -> bool:
        """Whether anyone would read the line."""
        return self.logger.isEnabledFor(logging.INFO)


class MaskingFormatter(logging.Formatter):
    """Formats a record, its traceback included, and masks the whole."""

    converter = staticmethod(time.gmtime)

    def __init__(self) -> None:
        super().__init__("%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        """The text of the record, without tokens."""
        return mask(super().format(record))


def without_bad_requests(record: logging.LogRecord) -> bool:
    """A filter for aiohttp's own log: what is not HTTP is the client's fault, and would be shown with all it sent."""
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, HttpProcessingError)


def configure_logs(level: str) -> None:
    """Write this program's log to standard error from ``level`` on, and other libraries' warnings.

    Libraries stay at warnings whatever the level: at debug, drivers write out every value they store.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(MaskingFormatter())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("collab").setLevel(level.upper())
    logging.getLogger("aiohttp.server").addFilter(without_bad_requests)
