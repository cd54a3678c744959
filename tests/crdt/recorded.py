"""Recorded typing of real people as Yjs updates, one for each keystroke."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from tests import parts

SCRIPT = parts.ROOT / "tests" / "node" / "crdt_trace.mjs"


def updates(name: str) -> list[bytes]:
    """The updates that an editor made of a trace; made once and then kept beside other temporary files."""
    trace = parts.TRACES / f"{name}.json.gz"
    made = Path(tempfile.gettempdir()) / f"collab-{name}-{trace.stat().st_size}-{int(SCRIPT.stat().st_mtime)}.updates"
    if not made.exists():
        with tempfile.NamedTemporaryFile(dir=made.parent) as unfinished:
            subprocess.run([parts.node(), SCRIPT, trace, unfinished.name], check=True)
            made.write_bytes(Path(unfinished.name).read_bytes())
    data = made.read_bytes()
    found, place = [], 0
    while place < len(data):
        end = place + 4 + int.from_bytes(data[place : place + 4])
        found.append(data[place + 4 : end])
        place = end
    return found
