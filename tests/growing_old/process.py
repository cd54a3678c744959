"""What the system knows of a process: the CPU it took, and the memory that it alone is the reason for."""

from __future__ import annotations

from pathlib import Path


def cpu(pid: int) -> float:
    """Seconds of CPU that its threads have taken: to the microsecond, where ``ps`` knows hundredths."""
    taken = 0
    for thread in Path(f"/proc/{pid}/task").iterdir():
        taken += int((thread / "schedstat").read_text().split()[0])
    return taken / 1e9


def memory(pid: int) -> int:
    """Bytes of memory: its own pages, and its share of those it shares."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("the system does not say")
