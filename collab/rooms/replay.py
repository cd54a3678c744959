"""From stored bytes to what a room has to know: the checkpoint's state, and the tail of the log on top of it."""

from __future__ import annotations

from collections.abc import Callable

from collab.crdt import NO_LIMITS, DocumentState, Extension, Steps, decode_state_vector
from collab.errors import BadInput, DocumentUnreadable, LimitExceeded
from collab.rooms.breathe import breathe
from collab.storage.base import Checkpoint, Opening, StoredDocument

_STRIDE = 64
"""Updates between two yields."""


async def checkpoint_state(checkpoint: Checkpoint | Opening | None) -> DocumentState:
    """What was known at a checkpoint; nothing where there is none. Errors: ``DocumentUnreadable``."""
    state = encoded_state(checkpoint)
    try:
        await decode(state)
    except DocumentUnreadable as error:
        at = "its beginning" if checkpoint is None else f"the checkpoint at change {checkpoint.sequence}"
        raise DocumentUnreadable(f"{at} is damaged: {error}") from error
    return state


def encoded_state(checkpoint: Checkpoint | Opening | None) -> DocumentState:
    """``checkpoint_state`` for who may never ask what is deleted: that is to be decoded first. Errors: as above."""
    if checkpoint is None:
        return DocumentState()
    try:
        state_vector = decode_state_vector(checkpoint.state_vector)
    except BadInput as error:
        raise DocumentUnreadable(f"the checkpoint at change {checkpoint.sequence} is damaged: {error}") from error
    return DocumentState.encoded(state_vector, checkpoint.delete_set, checkpoint.entries)


async def decode(state: DocumentState) -> None:
    """Have everything that ``state`` knows at hand. Errors: ``DocumentUnreadable``."""
    try:
        await breathe(state.decoding())
    except BadInput as error:
        raise DocumentUnreadable(f"what a checkpoint says is deleted cannot be read: {error}") from error


def replaying(
    stored: StoredDocument | Opening, state: DocumentState, take: Callable[[int, Extension], None]
) -> Steps[None]:
    """Extend ``state``, the one of the checkpoint, decoded, by the tail; ``take`` is told each change's sequence and extensions.

    Errors: ``DocumentUnreadable`` where a change is damaged, or depends on something that is not there.
    """
    handled = 0
    for change in stored.tail:
        for update in change.updates:
            try:
                extension = state.glance(update)
                if extension is None:
                    extension = yield from state.examine(update, NO_LIMITS)
            except (BadInput, LimitExceeded) as error:
                raise DocumentUnreadable(f"change {change.sequence} of {stored.name!r} is damaged: {error}") from error
            if extension.rest is not None:
                raise DocumentUnreadable(f"change {change.sequence} of {stored.name!r} depends on what is not there")
            yield from state.applying(extension)
            take(change.sequence, extension)
            handled += 1
            if handled % _STRIDE == 0:
                yield
