"""What the update format costs: the automerge paper typed key by key, and the longest that a server is kept busy.

Times are CPU time of this process, the best of a few rounds: what the machine does besides is not measured.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from functools import partial
from typing import Any

from collab.crdt import DocumentState, cut, parsing, run, squash, squashing, tombstone, tombstoning
from tests import parts
from tests.crdt import wire
from tests.crdt.recorded import updates

ROUNDS = 3

SQUASH_BYTES, SQUASH_SECONDS, KEYSTROKE_MICROSECONDS, STEP_MILLISECONDS = 310_000, 2.0, 5.0, 100.0
"""The bars."""


def main() -> None:
    """Print a line for each measurement, with its bar where it has one."""
    if not parts.TRACES.is_dir():
        print("the recorded traces are not beside this repository: no paper")
    else:
        paper()
    steps()


def paper() -> None:
    keystrokes = updates("automerge-paper")
    raw = sum(map(len, keystrokes))
    squashed = squash(keystrokes)
    blank = tombstone(squashed)
    told("keystrokes", f"{len(keystrokes):,}, {raw:,} bytes")
    told("squashed", f"{len(squashed):,} bytes", f"{SQUASH_BYTES:,}", len(squashed) <= SQUASH_BYTES)
    seconds = best(lambda: squash(keystrokes))
    told("to squash", f"{seconds:.2f} s", f"{SQUASH_SECONDS} s", seconds <= SQUASH_SECONDS)
    microseconds = best(lambda: extend(keystrokes)) / len(keystrokes) * 1e6
    told(
        "a keystroke to check and extend",
        f"{microseconds:.1f} µs",
        f"{KEYSTROKE_MICROSECONDS} µs",
        microseconds <= KEYSTROKE_MICROSECONDS,
    )
    told("tombstoned", f"{len(blank):,} bytes")
    told("to tombstone", f"{best(lambda: tombstone(squashed)):.3f} s")
    told("to take apart", f"{1000 * best(lambda: run(parsing(squashed))):.1f} ms")
    middle = {client: clock // 2 for client, clock in extend(keystrokes).state_vector.items()}
    told("to cut in the middle", f"{1000 * best(lambda: cut(squashed, middle)):.1f} ms")
    steps_told("squashing the paper", lambda: squashing(keystrokes))
    steps_told("tombstoning the paper", lambda: tombstoning(squashed))


def steps() -> None:
    """The longest step of updates that are made to be long: about a megabyte each, or as many clients as are allowed."""
    heavy = wire.item(wire.EMBED, wire.string("[" + "[]," * 30_000 + "[]]"))
    known = DocumentState({1: 2**30})
    for name, update in {
        "typed structs": wire.insertion(7, 0, *[wire.typed("a")] * 100_000),
        "known structs": wire.insertion(1, 0, *[wire.typed("a")] * 100_000),
        "values of one struct": wire.insertion(7, 0, wire.item(wire.ANY, wire.anys(*[wire.ANY_NULL] * 1_000_000))),
        "JSON texts": wire.insertion(7, 0, *[heavy] * 11),
        "clients": wire.update(*(wire.section(100 + n, 0, wire.typed("a")) for n in range(50_000))),
        "clients that wait": wire.update(
            *(wire.section(100 + n, 0, wire.typed("a", origin=(9, 0))) for n in range(50_000))
        ),
        "deleted ranges": wire.update(deletes=wire.deletes((1, [(n, 1) for n in range(0, 400_000, 2)]))),
        "deleted ranges of as many clients": wire.update(
            deletes=wire.deletes(*((n, [(0, 1)]) for n in range(150_000)))
        ),
    }.items():
        steps_told(f"{name}, {len(update) / 2**20:.1f} MiB", partial(known.examine, update))


def extend(log: list[bytes]) -> DocumentState:
    state = DocumentState()
    for update in log:
        state.extend(update)
    return state


def best(work: Callable[[], object]) -> float:
    """Seconds of CPU that ``work`` takes when nothing disturbs it."""
    taken = []
    for _ in range(ROUNDS):
        started = time.process_time()
        work()
        taken.append(time.process_time() - started)
    return min(taken)


def steps_told(name: str, work: Callable[[], Generator[None, None, Any]]) -> None:
    longest, total = min(longest_step(work()) for _ in range(ROUNDS))
    told(
        f"the longest step of {name}",
        f"{1000 * longest:.1f} ms of {1000 * total:.0f}",
        f"{STEP_MILLISECONDS:.0f} ms",
        1000 * longest <= STEP_MILLISECONDS,
    )


def longest_step(steps: Generator[None, None, Any]) -> tuple[float, float]:
    """Seconds of CPU of the longest step and of all."""
    longest, started = 0.0, time.process_time()
    before = started
    going = True
    while going:
        going = next(steps, going) is None
        now = time.process_time()
        longest, before = max(longest, now - before), now
    return longest, before - started


def told(name: str, value: str, bar: str = "", is_met: bool = True) -> None:
    print(f"{name:<60} {value:>24}" + (f"   {'bar' if is_met else 'MISSED'}: {bar}" if bar else ""))
