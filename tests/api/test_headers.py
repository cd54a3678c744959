"""What browsers are told with every answer, good or bad (FAULTS §4 rows 38 and 40)."""

from __future__ import annotations

import pytest

from collab.api.headers import POLICY
from tests.api.conftest import Client


@pytest.mark.parametrize(
    "path",
    ["/", "/healthz", "/documents/%00", "/nothing", "/assets/nothing.js", "/api/v1/documents", "/api/v1/openapi.json"],
)
async def test_every_answer_has_them(client: Client, path: str) -> None:
    headers = (await client.get(path)).headers
    assert headers["Content-Security-Policy"] == POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Server"] == "collab"


def test_the_policy_runs_no_script_of_a_document() -> None:
    policy = dict(directive.split(" ", 1) for directive in POLICY.split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert "unsafe-eval" not in POLICY
    assert [name for name, sources in policy.items() if "unsafe-inline" in sources] == ["style-src"]
