"""The real parts that tests stand on: programs, folders, recorded typing. Nothing here is a stand-in.

A test that lacks its part skips with the reason on a person's machine, and fails where ``CI=true`` promises that all
parts are there: a green run in CI has left nothing out.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any, NoReturn

import pytest

ROOT = Path(__file__).parent.parent
"""The folder of the repository."""

TRACES = ROOT.parent / "shared" / "traces"
"""Recorded typing of real people. It lies beside the repository and is no part of it."""


def in_ci() -> bool:
    """Whether this run promises to leave nothing out."""
    return os.environ.get("CI") == "true"


def lack(reason: str) -> NoReturn:
    """A part is not here: skip this test with the reason, or fail it where ``CI=true``."""
    if in_ci():
        pytest.fail(f"{reason}, and CI=true promises to leave nothing out", pytrace=False)
    pytest.skip(reason)


def find(*parts: str | Path) -> Path | None:
    """The first of ``parts`` that is here, or None. A name is looked up as a program, a path as it stands."""
    programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    for part in parts:
        found = shutil.which(part, path=programs) if isinstance(part, str) else part
        if found is not None and Path(found).exists():
            return Path(found)
    return None


def require(what: str, *parts: str | Path) -> Path:
    """The first of ``parts`` that is here: ``require("Node", "node")``. Whoever lacks them all is told ``what`` they are."""
    found = find(*parts)
    if found is None:
        lack(f"{what} is missing: there is no {' and no '.join(map(str, parts))}")
    return found


def node() -> Path:
    """Node, with the packages of ``tests/node`` installed."""
    require("an npm package of the tests", ROOT / "tests" / "node" / "node_modules" / "yjs")
    return require("Node", "node")


def trace(name: str) -> dict[str, Any]:
    """One recorded piece of typing, such as ``"friendsforever"``; skips where the recordings are absent, also in CI."""
    if not TRACES.is_dir():
        pytest.skip("the recorded traces are not beside this repository")
    path = require("a recorded trace", TRACES / f"{name}.json.gz")
    with gzip.open(path) as file:
        loaded: dict[str, Any] = json.load(file)
    return loaded
