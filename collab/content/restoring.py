"""Bringing a document back to a moment, or undoing somebody's share in it: the edit, and whether it is right.

An edit is proposed (``proposing``), and then not believed. The document with the edit in it is opened twice, by pycrdt and
by our own integration anew, and both are held against the moment that was wanted, which pycrdt opens too. If any of them
sees another thing than the others, nothing is published.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from collab.content.contents import type_of
from collab.content.integration import integrate
from collab.content.items import Integrated, Item, Moment, Type
from collab.content.proposing import propose
from collab.content.reading import read_all
from collab.content.roots import Kind
from collab.content.showing import MAP, Showing, find_roots
from collab.content.spelling import respell
from collab.content.tree import Element, Fragment, Run, Text, Value
from collab.crdt import NO_LIMITS, DeleteSet, moment, parsing, run
from collab.crdt.structs import FORMAT
from collab.crdt.update import NOTHING, Update, encoding
from collab.errors import RestoreUnavailable

_NOW, _THEN = 1, 2


def restore(update: bytes, then: Moment, client: int) -> bytes | None:
    """The edit of ``client`` that brings a document, given whole, back to ``then``; None where it shows that already.

    Every type shows what it did: texts with their marks, elements, maps and arrays, of all roots. What is in both moments
    keeps its identity. Errors: ``ContentUnavailable``, of which ``RestoreUnavailable`` where the edit could not be made
    right; ``MalformedUpdate``; the end of the process where pycrdt cannot read the document.
    """
    parsed = run(parsing(update, NOTHING, NO_LIMITS))
    document = integrate(parsed.sections, [_present(parsed), then])
    proposal = propose(document, _NOW, _THEN, client)
    if proposal is not None:
        kinds = _kinds(document, _THEN)
        wanted = _shown(document, _THEN, kinds)
        spelled, _ = respell(moment(update, then.state_vector, then.deletes))
        if not are_same(read_all(spelled, kinds), wanted):
            raise RestoreUnavailable("what this document was at that moment is read in two ways")
        _examine(parsed, proposal, document)
    return proposal


def undo(update: bytes, written: DeleteSet, deleted: DeleteSet, client: int) -> bytes | None:
    """The edit of ``client`` that takes out what somebody wrote and brings back what they deleted; None for nothing.

    ``written`` and ``deleted`` are their clocks. Taken out is what they wrote and is still there, besides elements, lists
    and maps that others have written in since: those stay, with what makes them what they are, and only the words go.
    Brought back is what they were the first to delete, with all in it that nobody else deleted. A key goes back to the last
    value that somebody else gave it. Nothing is done about anything else: a sentence that somebody else cut in two, or
    rewrote, is not put together. The document is examined as after ``restore``, against what this comes to.
    """
    parsed = run(parsing(update, NOTHING, NO_LIMITS))
    now = _present(parsed)
    kept = DeleteSet(span for each in now.deletes for span in deleted.missing(*each))
    document = integrate(parsed.sections, [now, Moment(now.state_vector, kept, absent=written)])
    for type_ in document.roots.values():
        _keep_shared(type_)
    proposal = propose(document, _NOW, _THEN, client)
    if proposal is not None:
        _examine(parsed, proposal, document)
    return proposal


def _present(parsed: Update) -> Moment:
    """The moment at the end of an update."""
    vector = {client: structs[-1].end for client, structs in parsed.sections.items()}
    return Moment(vector, DeleteSet(parsed.spans))


def _keep_shared(type_: Type) -> bool:
    """Let every type that would go, but in which others have written, stay; whether anything of theirs is below."""
    is_shared = False
    is_map = type_.item is not None and type_of(type_.item.struct)[0] == MAP
    held = [item for item in type_.items() if item.alive & _NOW]
    held += [item for _, item in type_.values(_NOW)]
    for item in held:
        below = item.type is not None and _keep_shared(item.type)
        if below and not item.alive & _THEN:
            _keep(item)
        is_shared = is_shared or below or ((is_map or item.key is None) and _is_others(item))
    return is_shared


def _is_others(item: Item) -> bool:
    return bool(item.alive & _THEN) and item.struct.kind != FORMAT


def _keep(item: Item) -> None:
    """Let a type stay, with its attributes."""
    if item.type is None:
        return
    for each in (item, *(value for _, value in item.type.values(_NOW))):
        each.present |= _THEN
        each.alive |= _THEN


def _examine(parsed: Update, proposal: bytes, document: Integrated) -> None:
    """Hold the document with the edit in it against what was wanted. Errors: ``RestoreUnavailable``."""
    edit = run(parsing(proposal, NOTHING, NO_LIMITS))
    sections = {**parsed.sections, **edit.sections}
    deletes = DeleteSet([*parsed.spans, *edit.spans])
    after = Update(sections, list(deletes), False, 0)
    again = integrate(sections, [_present(after)])
    # What is gone from a root is to be gone from it, so roots that hold anything now count too.
    kinds = {**_kinds(again, _NOW), **_kinds(document, _THEN)}
    wanted = _shown(document, _THEN, kinds)
    spelled, _ = respell(run(encoding(sections, deletes.encode())))
    if not are_same(_shown(again, _NOW, kinds), wanted) or _attributes(again, _NOW) != _attributes(document, _THEN):
        raise RestoreUnavailable("the edit that was found does not lead back to that moment")
    if not are_same(read_all(spelled, kinds), wanted):
        raise RestoreUnavailable("what the document would be afterwards is read in two ways")


def _kinds(document: Integrated, bit: int) -> dict[str, Kind]:
    """What the roots are that hold anything in a moment."""
    return {name: root.kind for name, root in find_roots(document, bit).items() if root.kind is not None}


def _shown(document: Integrated, bit: int, kinds: Mapping[str, Kind]) -> dict[str, Value]:
    showing = Showing(document, bit)
    return {name: showing.root(name, kind) for name, kind in kinds.items()}


def _attributes(document: Integrated, bit: int) -> dict[str, list[str]]:
    """The keys of all roots, which ``_shown`` has of maps only."""
    return {name: keys for name, type_ in document.roots.items() if (keys := [key for key, _ in type_.values(bit)])}


def are_same(one: Any, other: Any) -> bool:
    """Whether two trees show the same. Not a number is itself here, and a number is no truth value."""
    match one, other:
        case (Run(), Run()):
            return are_same(one.insert, other.insert) and are_same(one.attributes, other.attributes)
        case (Text(), Text()):
            return are_same(one.runs, other.runs)
        case (Element(), Element()):
            return (
                one.tag == other.tag
                and are_same(one.attributes, other.attributes)
                and are_same(one.children, other.children)
            )
        case (Fragment(), Fragment()):
            return are_same(one.children, other.children)
        case (list(), list()):
            return len(one) == len(other) and all(map(are_same, one, other))
        case (dict(), dict()):
            return one.keys() == other.keys() and all(are_same(value, other[key]) for key, value in one.items())
        case _:
            same = one == other and isinstance(one, bool) == isinstance(other, bool)
            return same or (one != one and other != other)  # noqa: PLR0124 - only what is not a number is not itself
