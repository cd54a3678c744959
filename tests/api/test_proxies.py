"""A proxy on this machine that does not say whom it heard is told of in the log."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from tests.api.conftest import Client


@pytest.mark.parametrize("sign", [{"Via": "1.1 proxy"}, {"Forwarded": "for=203.0.113.7"}, {"X-Real-IP": "203.0.113.7"}])
async def test_a_proxy_that_sends_no_address_is_told_of_once(
    start: Callable[..., Awaitable[Client]], caplog: pytest.LogCaptureFixture, sign: dict[str, str]
) -> None:
    client = await start()

    async def warnings(headers: dict[str, str]) -> int:
        await client.get("/healthz", headers=headers)
        return sum("sends no X-Forwarded-For" in record.message for record in caplog.records)

    assert await warnings({}) == 0
    assert await warnings({"X-Forwarded-For": "203.0.113.7", **sign}) == 0
    assert await warnings({"X-Forwarded-For": "203.0.113.7"}) == 0
    assert await warnings(sign) == 1
    assert await warnings(sign) == 1


async def test_sockets_are_watched_too(
    start: Callable[..., Awaitable[Client]], caplog: pytest.LogCaptureFixture
) -> None:
    client = await start()
    async with client.ws_connect("/collab", headers={"Via": "1.1 proxy"}):
        assert any("sends no X-Forwarded-For" in record.message for record in caplog.records)
