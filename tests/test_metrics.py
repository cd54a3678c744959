"""What the server tells of itself: in the form that Prometheus reads, and true."""

from __future__ import annotations

import asyncio
import re
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from http import HTTPStatus
from pathlib import Path

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from collab.metrics import CONTENT_TYPE, FAMILIES, Histogram, Metrics
from collab.protocol.messages import Authenticate, Close, Step1
from tests.attacks.clients import Client
from tests.attacks.wire import RawSocket
from tests.parts import ROOT
from tests.promises.disk import locked
from tests.protocol.frames import spelled, vb
from tests.rooms.house import NOTHING, PATIENCE, Writer
from tests.servers import Server

Samples = dict[str, float]
"""Values by ``name{label="value",…}``."""


def read(text: str) -> Samples:
    """What Prometheus would read."""
    samples = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = ",".join(f'{name}="{value}"' for name, value in sample.labels.items())
            samples[f"{sample.name}{{{labels}}}" if labels else sample.name] = float(sample.value)
    return samples


# ---- counting -------------------------------------------------------------------------------------------------------


def test_a_histogram_counts_up_to_each_bound() -> None:
    histogram = Histogram((0.1, 1.0))
    for seconds in (0.05, 0.1, 0.5, 7.0):
        histogram.observe(seconds)
    metrics = Metrics()
    metrics.watch(collab_commit_seconds=histogram)
    samples = read(metrics.render().decode())
    name = "collab_commit_seconds"
    assert [samples[f'{name}_bucket{{le="{bound}"}}'] for bound in ("0.1", "1.0", "+Inf")] == [2, 3, 4]
    assert samples[f"{name}_count"] == histogram.count == 4
    assert samples[f"{name}_sum"] == pytest.approx(7.65)


def test_requests_and_refusals_are_told_apart_by_their_labels() -> None:
    metrics = Metrics()
    for _ in range(2):
        metrics.answered("listDocuments", 200, 0.01)
    metrics.answered("listDocuments", 403, 0.01)
    metrics.refused("forbidden", "http")
    samples = read(metrics.render().decode())
    assert samples['collab_http_requests_total{operation="listDocuments",status="200"}'] == 2
    assert samples['collab_http_requests_total{operation="listDocuments",status="403"}'] == 1
    assert samples['collab_http_request_seconds_count{operation="listDocuments"}'] == 3
    assert samples['collab_refusals_total{code="forbidden",via="http"}'] == 1


def test_each_server_of_a_process_has_its_own_numbers() -> None:
    one, other = Metrics(), Metrics()
    one.refused("forbidden", "http")
    assert not any(name.startswith("collab_refusals_total") for name in read(other.render().decode()))


def test_what_is_watched_is_one_of_the_families() -> None:
    with pytest.raises(ValueError, match="collab_romms"):
        Metrics().watch(collab_romms=lambda: 1)


def test_the_readme_holds_them_all() -> None:
    """Each family has its place in the README's table, and nothing stands there that is not told."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = [row for row in readme.splitlines() if row.startswith("| `collab_")]
    shown = [name.removesuffix("_total") for row in rows for name in re.findall(r"`(collab_\w+)", row)]
    assert sorted(shown) == sorted(FAMILIES)


def test_names_follow_the_conventions() -> None:
    metrics = Metrics()
    metrics.watch(**{name: lambda: 1 for name in FAMILIES if not name.endswith("_seconds")})
    for family in text_string_to_metric_families(metrics.render().decode()):
        assert family.name.startswith(("collab_", "process_"))
        assert family.documentation.endswith(".")
        if family.name.startswith("collab_"):
            assert family.type in {"counter", "gauge", "histogram"}
            assert (family.type == "histogram") == family.name.endswith("_seconds")


async def test_a_loop_that_stands_still_is_noticed() -> None:
    metrics = Metrics()
    watching = asyncio.create_task(metrics.watch_loop())
    await asyncio.sleep(0)
    time.sleep(0.6)  # noqa: ASYNC251 - that is what is to be noticed
    async with asyncio.timeout(PATIENCE):
        while not (samples := read(metrics.render().decode()))["collab_event_loop_lag_seconds_count"]:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    watching.cancel()
    assert samples["collab_event_loop_lag_seconds_sum"] > 0.3
    assert samples['collab_event_loop_lag_seconds_bucket{le="0.25"}'] == 0


# ---- on a real server -----------------------------------------------------------------------------------------------


class Scraper:
    """Asks a real server, as Prometheus does."""

    def __init__(self, server: Server, session: aiohttp.ClientSession) -> None:
        self._server = server
        self._session = session

    async def get(self, token: str | None = None) -> aiohttp.ClientResponse:
        token = token or self._server.token("prometheus", "**:owner")
        headers = {"Authorization": f"Bearer {token}"}
        return await self._session.get(f"{self._server.url}/metrics", headers=headers)

    async def samples(self) -> Samples:
        response = await self.get()
        assert response.status == HTTPStatus.OK
        assert response.headers["Content-Type"] == CONTENT_TYPE
        return read(await response.text())

    async def until(self, condition: Callable[[Samples], bool]) -> Samples:
        async with asyncio.timeout(PATIENCE):
            while True:
                samples = await self.samples()
                if condition(samples):
                    return samples
                await asyncio.sleep(0.02)


async def test_the_numbers_move_as_they_should(tmp_path: Path) -> None:
    async with (
        Server(tmp_path, "--idle-room-seconds", "1s") as server,
        aiohttp.ClientSession() as session,
    ):
        scraper = Scraper(server, session)
        before = await scraper.samples()
        assert {name for name in FAMILIES if not any(sample.startswith(name) for sample in before)} == {
            "collab_refusals",  # of which there were none
            "collab_http_requests",  # the first one is not answered yet
            "collab_http_request_seconds",
        }
        idle = ("collab_rooms", "collab_connections", "collab_edits_total", "collab_received_bytes_total")
        assert {name: before[name] for name in idle} == dict.fromkeys(idle, 0)

        hers = Writer(1)
        async with await Client.open(server) as alice:
            await alice.enter("notes", server.token("alice"))
            typed = [hers.type(letter) for letter in "abcdefghij"]
            for update in typed:
                alice.edit("notes", update)
            during = await scraper.until(lambda now: now["collab_ack_seconds_count"] == len(typed))
            assert during["collab_rooms"] == during["collab_connections"] == 1
            assert during["collab_edits_total"] == len(typed)
            assert during["collab_edit_bytes_total"] == sum(map(len, typed))
            assert during["collab_received_messages_total"] > len(typed)
            assert during["collab_received_bytes_total"] > during["collab_edit_bytes_total"]
            assert during["collab_sent_bytes_total"] > 0
            assert 1 <= during["collab_commit_seconds_count"] <= len(typed)
            assert during["collab_document_open_seconds_count"] == 1
            assert during["collab_log_queue_bytes"] == during["collab_log_queue_documents"] == 0
            assert during['collab_http_requests_total{operation="readMetrics",status="200"}'] >= 1

            alice.authenticate("other", server.token("alice", "notes:editor"))
            await scraper.until(lambda now: now.get('collab_refusals_total{code="forbidden",via="websocket"}') == 1)
            refused = await scraper.get(server.token("bob", "notes:owner"))
            assert refused.status == HTTPStatus.FORBIDDEN
        after = await scraper.until(lambda now: now["collab_connections"] == 0 and now["collab_rooms"] == 0)
        assert after['collab_refusals_total{code="forbidden",via="http"}'] == 1
        assert after['collab_http_requests_total{operation="readMetrics",status="403"}'] == 1
        counted = {name: value for name, value in during.items() if name.endswith(("_total", "_count", "_bucket"))}
        assert {name for name, value in counted.items() if after[name] < value} == set(), "what is counted never falls"
        assert after["collab_received_bytes_total"] >= during["collab_received_bytes_total"], "of closed ones, too"
        assert after["process_resident_memory_bytes"] > 0


async def test_what_goes_wrong_is_counted_too(tmp_path: Path) -> None:
    """A disk that takes nothing, a reader that does not read, a log that is folded, a document that is damaged."""
    async with (
        Server(tmp_path, "--idle-room-seconds", "500ms") as server,
        aiohttp.ClientSession() as session,
    ):
        scraper = Scraper(server, session)
        hers = Writer(1)
        async with await Client.inside(server, "notes", "alice") as alice:
            alice.edit("notes", hers.type("x"))
            await alice.until(lambda: alice.acks("notes") == 2)
            with locked(server):
                alice.edit("notes", hers.type("y" * 1000))
                during = await scraper.until(lambda now: now["collab_commit_failures_total"] >= 1)
                assert during["collab_log_queue_bytes"] > 1000
                assert during["collab_log_queue_documents"] == 1
            await alice.until(lambda: alice.acks("notes") == 3)

            async with await RawSocket.open(server.port, buffer=2**12) as deaf:
                deaf.send(vb("notes") + spelled(Authenticate(server.token("deaf", "**:viewer"))))
                deaf.send(vb("notes") + spelled(Step1(NOTHING)))
                waiting = 0.0
                for count in range(40):  # more than the kernel takes for it
                    alice.edit("notes", hers.type("z" * 200_000))
                    await alice.until(lambda count=count: alice.acks("notes") == 4 + count)  # type: ignore[misc]
                    waiting = (await scraper.samples())["collab_outbox_bytes"]
                    if waiting > 100_000:
                        break
                assert waiting > 100_000
        after = await scraper.until(lambda now: now["collab_rooms"] == now["collab_connections"] == 0)
        assert after["collab_outbox_bytes"] == after["collab_log_queue_bytes"] == 0
        assert after["collab_folds_total"] >= 1
        assert after["collab_fold_failures_total"] == after["collab_document_failures_total"] == 0

        with closing(sqlite3.connect(server.database)) as database, database:
            database.execute("UPDATE changes SET payload = zeroblob(length(payload))")
            database.execute("DELETE FROM checkpoints")
        async with await Client.open(server) as bob:
            bob.authenticate("notes", server.token("bob"))
            await bob.until(lambda: bool(bob.all_of("notes", Close)))
        assert (await scraper.samples())["collab_document_failures_total"] == 1
