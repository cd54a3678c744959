"""Someone who uses the API with a token, and says what the answer is to be."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from aiohttp import web
from aiohttp.test_utils import TestClient
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

PROBLEM = "application/problem+json"
BYTES = {"Content-Type": "application/octet-stream"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: CIMultiDictProxy[str]
    raw: bytes

    @property
    def body(self) -> Any:
        """The JSON in it."""
        return json.loads(self.raw)


class Caller:
    """``token`` None sends none."""

    def __init__(self, client: TestClient[web.Request, web.Application], token: str | None) -> None:
        self._client = client
        self.token = token

    async def ask(
        self, method: str, path: str, body: Any = None, *, headers: dict[str, str] | None = None, **more: Any
    ) -> Answer:
        """Send a request to ``path``, which is left as it is written; bytes are sent as they are, all else as JSON."""
        sent = CIMultiDict(headers or {})
        if self.token is not None:
            sent.setdefault("Authorization", f"Bearer {self.token}")
        if isinstance(body, bytes):
            more["data"] = body
            sent.setdefault("Content-Type", BYTES["Content-Type"])
        elif body is not None:
            more["json"] = body
        url = URL(str(self._client.make_url("/")).rstrip("/") + path, encoded=True)
        async with self._client.session.request(method, url, headers=sent, **more) as response:
            return Answer(response.status, response.headers, await response.read())

    async def done(self, method: str, path: str, body: Any = None, *, status: int = 200, **more: Any) -> Any:
        """Send a request that is to succeed; the JSON that comes back, or the bytes, or None."""
        answer = await self.ask(method, path, body, **more)
        assert answer.status == status, answer.raw.decode(errors="replace")
        assert answer.headers["Cache-Control"] == "no-store"
        if not answer.raw:
            return None
        return answer.body if answer.headers["Content-Type"].startswith("application/json") else answer.raw

    async def refused(
        self, method: str, path: str, body: Any = None, *, status: int, code: str, where: str | None = None, **more: Any
    ) -> dict[str, Any]:
        """Send a request that is to be refused; the problem."""
        answer = await self.ask(method, path, body, **more)
        assert answer.headers["Content-Type"].startswith(PROBLEM), (answer.status, answer.raw)
        assert answer.headers["Cache-Control"] == "no-store"
        problem: dict[str, Any] = answer.body
        assert (answer.status, problem["status"], problem["code"]) == (status, status, code), problem
        assert where is None or problem.get("where") == where, problem
        return problem


def path_of(name: str, rest: str = "") -> str:
    """The path of a document, its name encoded."""
    return f"/api/v1/documents/{quote(name, safe='')}{rest}"
