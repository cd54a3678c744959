"""The bytes of a whole document, asked for what they hold."""

from __future__ import annotations

from collab.crdt import NO_LIMITS, DeleteSet, DocumentState, parsing, run, squash, tombstone
from collab.crdt.structs import DELETED, GC, TYPE
from collab.errors import MalformedUpdate


def state_of(update: bytes) -> DocumentState:
    """What a whole document's bytes hold.

    Errors: ``MalformedUpdate`` where they do not parse, or something in them depends on what is not in them.
    """
    state = DocumentState()
    extension = run(state.examine(update, NO_LIMITS))
    if extension.rest is not None:
        client, clock = next(iter(extension.missing.items()))
        raise MalformedUpdate(f"something depends on clock {clock - 1} of client {client}, which is not there")
    state.apply(extension)
    return state


def is_same(update: bytes, made: bytes) -> bool:
    """Whether two updates hold the same: byte by byte, after neighbours have been joined as they are today."""
    return update == made or squash([update]) == squash([made])


def served_fault(served: bytes, squashed: bytes) -> str | None:
    """What is wrong with the form that readers open of a sound ``squashed``; None: nothing."""
    made = tombstone(squashed)
    if served == made:
        return None
    try:
        state, wanted = state_of(served), state_of(made)
        if state.state_vector != wanted.state_vector:
            return "what readers open has another state vector"
        if state.deletes != wanted.deletes:
            return "what readers open has other deletions"
        legible, living = _legible(served), _legible(made)
        if any(True for span in legible for _ in living.missing(*span)):
            return "what readers open holds deleted content"
        if any(True for span in living for _ in legible.missing(*span)):
            return "what readers open lacks content"
        return None if is_same(served, made) else "what readers open has other content"
    except MalformedUpdate as error:
        return f"what readers open cannot be read: {error}"


def _legible(update: bytes) -> DeleteSet:
    """The clocks whose content an update holds."""
    sections = run(parsing(update, limits=NO_LIMITS)).sections
    return DeleteSet(
        (client, struct.clock, struct.end)
        for client, structs in sections.items()
        for struct in structs
        if struct.kind not in (GC, DELETED, TYPE)
    )
