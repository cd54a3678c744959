"""``python -m tests.clients``: run every client through everything, and print the README's table.

Exit code 1 where something does not hold; what and why is on stderr.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import sys
import tempfile
from pathlib import Path

from tests.clients.behaviours import BEHAVIOURS, Stage, perform
from tests.clients.clients import CLIENTS
from tests.clients.table import table
from tests.editors import Editors
from tests.servers import Server


async def run(data_dir: Path) -> dict[tuple[str, str], bool]:
    """Everything that is tried, and whether it held."""
    holds = {}
    async with Server(data_dir) as server:
        for client in CLIENTS:
            async with Editors() as editors:
                for behaviour in BEHAVIOURS:
                    if behaviour in client.lacks:
                        continue
                    try:
                        await perform(behaviour, Stage(client, server, editors))
                    except AssertionError as error:
                        sys.stderr.write(f"{client.name} {client.version}, {behaviour}: {error}\n")
                        holds[client.package, behaviour] = False
                    else:
                        holds[client.package, behaviour] = True
    return holds


def main() -> int:
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):  # the server's log
        holds = asyncio.run(run(Path(folder) / "data"))
    sys.stdout.write(table(holds) + "\n")
    return 0 if all(holds.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
