"""Waiting for work that goes on when who waits for it goes away."""

from __future__ import annotations

import asyncio
from typing import TypeVar

from collab.errors import ShuttingDown

T = TypeVar("T")


async def outlasting(task: asyncio.Task[T]) -> T:
    """What ``task`` comes to. Errors: its own; ``ShuttingDown`` where it was ended, and the caller was not."""
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        if task.cancelled() and (caller := asyncio.current_task()) is not None and not caller.cancelling():
            raise ShuttingDown("the server is going away") from None
        raise
