"""The storage port: what a document is on disk, and what a store promises.

A document is a row with a head, a log of changes numbered 1 to head, and at most two checkpoints. A checkpoint at
sequence n holds all changes up to n in one piece; the newest one and the changes after it (its tail) are the document.
The bytes are opaque here: nothing in this package knows what a Yjs update is.

Two adapters follow the port, ``sql.SqlStore`` and ``memory.MemoryStore``, and one contract suite runs over both.
Names are opaque and compared byte by byte; times are milliseconds since the epoch, UTC.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple, Protocol, TypeVar

from collab.errors import StorageUnavailable

Result = TypeVar("Result")


class RowsRefused(StorageUnavailable):
    """The database works, but did not take these rows: one of them is at fault, or a row is locked by another node.

    A plain ``StorageUnavailable`` is the whole database's failure: locked, full, I/O, connection. The difference tells
    a writer of many documents whether it helps to try each of them alone.
    """


@dataclass(frozen=True, slots=True)
class Change:
    """One row to be: consecutive updates of one actor to one document within one second and one commit."""

    batch: bytes
    """16 unique bytes; they make a retry of unknown outcome harmless."""
    actor: str | None
    """The token's subject; ``None`` when it is nobody's (clean-up that a client did for all)."""
    time: int
    updates: tuple[bytes, ...]
    """At least one."""
    restored: int | None = None
    """The moment that this change brought back, wholly or in part; ``None``: it is an ordinary edit."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one commit appends to one document, in order."""

    document: str
    lineage: str
    """Used only when this batch makes the document's row."""
    changes: tuple[Change, ...]
    """At least one."""
    owner: str | None = None
    """Who becomes the owner of the document where this batch makes its row; nobody: it has none."""


@dataclass(frozen=True, slots=True)
class StoredChange:
    """A change read back. Its sequence is its place in the document's one order, from 1."""

    sequence: int
    actor: str | None
    time: int
    updates: tuple[bytes, ...]
    restored: int | None = None


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """All changes up to ``sequence`` in one piece."""

    sequence: int
    state_vector: bytes
    delete_set: bytes
    squashed: bytes
    """Everything, deleted text included."""
    served: bytes | None
    """The form readers open, without deleted text. ``None`` on reading: it was let go (an older generation) or was
    damaged, and can be made again from ``squashed``."""
    entries: bytes = b"\0"
    """Which clocks are values in maps, as a delete set is encoded."""


@dataclass(frozen=True, slots=True)
class DocumentRecord:
    """A document's row."""

    name: str
    title: str
    lineage: str
    """Changes when a name is wiped and made again, so that an offline cache of the old one is not merged in."""
    head: int
    """The sequence of the newest change; 0 when there is none."""
    created: int
    modified: int
    """The time of the newest change or, when that is later, of the creation or of the title's last change."""
    deleted: int | None
    """When it was soft-deleted; ``None`` for a living document."""


@dataclass(frozen=True, slots=True)
class Opening:
    """A document as who opens it needs it: like ``StoredDocument``, without what is only there for its history."""

    name: str
    sequence: int
    """This and the next four as in ``Checkpoint``."""
    state_vector: bytes
    delete_set: bytes
    entries: bytes
    served: bytes
    size: int
    """Bytes of everything squashed, which is not read."""
    tail: tuple[StoredChange, ...]
    """The changes since, in order."""


class Order(Enum):
    """In which order documents are listed."""

    NAME = "name"
    """By the code points of their names."""
    MODIFIED = "modified"
    """The newest-modified first, and those of one moment by name."""


class NamePattern(Protocol):
    """Some names out of all. ``auth.Glob`` is one."""

    @property
    def prefix(self) -> str:
        """What all of them begin with; may be empty."""
        ...

    @property
    def is_prefix(self) -> bool:
        """Whether every name that begins so is one of them."""
        ...

    def matches(self, name: str) -> bool:
        """Whether ``name`` is one of them."""
        ...


class Position(NamedTuple):
    """A place in a list: behind the document of this name, modified then. Only ``Order.MODIFIED`` asks when."""

    modified: int
    name: str


@dataclass(frozen=True, slots=True)
class GrantRecord:
    """Somebody's role for a document."""

    subject: str
    role: int
    """As ``collab.auth.roles`` orders them."""
    created: int
    author: str
    """The subject of who gave it; somebody who made the document gave it to themselves."""


class Given(NamedTuple):
    """Documents for which ``subject`` has a role by a grant, from ``least`` to ``most``."""

    subject: str
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Page:
    """What is wanted of the list of documents."""

    order: Order = Order.NAME
    after: Position | None = None
    limit: int = 100
    search: str = ""
    """What stands in the name or in the title, whatever the case: see ``folded``."""
    deleted: bool = False
    """The deleted ones, instead of the living."""
    names: Sequence[NamePattern] | None = None
    """Only names that one of these takes; ``None``: all."""
    given: Given | None = None
    """These as well, whatever ``names`` take; where that is ``None``, it changes nothing."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of the list of documents."""

    records: tuple[DocumentRecord, ...]
    """At most as many as were asked for. There may be fewer, or none, though others follow: a call's work is bounded."""
    next: Position | None
    """Where the next page goes on; ``None``: this was the last."""


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A whole document: the newest sound checkpoint and every change after it, without a gap."""

    name: str
    title: str
    lineage: str
    head: int
    checkpoint: Checkpoint | None
    tail: tuple[StoredChange, ...]


@dataclass(frozen=True, slots=True)
class Damage:
    """Stands where something was stored that does not read back as it was written."""

    reason: str


@dataclass(frozen=True, slots=True)
class KeptCheckpoint:
    """A generation as it lies there."""

    sequence: int
    checkpoint: Checkpoint | Damage
    """Without ``served``."""
    served: bytes | Damage | None
    """``None``: it was let go, or never made."""


@dataclass(frozen=True, slots=True)
class KeptChange:
    """A change as it lies there."""

    sequence: int
    updates: tuple[bytes, ...] | Damage | None
    """``None``: they were let go, since two generations hold them."""
    ranges: bytes | Damage | None
    """What the change did, as ``Store.add_checkpoint`` was told; ``None``: it was not told yet."""


@dataclass(frozen=True, slots=True)
class KeptStep:
    """A step as it lies there: what is left of an actor's changes behind ``before`` up to ``moment``."""

    sequence: int
    before: int
    moment: int
    ranges: bytes | Damage


@dataclass(frozen=True, slots=True)
class KeptVersion:
    """A version as it lies there."""

    id: str
    moment: int
    damage: Damage | None


@dataclass(frozen=True, slots=True)
class KeptDocument:
    """Everything that is stored of a document, with what is wrong with it: nothing is passed over."""

    record: DocumentRecord
    damage: Damage | None
    """What is wrong with the record."""
    checkpoints: tuple[KeptCheckpoint, ...]
    """The newest first."""
    steps: tuple[KeptStep, ...]
    """In the order of their sequences."""
    changes: Iterator[KeptChange]
    """In the order of their sequences, which may have gaps. Read as it is walked: once, while it is inspected."""
    versions: tuple[KeptVersion, ...] = ()


class Store(Protocol):
    """Durable documents.

    Every method answers within a bounded time and raises nothing outside ``collab.errors``: ``StorageUnavailable``
    from any of them, and what each one names besides. A failed write has no effect, except that a
    ``StorageUnavailable`` may hide a commit whose confirmation was lost.
    """

    async def load(self, name: str) -> StoredDocument | None:
        """Read one consistent moment of a document; ``None``: there is none of this name, and never was.

        When the newest checkpoint is damaged the one before it and the log are used instead, and that is logged.

        Raises ``DocumentDeleted``, and ``DocumentUnreadable`` when not all of it can be had: it names the sequence.
        """
        ...

    async def load_to_serve(self, name: str) -> Opening | StoredDocument | None:
        """``load`` for who only opens the document: a good deal less is read where its newest checkpoint has a served form."""
        ...

    async def append(self, batches: Sequence[Batch], *, retried: bool = False) -> dict[str, int]:
        """Append to any number of documents in ONE transaction, durable on return; answer each one's new head.

        Sequences are taken inside the transaction. A document without a row gets one. ``retried`` skips the changes
        whose batch id is stored already: pass it whenever an earlier try may have been committed.

        Raises ``DocumentDeleted``, ``DocumentUnreadable`` and ``RowsRefused`` for the fault of any one of the batches.
        """
        ...

    async def add_checkpoint(self, name: str, checkpoint: Checkpoint, ranges: Mapping[int, bytes]) -> None:
        """Add a generation, read it back on another connection, and only then let go of what it made superfluous.

        ``ranges`` says in few bytes, per sequence, what a change did; it is kept beside the change. Two generations
        stay, ``served`` on the newest alone. Changes stay too: ``Archive.condense`` makes steps of them. A crash at any
        point leaves the document readable; calling again finishes the work. A checkpoint not newer than the stored one
        is not added; one that does not read back the same is taken out again (``StorageUnavailable``).

        Raises ``NotFound``, ``DocumentDeleted``, ``DocumentUnreadable``; ``ValueError`` for a sequence the document
        does not have.
        """
        ...

    async def document(self, name: str) -> DocumentRecord | None:
        """The row of a document, deleted or not."""
        ...

    async def documents(self, page: Page = Page()) -> Listing:
        """A page of the list of documents. Pages that follow each other show whatever stays where it is exactly once."""
        ...

    async def create(self, name: str, *, lineage: str, title: str = "", time: int, owner: str | None = None) -> bool:
        """Make an empty document, of ``owner`` by a grant where one is named; False: the name is taken.

        Raises ``DocumentDeleted`` when by a deleted one.
        """
        ...

    async def retitle(self, name: str, title: str, *, time: int) -> None:
        """Change the title. Raises ``NotFound``, ``DocumentDeleted``."""
        ...

    async def delete(self, name: str, *, time: int) -> None:
        """Soft-delete: kept whole, refused to everyone, its name not free. Twice is once. Raises ``NotFound``."""
        ...

    async def restore(self, name: str) -> None:
        """Undo ``delete``. On a living document it does nothing. Raises ``NotFound``."""
        ...

    async def rows(self, *, after: int = 0, limit: int = 1000) -> list[tuple[int, str]]:
        """A page of all documents, deleted and damaged ones too: the numbers of their rows, rising, and their names.

        ``after`` is the last number of the page before. No index is asked that could have lost a document.
        """
        ...

    async def inspect(self, row: int, examine: Callable[[KeptDocument], Result]) -> Result | None:
        """Let ``examine`` look at all that is stored of one moment of a document; ``None``: there is no such row.

        It may take its time, and holds no writer up meanwhile, so this is a command's way to look, not a server's.
        Raises ``DocumentUnreadable`` where the database itself cannot get at what it holds.
        """
        ...

    async def spend(self, code: str, expires: int) -> bool:
        """Spend a one-time code: True the first time, False ever after, over restarts too.

        ``expires`` is when nobody would take the code any more; the memory of it may be let go from then on.
        """
        ...

    async def close(self) -> None:
        """Let go of every connection. Calls under way finish first."""
        ...
