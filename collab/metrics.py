"""What the server tells of itself, in Prometheus' text format.

Whoever does the work counts it, in plain numbers of its own that cost next to nothing where an edit passes; ``Metrics``
reads them when somebody asks. So nothing here is global, and each server of a process has its own registry. ``FAMILIES``
is the whole list of what is told; the composition root says where each is read.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

CONTENT_TYPE = CONTENT_TYPE_LATEST
"""Of what ``Metrics.render`` returns."""

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Upper bounds for what a person or a program waits for."""

LAG_EVERY = 0.25
"""Seconds between two looks at the event loop."""


class Histogram:
    """How often something took how long. ``bounds`` are the upper ends of its buckets, in seconds, rising."""

    __slots__ = ("_counts", "_sum", "bounds")

    def __init__(self, bounds: Sequence[float] = SECONDS) -> None:
        self.bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self._sum = 0.0

    def observe(self, seconds: float) -> None:
        """It took so long, once more."""
        self._counts[bisect_left(self.bounds, seconds)] += 1
        self._sum += seconds

    @property
    def count(self) -> int:
        """How often it was observed."""
        return sum(self._counts)

    def into(self, family: HistogramMetricFamily, labels: Sequence[str] = ()) -> None:
        """Write its buckets down."""
        reached = 0
        buckets: list[tuple[str, float]] = []
        for bound, count in zip((*map(str, self.bounds), "+Inf"), self._counts, strict=True):
            reached += count
            buckets.append((bound, reached))
        family.add_metric(labels, buckets, self._sum)


Labelled = Mapping[tuple[str, ...], int]
"""Counts by the values of their labels, in the order in which ``FAMILIES`` names them."""

Source = Callable[[], float] | Histogram | Labelled | Mapping[tuple[str, ...], Histogram]

_GAUGES = {
    "collab_rooms": "Documents in memory.",
    "collab_connections": "WebSocket connections that are open.",
    "collab_log_queue_bytes": "Edits that wait for the disk, of all documents, with their overhead.",
    "collab_log_queue_documents": "Documents that have edits waiting for the disk.",
    "collab_outbox_bytes": "Bytes that wait for clients to read them, of all connections.",
}
_COUNTERS: dict[str, tuple[str, Sequence[str]]] = {
    "collab_edits": ("Edits that were let in: updates that brought something new.", ()),
    "collab_edit_bytes": ("Bytes of the edits that were let in.", ()),
    "collab_received_messages": ("WebSocket messages that clients sent.", ()),
    "collab_received_bytes": ("Bytes of the WebSocket messages that clients sent.", ()),
    "collab_sent_bytes": ("Bytes of the WebSocket frames that were put into clients' outboxes.", ()),
    "collab_commit_failures": ("Transactions of edits that failed and were, or will be, tried again.", ()),
    "collab_document_failures": ("Documents that could not be read into memory, though they are there.", ()),
    "collab_folds": ("Times that a document's log was folded into a checkpoint.", ()),
    "collab_fold_failures": ("Times that this failed; the log stays as it is, and it is tried again.", ()),
    "collab_refusals": ("What clients were refused, by the code of the error and the way they came.", ("code", "via")),
    "collab_http_requests": ("HTTP requests, by what they asked for and the status they got.", ("operation", "status")),
}
_HISTOGRAMS: dict[str, tuple[str, Sequence[str]]] = {
    "collab_commit_seconds": ("How long a transaction of edits took, failed ones included.", ()),
    "collab_ack_seconds": ("How long an edit waited from being let in to being on disk and acknowledged.", ()),
    "collab_document_open_seconds": ("How long it took to read a document into memory, each time one was opened.", ()),
    "collab_http_request_seconds": ("How long an HTTP request took, by what it asked for.", ("operation",)),
    "collab_event_loop_lag_seconds": ("How much later than asked for the event loop woke someone up.", ()),
}

FAMILIES = (*_GAUGES, *_COUNTERS, *_HISTOGRAMS)
"""Every metric besides those of the process, without the suffixes that Prometheus adds."""


class Metrics(Collector):
    """The metrics of one server. What nobody was asked to ``watch`` is left out."""

    def __init__(self) -> None:
        self._sources: dict[str, Source] = {}
        self._lag = Histogram()
        self._refusals: Counter[tuple[str, ...]] = Counter()
        self._requests: Counter[tuple[str, ...]] = Counter()
        self._request_seconds: dict[tuple[str, ...], Histogram] = {}
        self.watch(
            collab_refusals=self._refusals,
            collab_http_requests=self._requests,
            collab_http_request_seconds=self._request_seconds,
            collab_event_loop_lag_seconds=self._lag,
        )
        self._registry = CollectorRegistry()
        self._registry.register(self)
        ProcessCollector(registry=self._registry)

    def watch(self, **sources: Source) -> None:
        """Say where families are read from now on, by their names; another source takes the place of the one before."""
        unknown = sources.keys() - set(FAMILIES)
        if unknown:
            raise ValueError(f"no metrics: {', '.join(sorted(unknown))}")
        self._sources |= sources

    def refused(self, code: str, via: str) -> None:
        """Somebody was refused something with an error of this code; ``via`` is the protocol."""
        self._refusals[code, via] += 1

    def answered(self, operation: str, status: int, seconds: float) -> None:
        """An HTTP request was answered. ``operation`` is one of few, whatever clients ask for."""
        self._requests[operation, str(status)] += 1
        self._request_seconds.setdefault((operation,), Histogram()).observe(seconds)

    async def watch_loop(self) -> None:
        """Look at the event loop's lag until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + LAG_EVERY
            await asyncio.sleep(LAG_EVERY)
            self._lag.observe(max(0.0, loop.time() - due))

    def render(self) -> bytes:
        """All of it, as of now, as ``CONTENT_TYPE``."""
        return generate_latest(self._registry)

    def describe(self) -> Iterable[Metric]:
        """For the registry, which asks before there is anything to collect."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """For the registry: every family that has a source."""
        for name, text in _GAUGES.items():
            source = self._sources.get(name)
            if callable(source):
                yield GaugeMetricFamily(name, text, value=source())
        for name, (text, labels) in _COUNTERS.items():
            counter = CounterMetricFamily(name, text, labels=labels)
            match self._sources.get(name):
                case Mapping() as counts:
                    for values, count in counts.items():
                        counter.add_metric(values, count)
                case source if callable(source):
                    counter.add_metric((), source())
                case _:
                    continue
            yield counter
        for name, (text, labels) in _HISTOGRAMS.items():
            histogram = HistogramMetricFamily(name, text, labels=labels)
            match self._sources.get(name):
                case Histogram() as observed:
                    observed.into(histogram)
                case Mapping() as by_labels:
                    for values, observed in by_labels.items():
                        observed.into(histogram, values)
                case _:
                    continue
            yield histogram
