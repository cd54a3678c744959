"""Values in maps, and the one thing about them that a server has to watch.

In Yjs the values that a key ever had form a chain, of which only the last is alive; its garbage collector throws, in
every editor, where another one is. An editor joins values into one struct only once all but the last are deleted. So a
struct in a map that holds several values must have all but the last of them in the delete set.

Which structs sit in a map can be known without integrating: those that say so (``IN_MAP``; what was merged without being
integrated may have lost the bit), and those whose origin, or without one whose right origin, sits in a map.
"""

from __future__ import annotations

from collab.crdt.delete_set import DeleteSet, Span
from collab.crdt.steps import Steps
from collab.crdt.structs import DELETED, GC, IN_MAP, Struct
from collab.errors import MalformedUpdate


class MapEntries:
    """Finds the entries among structs that are let in one after the other.

    ``known`` are the entries so far, ``deletes`` and ``spans`` what is deleted already and what is deleted with these.
    """

    __slots__ = ("_deletes", "_fresh", "_known", "_long", "_spans", "found")

    def __init__(self, known: DeleteSet, deletes: DeleteSet, spans: list[Span]) -> None:
        self.found: list[Span] = []
        """The entries among the structs so far."""
        self._known = known
        self._deletes = deletes
        self._spans = spans
        self._long: list[Struct] = []  # those that hold several values
        self._fresh = DeleteSet()

    def note(self, struct: Struct) -> None:
        """``struct`` is let in."""
        if struct.kind == GC:
            return
        if not struct.raw[0] & IN_MAP:
            beside = struct.origin or struct.right_origin
            if beside is None or not (beside in self._known or beside in self._fresh):
                return
        self._fresh.add(struct.client, struct.clock, struct.end)
        self.found.append((struct.client, struct.clock, struct.end))
        if struct.length > 1 and struct.kind != DELETED:
            self._long.append(struct)

    def checking(self) -> Steps[None]:
        """Errors: ``MalformedUpdate`` where one of the structs holds more than one living value of a key."""
        if not self._long:
            return
        together = DeleteSet()
        yield from together.updating(self._spans)
        for struct in self._long:
            for _, start, end in self._deletes.missing(struct.client, struct.clock, struct.end - 1):
                if any(together.missing(struct.client, start, end)):
                    raise MalformedUpdate(f"{struct!r} has more than one living value of a key of a map")
            yield
