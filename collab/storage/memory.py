"""The store in memory: the port without a disk, for tests of what stands on it and for trying things out.

It keeps the port's word in everything but durability, and the contract suite holds it to that.
"""

from __future__ import annotations

import time as clock
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from operator import attrgetter

from collab.errors import DocumentDeleted, NotFound
from collab.storage.archive import Foldable, Recollection, Signature, Step, Version, VersionPlace, windows
from collab.storage.base import (
    Batch,
    Change,
    Checkpoint,
    DocumentRecord,
    Given,
    GrantRecord,
    KeptChange,
    KeptCheckpoint,
    KeptDocument,
    KeptStep,
    KeptVersion,
    Listing,
    Opening,
    Order,
    Page,
    Position,
    Result,
    RowsRefused,
    StoredChange,
    StoredDocument,
)
from collab.storage.checkpoints import GENERATIONS
from collab.storage.codes import GRACE
from collab.storage.grants import OWNER
from collab.storage.keys import folded, searchable


@dataclass(slots=True)
class _Document:
    record: DocumentRecord
    changes: list[StoredChange] = field(default_factory=list)
    checkpoints: list[Checkpoint] = field(default_factory=list)  # newest first
    ranges: dict[int, bytes] = field(default_factory=dict)  # by sequence
    batches: dict[int, bytes] = field(default_factory=dict)  # by sequence, of those that have a payload
    steps: list[Step] = field(default_factory=list)  # in the order of their sequences
    versions: dict[str, Version] = field(default_factory=dict)

    def living(self) -> DocumentRecord:
        if self.record.deleted is not None:
            raise DocumentDeleted(f"document {self.record.name!r} was deleted")
        return self.record


class MemoryStore:
    """Follows the ports ``collab.storage.base.Store`` and ``collab.storage.archive.Archive``."""

    def __init__(self) -> None:
        """Empty."""
        self._people: dict[str, str] = {}
        self._documents: dict[str, _Document] = {}
        self._batches: set[bytes] = set()
        self._spent: dict[str, int] = {}
        self.grants: dict[str, dict[str, GrantRecord]] = {}
        """By document and subject; the access store changes them."""

    async def load(self, name: str) -> StoredDocument | None:
        """All of a document: see the port."""
        document = self._documents.get(name)
        if document is None:
            return None
        record = document.living()
        checkpoint = document.checkpoints[0] if document.checkpoints else None
        tail = tuple(document.changes[checkpoint.sequence if checkpoint else 0 :])
        return StoredDocument(name, record.title, record.lineage, record.head, checkpoint, tail)

    async def load_to_serve(self, name: str) -> Opening | StoredDocument | None:
        """What opens a document: see the port."""
        stored = await self.load(name)
        checkpoint = None if stored is None else stored.checkpoint
        if stored is None or checkpoint is None or checkpoint.served is None:
            return stored
        known = checkpoint.state_vector, checkpoint.delete_set, checkpoint.entries
        return Opening(name, checkpoint.sequence, *known, checkpoint.served, len(checkpoint.squashed), stored.tail)

    async def append(self, batches: Sequence[Batch], *, retried: bool = False) -> dict[str, int]:
        """Append all or nothing: see the port."""
        for batch in batches:
            if batch.document in self._documents:
                self._documents[batch.document].living()
        new = [change.batch for batch in batches for change in batch.changes]
        if retried:
            new = [batch for batch in new if batch not in self._batches]
        if len(set(new)) < len(new) or not self._batches.isdisjoint(new):
            raise RowsRefused("a batch id is not unique")
        for batch in batches:
            if batch.document not in self._documents:
                record = _empty(batch.document, batch.lineage, "", batch.changes[0].time)
                self._documents[batch.document] = _Document(record)
                self._own(batch.document, batch.owner, record.created)
            document = self._documents[batch.document]
            for change in batch.changes:
                if change.batch not in self._batches:
                    self._batches.add(change.batch)
                    sequence = len(document.changes) + 1
                    document.batches[sequence] = change.batch
                    document.changes.append(_stored(sequence, change))
            head, modified = len(document.changes), document.changes[-1].time
            if head > document.record.head:
                modified = max(modified, document.record.modified)
                document.record = replace(document.record, head=head, modified=modified)
        return {batch.document: self._documents[batch.document].record.head for batch in batches}

    async def add_checkpoint(self, name: str, checkpoint: Checkpoint, ranges: Mapping[int, bytes]) -> None:
        """Add a generation and let go of what it made superfluous: see the port."""
        document = self._find(name)
        head = document.living().head
        if not 0 < checkpoint.sequence <= head:
            raise ValueError(f"a checkpoint at {checkpoint.sequence} of a document whose head is {head}")
        told = ((sequence, ranges[sequence]) for sequence in sorted(ranges) if sequence in document.batches)
        behind = next(reversed(document.ranges), 0)
        document.ranges.update(told)
        if min(ranges, default=behind) < behind:
            document.ranges = dict(sorted(document.ranges.items()))
        if not document.checkpoints or document.checkpoints[0].sequence < checkpoint.sequence:
            older = [replace(one, served=None) for one in document.checkpoints[: GENERATIONS - 1]]
            document.checkpoints = [checkpoint, *older]

    async def document(self, name: str) -> DocumentRecord | None:
        """The row of a document, deleted or not."""
        document = self._documents.get(name)
        return None if document is None else document.record

    async def documents(self, page: Page = Page()) -> Listing:  # noqa: B008 - it is frozen
        """A page of the list of documents: see the port."""
        records = [
            document.record
            for document in self._documents.values()
            if _is_wanted(document.record, page, self._is_given(document.record.name, page.given))
        ]
        records.sort(key=lambda record: _place(page.order, Position(record.modified, record.name)))
        if page.after is not None:
            start = _place(page.order, page.after)
            records = [one for one in records if _place(page.order, Position(one.modified, one.name)) > start]
        shown = records[: page.limit]
        goes_on = Position(shown[-1].modified, shown[-1].name) if len(records) > page.limit else None
        return Listing(tuple(shown), goes_on)

    async def create(self, name: str, *, lineage: str, title: str = "", time: int, owner: str | None = None) -> bool:
        """Make an empty document; False: the name is taken."""
        if name in self._documents:
            self._documents[name].living()
            return False
        self._documents[name] = _Document(_empty(name, lineage, title, time))
        self._own(name, owner, time)
        return True

    async def retitle(self, name: str, title: str, *, time: int) -> None:
        """Change the title."""
        document = self._find(name)
        modified = max(document.living().modified, time)
        document.record = replace(document.record, title=title, modified=modified)

    async def delete(self, name: str, *, time: int) -> None:
        """Soft-delete."""
        document = self._find(name)
        if document.record.deleted is None:
            document.record = replace(document.record, deleted=time)

    async def restore(self, name: str) -> None:
        """Undo ``delete``."""
        document = self._find(name)
        document.record = replace(document.record, deleted=None)

    async def rows(self, *, after: int = 0, limit: int = 1000) -> list[tuple[int, str]]:
        """A page of all documents in the order they were made: see the port."""
        return list(enumerate(self._documents, start=1))[after : after + limit]

    async def inspect(self, row: int, examine: Callable[[KeptDocument], Result]) -> Result | None:
        """Let ``examine`` look at all that is stored of a document: see the port."""
        if not 0 < row <= len(self._documents):
            return None
        document = list(self._documents.values())[row - 1]
        generations = tuple(
            KeptCheckpoint(one.sequence, replace(one, served=None), one.served) for one in document.checkpoints
        )
        changes = (
            KeptChange(one.sequence, one.updates, document.ranges.get(one.sequence))
            for one in document.changes
            if one.sequence in document.batches
        )
        steps = tuple(KeptStep(one.sequence, one.before, one.moment, one.ranges) for one in document.steps)
        named = tuple(KeptVersion(one.id, one.moment, None) for one in document.versions.values())
        return examine(KeptDocument(document.record, None, generations, steps, changes, named))

    async def spend(self, code: str, expires: int) -> bool:
        """Spend a one-time code: True the first time only."""
        if code in self._spent:
            return False
        before = clock.time_ns() // 1_000_000 - GRACE
        self._spent = {spent: end for spent, end in self._spent.items() if end >= before} | {code: expires}
        return True

    async def recall(self, name: str, known: Signature | None = None) -> Recollection | None:
        """A document and what was done to it: see the port."""
        found = await self.load(name)
        if found is None:
            return None
        document = self._documents[name]
        last = 0 if found.checkpoint is None else found.checkpoint.sequence
        folded = [step for step in document.steps if step.sequence <= last]
        single = _single_steps(document, [one for one in document.ranges if one <= last])
        steps = sorted([*folded, *single], key=attrgetter("sequence"))
        signature = last, len(folded), len(single)
        return Recollection(found, None if signature == known else tuple(steps), signature)

    async def foldable(self, name: str, at_most: int) -> Foldable:
        """The next changes that steps may be made of: see the port."""
        document = self._find(name)
        document.living()
        named = frozenset(version.moment for version in document.versions.values() if not version.automatic)
        last = _folded_to(document)
        wanted = list(islice((one for one in document.ranges if one <= last), at_most))
        return Foldable(tuple(_single_steps(document, wanted)), named, last)

    async def condense(self, name: str, new: Sequence[Step]) -> bool:
        """Put steps in the place of what they were made of: see the port."""
        document = self._find(name)
        document.living()
        start, end = new[0].before, new[-1].moment
        drawn = [(window[0].before, window[0].moment) for window in windows(new)]
        hidden = {
            version
            for version in document.versions.values()
            if any(before < version.moment < last for before, last in drawn)
        }
        if (
            end > _folded_to(document)
            or not all(version.automatic for version in hidden)
            or any(
                sequence in document.batches and sequence not in document.ranges
                for before, last in drawn
                for sequence in range(before + 1, last + 1)
            )
            or any(step.before < edge < step.moment for step in document.steps for edge in (start, end))
        ):
            return False
        for sequence in range(start + 1, end + 1):
            if document.ranges.pop(sequence, None) is not None:
                document.changes[sequence - 1] = replace(document.changes[sequence - 1], updates=())
                self._batches.discard(document.batches.pop(sequence))
        kept = [step for step in document.steps if not start < step.sequence <= end]
        document.steps = sorted([*kept, *new], key=attrgetter("sequence"))
        for version in hidden:
            del document.versions[version.id]
        return True

    async def tidy(self) -> None:
        """Nothing to give back."""

    async def aging(self, spans: Sequence[tuple[int, int]], after: str, limit: int) -> list[str]:
        """Names of documents whose steps become old: see the port."""
        names = sorted(
            name
            for name, document in self._documents.items()
            if name > after
            and document.record.deleted is None
            and any(start <= step.ended < end for step in document.steps for start, end in spans)
        )
        return names[:limit]

    async def add_version(self, name: str, version: Version) -> bool:
        """Name a moment: see the port."""
        document = self._find(name)
        document.living()
        moments = {0, *document.batches, *(step.moment for step in document.steps)}
        if version.moment not in moments:
            raise NotFound(f"moment {version.moment} cannot be read, so it cannot be named")
        if version.automatic and any(one.moment == version.moment for one in document.versions.values()):
            return False
        document.versions[version.id] = version
        return True

    async def versions(self, name: str, *, after: VersionPlace | None = None, limit: int = 100) -> list[Version]:
        """Versions, those of the newest moment first."""
        document = self._find(name)
        document.living()
        found = sorted(document.versions.values(), key=lambda one: (one.moment, one.id), reverse=True)
        return [one for one in found if after is None or (one.moment, one.id) < after][:limit]

    async def version(self, name: str, id_: str) -> Version:
        """One version."""
        document = self._find(name)
        document.living()
        if id_ not in document.versions:
            raise NotFound("there is no such version")
        return document.versions[id_]

    async def rename_version(self, name: str, id_: str, title: str) -> Version:
        """Give a version another name."""
        renamed = replace(await self.version(name, id_), name=title, automatic=False)
        self._documents[name].versions[id_] = renamed
        return renamed

    async def remove_version(self, name: str, id_: str) -> None:
        """Forget a version."""
        await self.version(name, id_)
        del self._documents[name].versions[id_]

    async def remember(self, called: Mapping[str, str], *, seen: int) -> None:  # noqa: ARG002 - nobody asks
        """What people are called."""
        self._people |= called

    async def people(self, subjects: Collection[str]) -> dict[str, str]:
        """What they are called."""
        return {subject: self._people[subject] for subject in subjects if subject in self._people}

    async def close(self) -> None:
        """Nothing to let go of."""

    def _own(self, name: str, owner: str | None, time: int) -> None:
        if owner is not None:
            self.grants[name] = {owner: GrantRecord(owner, OWNER, time, owner)}

    def _is_given(self, name: str, given: Given | None) -> bool:
        if given is None:
            return False
        grant = self.grants.get(name, {}).get(given.subject)
        return grant is not None and given.least <= grant.role <= given.most

    def _find(self, name: str) -> _Document:
        document = self._documents.get(name)
        if document is None:
            raise NotFound(f"there is no document {name!r}")
        return document


def _stored(sequence: int, change: Change) -> StoredChange:
    return StoredChange(sequence, change.actor, change.time, change.updates, change.restored)


def _single_steps(document: _Document, wanted: Sequence[int]) -> list[Step]:
    """These changes, each as a step of its own."""
    changes = [document.changes[sequence - 1] for sequence in wanted]
    return [
        Step(
            one.sequence,
            one.sequence - 1,
            one.sequence,
            one.time,
            one.time,
            one.actor,
            document.ranges[one.sequence],
            one.restored,
        )
        for one in changes
    ]


def _folded_to(document: _Document) -> int:
    """The last change that two generations hold."""
    return document.checkpoints[-1].sequence if len(document.checkpoints) >= GENERATIONS else 0


def _empty(name: str, lineage: str, title: str, time: int) -> DocumentRecord:
    return DocumentRecord(name, title, lineage, head=0, created=time, modified=time, deleted=None)


def _is_wanted(record: DocumentRecord, page: Page, is_given: bool) -> bool:
    return (
        (record.deleted is not None) == page.deleted
        and folded(page.search) in searchable(record.name, record.title)
        and (page.names is None or is_given or any(pattern.matches(record.name) for pattern in page.names))
    )


def _place(order: Order, position: Position) -> tuple[int, str]:
    return (0 if order is Order.NAME else -position.modified, position.name)
