"""Where SQL is run: a database takes a piece of work, a plain function of a SQLAlchemy connection, and runs it whole.

A piece of work is one transaction. It knows nothing of threads, loops or drivers, so the same function serves both:
``sqlite`` runs it in a thread in one go (a third of the CPU that a hop for every statement costs), ``postgres``
between awaits. Each of the two turns the failures of its driver into the errors below; nothing else leaves it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from sqlalchemy import Connection

from collab.storage.base import RowsRefused

Result = TypeVar("Result")
Work = Callable[[Connection], Result]


class RowsDamaged(RowsRefused):
    """The database says that its own pages are damaged where this work touched them."""


class Database(Protocol):
    """Runs work. Raises ``StorageUnavailable``, ``RowsRefused``, ``RowsDamaged``, and what the work itself raises."""

    embedded: bool
    """The file is this process's own to make and to migrate."""

    async def read(self, work: Work[Result]) -> Result:
        """Run work that only reads: one moment of the database, whatever is being written."""
        ...

    async def write(self, work: Work[Result]) -> Result:
        """Run work that writes: all of it is durable on return, or none of it has happened (as far as is known)."""
        ...

    async def tidy(self) -> None:
        """Give some of the space that was let go back to the system, if the database does not by itself."""
        ...

    async def close(self) -> None:
        """Let go of every connection, after the work under way."""
        ...
