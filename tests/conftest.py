"""What every test shares: the tools of the environment it runs in, and how much chance is asked for."""

from __future__ import annotations

import gc
import logging
import os
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest

from tests.parts import in_ci

# As if the virtual environment were activated: child processes find its `collab`, and its Node where there is one.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])

# A deadline per example measures the machine's other work. In CI the same examples come each time.
hypothesis.settings.register_profile("collab", deadline=None, derandomize=os.environ.get("CI") == "true")
hypothesis.settings.load_profile("collab")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--more 10` runs every test of chance (random sessions, mutants, kills) ten times as long."""
    parser.addoption("--more", type=float, default=1.0, metavar="TIMES", help="how many times as much chance to take")


_DECIDED_BY_CHANCE = {"crdt", "promises", "storage"}
"""Folders whose tests take chances with what is promised: one failure in a thousand tries is a failure."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: whoever waits for a timer or a socket lends out theirs."""
    return len(os.sched_getaffinity(0)) + 1


def pytest_sessionstart(session: pytest.Session) -> None:
    """Who counts failures (pytest-rerunfailures) writes twice and then reads, once a test: 40 ms, by TCP's timers."""
    counter: socket.socket | None = getattr(getattr(session.config, "failures_db", None), "sock", None)
    if counter is not None:
        counter.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def pytest_collection_finish() -> None:
    """Five thousand tests are there to the end: no garbage collection need look at them, nor may a measurement meet one."""
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests begin first, so that no worker is left with one in the end.

    In CI whoever fails elsewhere is tried once more, and the summary says so (R): browsers and servers run side by side
    on few cores there, and one of them may come too late.
    """
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)
    if in_ci():
        for item in items:
            if _DECIDED_BY_CHANCE.isdisjoint(item.path.parts):
                item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(autouse=True)
def _logs_as_they_were() -> Iterator[None]:
    """A test may configure the logs, in its own process too; the next one hears everything again."""
    root, ours = logging.getLogger(), logging.getLogger("collab")
    root_level, ours_before = root.level, (ours.level, ours.propagate, ours.disabled, ours.handlers[:])
    yield
    root.setLevel(root_level)
    ours.level, ours.propagate, ours.disabled, ours.handlers[:] = ours_before
    ours.manager._clear_cache()  # type: ignore[attr-defined]  # what each logger remembers of the levels above it


@pytest.fixture(scope="session")
def more(pytestconfig: pytest.Config) -> Callable[[int], int]:
    """``more(50)`` is how many rounds to run where 50 are the usual: 50 × ``--more``, at least one."""
    times: float = pytestconfig.getoption("--more")
    return lambda usual: max(1, round(usual * times))
