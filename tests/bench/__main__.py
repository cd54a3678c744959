"""How fast: `make bench`, or `python -m tests.bench crdt` for one of them; what follows `servers` is handed on to it."""

from __future__ import annotations

import sys
from collections.abc import Callable

from tests.bench import crdt, history, lists, servers

BENCHES: dict[str, Callable[[], None]] = {"crdt": crdt.main, "history": history.main, "lists": lists.main}


def main(names: list[str]) -> None:
    if not names or names[0] == "servers":
        servers.main(names[1:])
        return
    unknown = set(names) - set(BENCHES)
    if unknown:
        sys.exit(f"there is no benchmark {', '.join(sorted(unknown))}: servers, {', '.join(BENCHES)}")
    for name in names:
        print(f"── {name}")
        BENCHES[name]()


if __name__ == "__main__":
    main(sys.argv[1:])
