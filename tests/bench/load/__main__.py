"""``python -m tests.bench.load``: a deed in a line of JSON on the standard input, how it went in a line on the output."""

from __future__ import annotations

import asyncio
import gc
import json
import sys
from typing import Any

import uvloop

from tests.bench.load.deeds import Load


async def main() -> None:
    """Do what each line says, one after the other."""
    load = Load()
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        deed: dict[str, Any] = json.loads(line)
        result = await getattr(load, deed.pop("do"))(**deed)
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    gc.disable()  # thousands of clients live as long as the process
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
